"""From fused points to the passages to show: one per page, the pages ordered by everything that speaks for them.

The index fuses the legs by reciprocal rank (Cormack, Clarke and Buettcher, SIGIR 2009, k = 60). A page's score is the
sum of its best passage's, its page point's and its heading point's, and what the question says of company, period and
statement only adds to it: nothing is ever filtered out here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from raglite.model import ChunkKind, Filing, Filters, Statement
from raglite.ports import FoundChunk, Leg, SparseVector
from raglite.retrieval.question import Understanding

RRF_K = 60
LEG_LIMIT = 100  # points a leg contributes
FUSED_LIMIT = 200  # points to ask the index for: enough for every page that a leg found near its top
SAFETY_WEIGHT = 0.5  # of the legs over all companies, where a company was recognised

# Boosts, in units of one first place of one leg. Kept round: at 74 questions finer differences mean nothing.
_FIRST_PLACE = 1 / (RRF_K + 1)
COMPANY_BOOST = 1.0
PERIOD_BOOST = 1.0
STATEMENT_BOOST = 2.0
FORM_BOOST = 0.25

_PageKey = tuple[str, str, int]


def legs(understanding: Understanding, dense: NDArray[np.float32], lexical: SparseVector) -> tuple[Leg, ...]:
    """Return the ways to search: passages by meaning and by words, whole pages by words, headings by meaning.

    Where the question names companies, these legs look at them alone, and two legs over everything stand by.
    """
    filters = Filters(companies=understanding.companies)
    found = (
        Leg(dense, (ChunkKind.CHUNK,), LEG_LIMIT, 1.0, filters),
        Leg(lexical, (ChunkKind.CHUNK,), LEG_LIMIT, 1.0, filters),
        Leg(lexical, (ChunkKind.PAGE,), LEG_LIMIT, 1.0, filters),
        Leg(dense, (ChunkKind.HEADING,), LEG_LIMIT, 0.5, filters),
    )
    if not understanding.companies:
        return found
    return (*found, *(replace(leg, weight=SAFETY_WEIGHT, filters=Filters()) for leg in found[:2]))


def rank(found: Iterable[FoundChunk], understanding: Understanding, top_k: int) -> list[FoundChunk]:
    """Return at most `top_k` passages, best first, each of another page, with their pages' scores.

    Ties go by key, version, page: the same question on the same index always gets the same order.
    """
    pages: dict[_PageKey, list[FoundChunk]] = {}
    for one in found:
        pages.setdefault((one.key, one.version_id, one.chunk.page), []).append(one)
    scored = [(_page_score(group, understanding), key, _shown(group)) for key, group in pages.items()]
    scored.sort(key=lambda entry: (-entry[0], entry[1]))
    return [replace(shown, score=score) for score, _, shown in scored[:top_k]]


def _page_score(group: Sequence[FoundChunk], understanding: Understanding) -> float:
    best: dict[ChunkKind, float] = {}
    for one in group:
        best[one.chunk.kind] = max(best.get(one.chunk.kind, 0.0), one.score)
    return sum(best.values()) + _FIRST_PLACE * boost(group[0].filing, _statements(group), understanding)


def boost(filing: Filing, statements: Iterable[Statement], understanding: Understanding) -> float:
    """Return what the question's own words add for a page, in first places of a leg."""
    company = COMPANY_BOOST if filing.company in understanding.companies else 0.0
    form = FORM_BOOST if filing.form in understanding.forms else 0.0
    asked = set(understanding.statements)
    statement = STATEMENT_BOOST * understanding.statement_weight if asked.intersection(statements) else 0.0
    return company + form + statement + PERIOD_BOOST * _period_match(filing, understanding)


def _period_match(filing: Filing, understanding: Understanding) -> float:
    """Return 1 for the period that is asked for, less for filings that carry it only as a comparison, 0 for others."""
    if filing.period_end in understanding.period_ends and filing.period_end:
        return 1.0
    if not understanding.fiscal_years or not filing.fiscal_year:
        return 0.0
    latest = understanding.fiscal_years[-1]
    if filing.fiscal_year == latest:
        return _quarter_match(filing, understanding)
    if filing.fiscal_year in understanding.fiscal_years or filing.fiscal_year == latest + 1:
        return 0.5  # it shows the year beside its own
    return 0.0


def _quarter_match(filing: Filing, understanding: Understanding) -> float:
    """Prefer the annual report unless a quarter is asked for, and then that quarter's report."""
    return 1.0 if filing.fiscal_quarter == understanding.fiscal_quarter else 0.5


def _statements(group: Iterable[FoundChunk]) -> set[Statement]:
    return {one.chunk.statement for one in group if one.chunk.statement}


def _shown(group: Sequence[FoundChunk]) -> FoundChunk:
    """Return the page's best passage; its page or heading point only where no passage was found."""
    order = {ChunkKind.CHUNK: 0, ChunkKind.PAGE: 1, ChunkKind.HEADING: 2}

    def rank_of(one: FoundChunk) -> tuple[int, float, UUID]:
        return order[one.chunk.kind], -one.score, one.id

    return min(group, key=rank_of)
