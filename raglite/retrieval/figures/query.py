"""The use case of one figure: company, metric and period in words, to figures with their proof."""

import time
from datetime import datetime

from raglite.model import FigureAnswer, WhyWithheld, Withheld
from raglite.ports import Principal, Services
from raglite.retrieval.catalog import Catalog
from raglite.retrieval.figures.finder import FigureFinder, FigureRequest, companies_meant, in_force
from raglite.retrieval.notes import Subject, noted
from raglite.retrieval.view import View
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

        Counted and audited as a question is. Raises InvalidRequest if `as_of` is no moment up to now, TransientError if
        a service that is needed does not answer.
        """
        started, moment = time.perf_counter(), self._catalog.moment(request.as_of)
        self._services.telemetry.metric(QUERIES, 1)
        try:
            found = self._found(request, principal, moment)
        except Exception:
            self._services.telemetry.metric(ERRORS, 1)
            raise
        took = (time.perf_counter() - started) * MILLISECONDS
        self._services.telemetry.metric(QUERY_LATENCY, took)
        return found.model_copy(update={"took_ms": round(took, 3)})

    def _found(self, request: FigureRequest, principal: Principal, moment: datetime | None) -> FigureAnswer:
        view = View.of(self._catalog, moment, principal.groups)
        found = self._finder.find(request, view.directory, view.versions)
        count = self._services.index.count
        figures, withheld = in_force(found, lambda key, version: count(key, version, view.commit) > 0)
        shown = [operand.uri for figure in figures for operand in figure.operands]
        asked = f"{request.metric} of {request.company}, {request.period or 'newest year'}"
        self._services.audit.append(AuditAction.QUERY, principal.name, query=asked, results=shown, **view.audited)
        companies = companies_meant(request, view.directory)
        known = noted(view, view.behind(figures), Subject(companies, is_open=bool(withheld)))
        return FigureAnswer(
            company=request.company,
            metric=request.metric,
            period=request.period,
            figures=tuple(view.labelled(one) for one in figures),
            withheld=_then(view, request) or withheld,
            **dict(known),
        )


def _then(view: View, request: FigureRequest) -> tuple[Withheld, ...]:
    """Return that nothing was searchable at the moment asked about, if so."""
    nothing = view.nothing()
    return (Withheld(metric=request.metric, reason=WhyWithheld.NOT_FOUND, sentence=nothing),) if nothing else ()
