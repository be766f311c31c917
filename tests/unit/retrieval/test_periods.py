"""A document fits a period if it is of it, less if it only shows it beside its own."""

from datetime import date

import pytest

from raglite.model import Filing
from raglite.retrieval.periods import ASSUMED, COMPARED, UNDATED, YEAR_AGO, period_match
from raglite.retrieval.question.understanding import Understanding

ANNUAL = Filing(form="10-K", fiscal_year=2022, period_end=date(2023, 1, 28))
QUARTER = Filing(form="10-Q", fiscal_year=2024, fiscal_quarter=2, period_end=date(2023, 7, 29))
EVENT = Filing(form="8-K")


def asked(*years: int, day: date | None = None, assumed: int | None = None) -> Understanding:
    return Understanding(
        text="q", lexical="q", fiscal_years=years, period_ends=(day,) if day else (), assumed_year=assumed
    )


@pytest.mark.parametrize(
    ("filing", "question", "match"),
    [
        (QUARTER, asked(2023, day=date(2023, 7, 29)), 1.0),
        (QUARTER, asked(2022, day=date(2022, 7, 30)), YEAR_AGO),
        (QUARTER, asked(2022, day=date(2022, 4, 30)), 0.0),
        (ANNUAL, asked(2022), 1.0),
        (ANNUAL, asked(2021), COMPARED),
        (ANNUAL, asked(2019), 0.0),
        (ANNUAL, asked(assumed=2022), ASSUMED),
        (ANNUAL, asked(assumed=2023), 0.0),
        (ANNUAL, asked(), 0.0),
        (EVENT, asked(2022), UNDATED),
        (EVENT, asked(assumed=2022), UNDATED),
        (EVENT, asked(), 0.0),
    ],
)
def test_the_match_of_a_document(filing: Filing, question: Understanding, match: float) -> None:
    assert period_match(filing, question) == match
