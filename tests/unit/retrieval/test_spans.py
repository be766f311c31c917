"""How long a period runs and on which days it ends."""

from datetime import date

import pytest

from raglite.retrieval.figures.spans import ends, lengths, quarter


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("for the three months ended December 31, 2022", {3}),
        ("in Q2 FY2024", {3}),
        ("first half of fiscal 2023 (six months to December 2022)", {6}),
        ("9M FY2023", {9}),
        ("fifty-two weeks ended January 28, 2023", {12}),
        ("three and nine months ended September 30, 2023", {9}),
        ("second quarter and six months", {3, 6}),
        ("fiscal 2023", set()),
    ],
)
def test_the_length_of_a_period_is_read(text: str, months: set[int]) -> None:
    assert lengths(text) == months


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("December 2022 quarter", (date(2022, 12, 31),)),
        ("six months to Feb. 2024", (date(2024, 2, 29),)),
        ("on May 31, 2021", (date(2021, 5, 31),)),
        ("in 2022", ()),
    ],
)
def test_a_month_stands_for_its_last_day(text: str, days: tuple[date, ...]) -> None:
    assert ends(text) == days


def test_the_first_three_months_are_the_first_quarter() -> None:
    assert (quarter("first three months of 2023"), quarter("three months")) == (1, None)
