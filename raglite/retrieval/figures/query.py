"""The use case of one figure: company, metric and period in words, to figures with their proof."""

import time

from raglite.model import FigureAnswer, WhyWithheld, Withheld
from raglite.ports import Principal, Services
from raglite.retrieval.catalog import Catalog
from raglite.retrieval.figures.finder import FigureFinder, FigureRequest, companies_meant, in_force
from raglite.retrieval.notes import Subject, noted
from raglite.retrieval.view import View
from raglite.retrieval.wholeness import Wholeness
from raglite.telemetry import Span

MILLISECONDS = 1000


class FigureQuery:
    """Answers requests for figures, from any number of threads. Shares what it reads with a Retriever."""

    def __init__(self, services: Services, catalog: Catalog, finder: FigureFinder, wholeness: Wholeness) -> None:
        self._services = services
        self._catalog = catalog
        self._finder = finder
        self._wholeness = wholeness

    def answer(self, request: FigureRequest, principal: Principal) -> FigureAnswer:
        """Return the figures of a metric, from the documents of the principal's groups only.

        Raises InvalidRequest if `as_of` is no moment up to now, TransientError if a service that is needed does not
        answer, or has lost what it is asked for.
        """
        started, moment = time.perf_counter(), self._catalog.moment(request.as_of)
        span, count, asked = self._services.telemetry.span, self._services.index.count, self._catalog.clock.now()
        with span(Span.UNDERSTAND):
            view = View.of(self._catalog, moment, principal.groups)
            self._wholeness.refuse(moment)
            companies = companies_meant(request, view.directory)
        with span(Span.FIGURES):
            found = self._finder.find(request, view.directory, view.versions)
            figures, withheld = in_force(found, lambda key, version: count(key, version, view.commit) > 0)
            if not figures:
                self._wholeness.refuse(moment, since=asked)
        with span(Span.CITE):
            known = noted(view, view.behind(figures), Subject(companies, is_open=bool(withheld)))
            return FigureAnswer(
                company=request.company,
                metric=request.metric,
                period=request.period,
                figures=tuple(view.labelled(one) for one in figures),
                withheld=_then(view, request) or withheld,
                took_ms=round((time.perf_counter() - started) * MILLISECONDS, 3),
                **dict(known),
            )


def _then(view: View, request: FigureRequest) -> tuple[Withheld, ...]:
    """Return that nothing was searchable at the moment asked about, if so."""
    nothing = view.nothing()
    return (Withheld(metric=request.metric, reason=WhyWithheld.NOT_FOUND, sentence=nothing),) if nothing else ()
