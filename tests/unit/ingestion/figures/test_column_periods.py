from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.ingestion.figures.column_periods import Period, Setting, period_of, period_of_caption
from raglite.ingestion.figures.fiscal_calendar import FiscalCalendar
from raglite.model import Filing, Statement

RETAILER = FiscalCalendar.of(
    Filing(form="10-K", fiscal_year=2018, period_end=date(2019, 2, 2)), [date(2018, 2, 3), date(2019, 2, 2)]
)
JUNE = FiscalCalendar.of(Filing(form="10-K", fiscal_year=2023, period_end=date(2023, 6, 30)), [])
QUARTER = FiscalCalendar.of(Filing(form="10-Q", fiscal_year=2023, fiscal_quarter=2, period_end=date(2022, 12, 31)), [])
INCOME, BALANCE = Statement.INCOME_STATEMENT, Statement.BALANCE_SHEET


@pytest.mark.parametrize(
    ("header", "end", "months"),
    [
        ("Three Months Ended December 31, 2022", date(2022, 12, 31), 3),
        ("Six months to 31 December 2022", date(2022, 12, 31), 6),
        ("39 weeks ended October 29, 2022", date(2022, 10, 29), 9),
        ("Fifty-three weeks ended 3 February 2023", date(2023, 2, 3), 12),
        ("Sixteen weeks ended May 7, 2023", date(2023, 5, 7), 4),
        ("Years Ended November 27, 2015", date(2015, 11, 27), 12),
        ("As of June 30, 2023", date(2023, 6, 30), 0),
        ("At 31.12.2022", date(2022, 12, 31), 0),
        ("January 1 - March 31, 2023", date(2023, 3, 31), 3),
        ("January\u2013June 2023", date(2023, 6, 30), 6),
        ("Q2 2023", date(2022, 12, 31), 3),
        ("First Quarter Fiscal 2023", date(2022, 9, 30), 3),
        ("2022 4th", date(2022, 6, 30), 3),
        ("1H23", date(2022, 12, 31), 6),
        ("9M 2023", date(2023, 3, 31), 9),
        ("2022/23", date(2023, 6, 30), None),
        ("2023 \u20acm", date(2023, 6, 30), None),
        ("Dec-22", date(2022, 12, 31), None),
    ],
)
def test_a_header_gives_the_end_and_the_months(header, end, months):
    assert period_of(header, Setting(JUNE)) == Period(end, months)


@pytest.mark.parametrize(
    "header", ["% Change", "2018 vs. 2017", "2020-2023", "Level 1", "Note", "$ Change 2018", "Thereafter", "2019 2018"]
)
def test_a_header_that_compares_or_names_no_period_gives_none(header):
    assert period_of(header, Setting(JUNE)) is None


@pytest.mark.parametrize(("year", "end"), [("2018", date(2019, 2, 2)), ("Fiscal 2017", date(2018, 2, 3))])
def test_a_year_alone_is_the_company_s_fiscal_year(year, end):
    assert period_of(year, Setting(RETAILER)) == Period(end, None)


@pytest.mark.parametrize(
    ("above", "months"),
    [
        ("for the year from 1 July 2022 to 30 June 2023", 12),
        ("for the year from 1 July to 30 June 2023", 12),
        ("for the period 1 January to 30 June 2023", 6),
        ("Three months from 1 April until 30 June 2023", 3),
    ],
)
def test_a_span_above_a_table_counts_by_its_last_day(above, months):
    assert period_of("2023", Setting(JUNE, above, INCOME)) == Period(date(2023, 6, 30), months)


@given(st.integers(2000, 2018))
def test_a_52_53_week_year_ends_on_its_weekday_within_a_week_of_its_day(year):
    end = RETAILER.end_of_year(year)
    assert end.weekday() == date(2019, 2, 2).weekday()
    assert abs((end - date(year + 1, 2, 2)).days) <= 7


@given(st.integers(1995, 2023), st.integers(1, 4))
def test_quarters_of_a_year_that_ends_with_a_month_end_with_months(year, quarter):
    end = JUNE.end_of_quarter(year, quarter)
    assert (end.month, end.year) == ([(9, year - 1), (12, year - 1), (3, year), (6, year)][quarter - 1])


def test_a_day_that_heads_all_years_outdoes_a_day_printed_beside_it():
    filing = Filing(form="10-K", fiscal_year=2018, period_end=date(2018, 12, 31))
    calendar = FiscalCalendar.of(filing, [date(2017, 1, 1)], [(12, 31)])
    assert calendar.shifted(date(2017, 12, 31), -12) == date(2016, 12, 31)


def test_the_day_that_stands_above_completes_a_year():
    assert period_of("2018", Setting(JUNE, "Years ended March 31,")) == Period(date(2018, 3, 31), 12)


def test_the_statement_tells_flow_from_balance_where_no_words_do():
    assert period_of("2023", Setting(JUNE, statement=INCOME)) == Period(date(2023, 6, 30), 12)
    assert period_of("2023", Setting(JUNE, statement=BALANCE)) == Period(date(2023, 6, 30), 0)


def test_a_balance_sheet_of_three_months_is_doubtful():
    assert not period_of("Three months ended June 30, 2023", Setting(JUNE, statement=BALANCE)).sure


def test_a_year_alone_in_a_quarterly_report_is_doubtful():
    assert not period_of("2022", Setting(QUARTER, statement=INCOME)).sure


def test_two_lengths_in_one_header_are_doubtful():
    assert not period_of("Three and six months ended December 31, 2022", Setting(QUARTER)).sure


def test_a_period_after_the_filing_s_own_is_doubtful():
    assert not period_of("2024", Setting(JUNE)).sure


def test_a_caption_with_one_date_gives_the_period_and_with_two_none():
    assert period_of_caption(Setting(JUNE, "Year ended June 30, 2023")) == Period(date(2023, 6, 30), 12)
    assert period_of_caption(Setting(JUNE, "Years ended June 30, 2023 and June 30, 2022")) is None
