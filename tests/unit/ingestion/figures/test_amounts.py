from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.ingestion.figures.amounts import Amount, is_continental, read_amount

NUMBERS = st.decimals(min_value=0, max_value=10**11, places=2) | st.integers(0, 10**12).map(Decimal)
SIGNS = st.sampled_from(["{}", "({})", "$({})", "(${})", "-{}", "\u2212{}", "{}-", "$ {}", "{}(a)", "{} *", "({}"])


@given(NUMBERS, SIGNS)
def test_a_number_reads_back_as_it_was_printed(number, sign):
    printed = sign.format(f"{number:,}")
    is_negative = any(mark in sign.replace("(a)", "") for mark in "(-\u2212")
    amount = read_amount(printed)
    assert amount == Amount(-number if is_negative else number, "USD" if "$" in sign else "")


@given(NUMBERS)
def test_a_continental_number_reads_back_where_the_document_prints_such(number):
    printed = f"{number:,}".translate(str.maketrans(",.", ".,"))
    assert read_amount(printed, continental=True) == Amount(number)


@given(st.integers(1000, 10**9), st.sampled_from([" ", "\u00a0", "\u2009", "\u202f", "'", "\u2019"]))
def test_thousands_may_stand_apart_by_a_space_or_an_apostrophe(number, mark):
    assert read_amount(f"{number:,}".replace(",", mark)) == Amount(Decimal(number))


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12.3%", Amount(Decimal("12.3"), mark="%")),
        ("(9.9)%", Amount(Decimal("-9.9"), mark="%")),
        ("(9.9%)", Amount(Decimal("-9.9"), mark="%")),
        ("2.5x", Amount(Decimal("2.5"), mark="x")),
        ("$.01", Amount(Decimal("0.01"), "USD")),
        ("\u20ac1,577", Amount(Decimal(1577), "EUR")),
        ("Rs. 12,34,567", Amount(Decimal(1234567), "INR")),
        ("CHF 120", Amount(Decimal(120), "CHF")),
        ("\u2014", Amount(Decimal(0), is_nil=True)),
        ("$ -", Amount(Decimal(0), "USD", is_nil=True)),
        ("-%", Amount(Decimal(0), mark="%", is_nil=True)),
    ],
)
def test_signs_of_currency_and_percent_and_dashes_are_read(text, amount):
    assert read_amount(text) == amount


@pytest.mark.parametrize(
    "text", ["", "$", "%", "*", "n/a", "Level 1", "5 1/2", "2/3/2019", "1,57", "9-9", "1,577)", "12 34", "1" * 60]
)
def test_what_is_no_number_or_two_is_not_read(text):
    assert read_amount(text) is None


def test_a_document_is_continental_only_if_plainly_so():
    assert is_continental(["1.234,56", "3,5", "12.345.678", "100"])
    assert not is_continental(["1.234,56", "3,5", "1,234.5", "12.25"])
    assert not is_continental(["1.234", "1,234", "5"])
