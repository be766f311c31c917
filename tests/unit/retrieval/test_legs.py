"""Where a question is looked for: at the companies it names and, more weakly, everywhere."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from raglite.model import ChunkKind, Filters, Statement
from raglite.ports import Leg
from raglite.retrieval.legs import legs
from raglite.retrieval.question.understanding import Understanding
from raglite.retrieval.weights import WEIGHTS, Weights

DENSE = np.zeros(384, dtype=np.float32)
PLAIN = Understanding(text="revenue", lexical="revenue")
ORCHARD = Understanding(text="revenue", lexical="revenue", companies=("Orchard Mills, Inc.",))
FULL = Understanding(
    text="q", lexical="q", companies=("Orchard Mills, Inc.",), fiscal_years=(2021, 2022),
    statements=(Statement.BALANCE_SHEET,), topics=("leases",), forms=("10-K",),
)  # fmt: skip


def made(asked: Understanding, weights: Weights = WEIGHTS) -> tuple[Leg, ...]:
    return legs(asked, DENSE, weights)


def test_without_a_company_every_leg_looks_everywhere() -> None:
    assert [(leg.kinds, leg.filters) for leg in made(PLAIN)] == [
        ((ChunkKind.CHUNK,), Filters()), ((ChunkKind.CHUNK,), Filters()),
        ((ChunkKind.PAGE,), Filters()), ((ChunkKind.HEADING,), Filters()),
    ]  # fmt: skip


def test_a_named_company_keeps_weaker_legs_over_everything() -> None:
    safety = [leg for leg in made(ORCHARD) if leg.filters == Filters()]
    assert [leg.kinds for leg in safety] == [(ChunkKind.CHUNK,), (ChunkKind.CHUNK,)]
    assert all(leg.weight < WEIGHTS.dense for leg in safety)
    assert {leg.filters.companies for leg in made(ORCHARD)} == {(), ("Orchard Mills, Inc.",)}


def test_the_statements_asked_for_are_always_looked_at() -> None:
    found = [leg for leg in made(FULL) if leg.statements]
    assert {leg.statements for leg in found} == {(Statement.BALANCE_SHEET,)}
    assert {leg.filters.fiscal_years for leg in found} == {(), (2021, 2022, 2023)}


def test_next_years_filing_is_looked_at_too_because_it_shows_the_year_beside_its_own() -> None:
    assert any(leg.filters.fiscal_years == (2021, 2022, 2023) and not leg.statements for leg in made(FULL))


def test_headings_are_looked_for_by_the_words_that_filings_use() -> None:
    lexical = [
        leg for leg in made(FULL) if leg.kinds == (ChunkKind.HEADING,) and not isinstance(leg.vector, np.ndarray)
    ]
    assert len(lexical) == 1


@pytest.mark.parametrize(
    "name", ["dense", "words", "page_words", "headings", "topics", "statement_pages", "periods", "forms", "safety"]
)
def test_every_leg_can_be_switched_off(name: str) -> None:
    assert len(made(FULL, Weights(**{name: 0.0}))) < len(made(FULL))


def test_a_named_day_may_stand_as_a_comparison_two_fiscal_years_on() -> None:
    asked = replace(FULL, fiscal_years=(2022,), period_ends=(date(2022, 7, 30),))
    assert {leg.filters.fiscal_years for leg in made(asked)} == {(), (2022, 2023, 2024)}
