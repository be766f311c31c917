"""Gold answers are read as they are written, and a figure agrees if it rounds to the gold's last place."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.evaluation.numbers import GoldNumber, agrees, gold_number
from tests.unit.evaluation.made import figure

MILLIONS = "How much was it? Answer in USD millions."


def gold(answer: str) -> GoldNumber:
    found = gold_number(answer)
    assert found is not None, answer
    return found


@pytest.mark.parametrize(
    ("answer", "value", "places", "percent", "scale"),
    [
        ("$1577.00", "1577", 0, False, None),
        ("$8.70", "8.70", 1, False, None),
        ("1.9%", "1.9", 1, True, None),
        ("-3.65 percent", "-3.65", 2, True, None),
        ("(3.65)%", "-3.65", 2, True, None),
        ("$(1,234.5) million", "-1234.5", 1, False, 10**6),
        ("\u20ac 3.2bn", "3.2", 1, False, 10**9),
        ("USD 12 thousand.", "12", 0, False, 10**3),
        ("about 0.66x", "0.66", 2, False, None),
        ("$0.55 per share", "0.55", 2, False, None),
        ("\u22120.02", "-0.02", 2, False, None),
        (".5", "0.5", 1, False, None),
        ("97.40 days", "97.40", 2, False, None),
        ("1.50", "1.50", 2, False, None),
        ("6063.00", "6063", 0, False, None),
        ("22.0%", "22.0", 1, True, None),
        ("300.00%", "300", 2, True, None),
    ],
)
def test_a_number_is_read_as_it_is_written(
    answer: str, value: str, places: int, percent: bool, scale: int | None
) -> None:
    assert gold(answer) == GoldNumber(value=Decimal(value), places=places, percent=percent, scale=scale)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "",
        "none",
        "No, it fell by 2 %.",
        "5.1% and 3.2%",
        "from 1 to 2",
        "FY2019 10-K",
        "25 basis points",
        "$",
        "May 31",
    ],
)
def test_what_is_more_or_less_than_one_number_is_none(answer: str | None) -> None:
    assert gold_number(answer) is None


def test_the_unit_that_a_question_file_names_is_the_scale_unless_the_answer_has_its_own() -> None:
    scales = [found.scale for answer in ("12", "12 thousand") if (found := gold_number(answer, "", "USD millions"))]
    assert scales == [10**6, 10**3]


def test_a_year_that_was_asked_for_is_no_number_but_an_amount_like_one_is() -> None:
    assert gold_number("2019", "In which fiscal year was revenue highest?") is None
    assert gold_number("2019", "How many stores were there?") is not None


@pytest.mark.parametrize(
    ("answer", "value", "unit", "question", "right"),
    [
        ("$1577.00", "1577000000", "USD", MILLIONS, True),
        ("$1577.00", "1577600000", "USD", MILLIONS, False),
        ("$1577.00", "-1577000000", "USD", MILLIONS, False),
        ("$1577.00", "1577", "USD", MILLIONS, False),
        ("$8.70", "8738000000", "USD", "In USD billions?", True),
        ("$8.7 billion", "8738000000", "USD", MILLIONS, True),
        ("1874", "1874000000", "USD", "How much cash is there?", True),  # as its cell is printed
        ("1874", "1874", "USD", "How much cash is there?", True),
        ("$0.55", "0.55", "USD/share", MILLIONS, True),
        ("1.9%", "1.9", "percent", "", True),
        ("1.9%", "1.94", "percent", "", True),
        ("1.9%", "1.96", "percent", "", False),
        ("1.9%", "0.0192", "ratio", "", True),
        ("0.053", "5.31", "percent", "", True),
        ("5.3", "5.31", "percent", "", True),
        ("0.66", "0.6649", "ratio", "", True),
        ("0.66", "0.67", "ratio", "", False),
        ("-3.65%", "3.65", "percent", "", False),
    ],
)
def test_a_figure_agrees_if_it_rounds_to_the_gold(
    answer: str, value: str, unit: str, question: str, right: bool
) -> None:
    assert agrees(gold(answer), figure(value, unit), question) is right


@given(st.decimals(-10_000, 10_000, places=6), st.integers(0, 4))
def test_every_number_agrees_with_its_own_rounding_and_with_none_a_place_away(value: Decimal, places: int) -> None:
    rounded = round(value, places)
    written = gold(f"{rounded:f}")
    assert agrees(written, figure(str(value), "ratio"))
    apart = Decimal("1.1").scaleb(-written.places)
    assert not agrees(written, figure(str(rounded + apart), "ratio"))
