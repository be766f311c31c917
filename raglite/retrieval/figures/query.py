"""The use case of one figure: company, metric and period in words, to figures with their proof."""

import time

from raglite.model import FigureAnswer
from raglite.ports import Principal, Services
from raglite.retrieval.catalog import Catalog
from raglite.retrieval.figures.finder import FigureFinder, FigureRequest, in_force
from raglite.telemetry import ERRORS, QUERIES, QUERY_LATENCY, AuditAction

MILLISECONDS = 1000


class FigureQuery:
    """Answers requests for figures, from any number of threads. Shares what it reads with a Retriever."""

    def __init__(self, services: Services, catalog: Catalog, finder: FigureFinder) -> None:
        self._services = services
        self._catalog = catalog
        self._finder = finder

    def answer(self, request: FigureRequest, principal: Principal) -> FigureAnswer:
        """Return the figures of a metric, from the documents of the principal's groups only.

        Counted and audited as a question is. Raises TransientError if a service that is needed does not answer.
        """
        started = time.perf_counter()
        self._services.telemetry.metric(QUERIES, 1)
        try:
            found = self._found(request, principal)
        except Exception:
            self._services.telemetry.metric(ERRORS, 1)
            raise
        took = (time.perf_counter() - started) * MILLISECONDS
        self._services.telemetry.metric(QUERY_LATENCY, took)
        return found.model_copy(update={"took_ms": round(took, 3)})

    def _found(self, request: FigureRequest, principal: Principal) -> FigureAnswer:
        commit = self._catalog.commit()
        directory = self._catalog.directory(commit, principal.groups)
        versions = self._catalog.versions(commit, principal.groups)
        found = self._finder.find(request, directory, versions)
        figures, withheld = in_force(found, lambda key, version: self._services.index.count(key, version, commit) > 0)
        shown = [operand.uri for figure in figures for operand in figure.operands]
        asked = f"{request.metric} of {request.company}, {request.period or 'newest year'}"
        self._services.audit.append(AuditAction.QUERY, principal.name, query=asked, results=shown, index_commit=commit)
        return FigureAnswer(
            company=request.company,
            metric=request.metric,
            period=request.period,
            figures=figures,
            withheld=withheld,
            index_commit=commit,
        )
