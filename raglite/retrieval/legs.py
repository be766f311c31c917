"""The ways to search for what a question asks, all sent in one request."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raglite.model import ChunkKind, Filters
from raglite.ports import NO_FILTERS, Leg, SparseVector
from raglite.retrieval.lexical import query_vector
from raglite.retrieval.question.understanding import Understanding
from raglite.retrieval.question.vocabulary import TOPICS
from raglite.retrieval.weights import Weights

LEG_LIMIT = 100  # points a leg contributes
FUSED_LIMIT = 300  # points to ask the index for: enough for every page that a leg found near its top
RRF_K = 60


def legs(understanding: Understanding, dense: NDArray[np.float32], weights: Weights) -> tuple[Leg, ...]:
    """Return the legs with a weight: passages by meaning and by words, pages by words, headings, statements, periods.

    Where the question names companies, these look at them alone, and two over everything stand by.
    """
    search = _Search(understanding, dense, query_vector(understanding.lexical), weights)
    return tuple(leg for leg in (*search.everywhere(), *search.focused()) if leg.weight > 0)


@dataclass(frozen=True)
class _Search:
    asked: Understanding
    dense: NDArray[np.float32]
    lexical: SparseVector
    weights: Weights

    @property
    def of_company(self) -> Filters:
        return Filters(companies=self.asked.companies or self.asked.likely_companies)

    def everywhere(self) -> Iterator[Leg]:
        """Yield the legs that look at the named companies, or at all, and the safety legs."""
        of_company, weights = self.of_company, self.weights
        yield Leg(self.dense, (ChunkKind.CHUNK,), LEG_LIMIT, weights.dense, of_company)
        yield Leg(self.lexical, (ChunkKind.CHUNK,), LEG_LIMIT, weights.words, of_company)
        yield Leg(self.lexical, (ChunkKind.PAGE,), LEG_LIMIT, weights.page_words, of_company)
        yield Leg(self.dense, (ChunkKind.HEADING,), LEG_LIMIT, weights.headings, of_company)
        if of_company != NO_FILTERS:
            yield Leg(self.dense, (ChunkKind.CHUNK,), LEG_LIMIT, weights.safety)
            yield Leg(self.lexical, (ChunkKind.CHUNK,), LEG_LIMIT, weights.safety)

    def focused(self) -> Iterator[Leg]:
        """Yield the legs that look where the question's own words point: headings, statements, periods."""
        asked, weights = self.asked, self.weights
        of_company = self.of_company
        if asked.topics:
            headings = query_vector(" ".join(heading for topic in asked.topics for heading in TOPICS[topic].headings))
            yield Leg(headings, (ChunkKind.HEADING,), LEG_LIMIT, weights.topics, of_company)
        years = _years(asked)
        of_period = of_company.model_copy(update={"fiscal_years": years})
        if years:
            yield Leg(self.dense, (ChunkKind.CHUNK,), LEG_LIMIT, weights.periods, of_period)
            yield Leg(self.lexical, (ChunkKind.PAGE,), LEG_LIMIT, weights.periods, of_period)
        if asked.forms:
            of_form = of_company.model_copy(update={"forms": asked.forms})
            yield Leg(self.dense, (ChunkKind.CHUNK,), LEG_LIMIT, weights.forms, of_form)
        if asked.statements:
            weight = weights.statement_pages * (weights.elsewhere if asked.elsewhere else 1)
            yield Leg(self.lexical, (ChunkKind.PAGE,), LEG_LIMIT, weight, of_period, statements=asked.statements)
            if of_period != NO_FILTERS and years:
                yield Leg(self.lexical, (ChunkKind.PAGE,), LEG_LIMIT, weight, of_company, statements=asked.statements)


def _years(asked: Understanding) -> tuple[int, ...]:
    """Return the fiscal years that may show what is asked: a day may be of the next one, and the one after compares."""
    if not asked.fiscal_years:
        return ()
    last = asked.fiscal_years[-1]
    return (*asked.fiscal_years, *range(last + 1, last + (3 if asked.period_ends else 2)))
