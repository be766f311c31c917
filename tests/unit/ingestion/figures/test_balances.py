from datetime import date

import pytest

from raglite.ingestion.figures.balances import at_a_day
from raglite.ingestion.figures.column_periods import Period
from raglite.ingestion.figures.fiscal_calendar import FiscalCalendar
from raglite.model import Filing

CALENDAR = FiscalCalendar.of(Filing(form="10-K", fiscal_year=2018, period_end=date(2018, 12, 31)), [])
YEAR, END, BEFORE = Period(date(2018, 12, 31), 12), Period(date(2018, 12, 31), 0), Period(date(2017, 12, 31), 0)


@pytest.mark.parametrize(
    ("label", "period"),
    [
        ("Cash and cash equivalents at beginning of year", BEFORE),
        ("Opening balance", BEFORE),
        ("Balance at January 1, 2018", BEFORE),
        ("At 1 January", BEFORE),
        ("Balance, December 31, 2017", BEFORE),
        ("Cash and cash equivalents, end of period", END),
        ("Closing balance", END),
        ("Balance at December 31, 2018", END),
        ("At 31 December", END),
        ("Additions", YEAR),
        ("4.25% notes due June 1, 2023", YEAR),
    ],
)
def test_a_row_stands_at_the_day_its_label_says(label, period):
    assert at_a_day(label, YEAR, CALENDAR) == period


def test_a_year_of_unknown_length_begins_a_year_before_it_ends():
    assert at_a_day("Beginning balance", Period(date(2018, 12, 31), None), CALENDAR) == BEFORE


@pytest.mark.parametrize(
    ("label", "period"), [("Balance at March 31, 2016", YEAR), ("Beginning of year balance", END), ("At 30 June", YEAR)]
)
def test_a_day_that_the_column_s_period_does_not_have_is_doubtful(label, period):
    assert not at_a_day(label, period, CALENDAR).sure
