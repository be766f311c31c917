"""Dates and periods as filings write them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.ingestion.filings import periods
from raglite.ingestion.filings.year_names import fiscal_year_end, said_name, usual_name

DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 12, 31))


@given(DAYS, st.sampled_from(["%B %d, %Y", "%d %B %Y", "%b. %d, %Y", "%Y-%m-%d", "%B %d,%Y", "%d %b %Y"]))
def test_a_date_is_read_however_it_is_written(day: date, form: str) -> None:
    assert list(periods.dates(f"on {day.strftime(form)}, then")) == [day]


@given(DAYS, st.sampled_from(["year ended", "quarterly period ended:", "Thirteen weeks ended", "six months to"]))
def test_the_end_of_a_period_is_read_with_its_words(day: date, words: str) -> None:
    written = f"{words} {day:%B %d, %Y}"
    (found,) = periods.period_ends(f"for the {written} and")
    assert found.value == day
    assert written.endswith(found.words)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading_of_periods(text: str) -> None:
    assert all(quarter in range(1, 5) for quarter in periods.spans(text))
    assert all(found.value.year in periods.PLAUSIBLE_YEARS for found in periods.period_ends(text))
    assert all(found.value.months in range(1, 13) for found in periods.ranges(text))


@pytest.mark.parametrize(
    ("text", "quarters"),
    [
        ("Three Months Ended", {1}),
        ("six months ended", {2}), ("Nine Months Ended", {3}), ("twelve months ended", {4}),
        ("12 Weeks Ended", {1}), ("Twelve weeks ended", {1}), ("16 weeks ended", {1}), ("36 Weeks Ended", {3}),
        ("Thirteen and thirty-nine weeks ended", {1, 3}), ("52 weeks ended", {4}), ("12 months ended", {4}),
    ],
)  # fmt: skip
def test_columns_tell_how_many_quarters_they_span(text: str, quarters: set[int]) -> None:
    assert set(periods.spans(text)) == quarters


@pytest.mark.parametrize(
    ("text", "months", "end"),
    [
        ("January\u2013September 2023", 9, date(2023, 9, 30)),
        ("Jan-Mar 2024", 3, date(2024, 3, 31)),
        ("from April 1, 2022 to March 31, 2023", 12, date(2023, 3, 31)),
        ("1 January to 30 June 2022", 6, date(2022, 6, 30)),
    ],
)
def test_a_period_may_be_written_by_its_ends(text: str, months: int, end: date) -> None:
    (found,) = periods.ranges(text)
    assert found.value == (months, end)


@given(DAYS.filter(lambda day: day.year > 1990 and (day.month, day.day) > (2, 14)))
def test_a_year_bears_the_number_of_its_end_unless_the_document_says_otherwise(end: date) -> None:
    assert usual_name(end, "fiscal 1999").value == end.year
    assert said_name(end, f"fiscal {end.year - 1} ended {end:%B %d, %Y}").value == end.year - 1


@pytest.mark.parametrize(
    "words",
    [
        "fiscal 2022 ended January 28, 2023",
        '"2022" or "fiscal 2022" is the fiscal year ended January 28, 2023',
        'the fiscal year ended January 28, 2023 ("fiscal 2022")',
        "Fiscal 2022, fiscal 2021 and fiscal 2020 ended on January 28, 2023, January 29, 2022 and January 30, 2021",
        "FY2022 consolidated results (fiscal year ended January 28, 2023)",
    ],
)
def test_the_name_of_a_year_is_said_in_many_ways(words: str) -> None:
    assert said_name(date(2023, 1, 28), words).value == 2022


@given(DAYS.filter(lambda day: day.year < 2099), st.integers(1, 4))
def test_the_end_of_the_year_is_as_many_quarters_away_as_are_left(end: date, quarter: int) -> None:
    assert fiscal_year_end(end, quarter) - end == timedelta(weeks=13 * (4 - quarter))
