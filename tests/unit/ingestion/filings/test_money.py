"""Which currency and scale captions say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.ingestion.filings.forms import ANNUAL_REPORT
from raglite.ingestion.filings.money import read_money


def money(body: str, form: str | None = ANNUAL_REPORT) -> tuple[str | None, int | None]:
    currency, scale = read_money(form, body)
    return (currency.value if currency else None, scale.value if scale else None)


@pytest.mark.parametrize(
    ("caption", "currency", "scale"),
    [
        ("(in millions of euros)", "EUR", 1_000_000), ("\u20acm \u20acm", "EUR", 1_000_000),
        ("\u00a3'000", "GBP", 1_000),
        ("(\u20b9 in crore)", "INR", 10_000_000), ("(Rs. in lakhs)", "INR", 100_000),
        ("Millions of yen", "JPY", 1_000_000),
        ("Yen in billions", "JPY", 1_000_000_000), ("CHF million", "CHF", 1_000_000), ("A$m", "AUD", 1_000_000),
        ("HK$ million", "HKD", 1_000_000), ("RMB'Million", "CNY", 1_000_000), ("US$ in thousands", "USD", 1_000),
        ("(In millions of Canadian dollars)", "CAD", 1_000_000), ("Rm 2023", "ZAR", 1_000_000), ("SEK k", "SEK", 1_000),
        ("(in NOK million)", "NOK", 1_000_000), ("(U.S. dollars in thousands)", "USD", 1_000), ("$000", "USD", 1_000),
        ("RM million", "MYR", 1_000_000), ("(KRW trillion)", "KRW", 1_000_000_000_000),
    ],
)  # fmt: skip
def test_a_caption_says_currency_and_scale(caption: str, currency: str, scale: int) -> None:
    assert money(caption) == (currency, scale)


@pytest.mark.parametrize("form", ["10-K", "10-Q", "8-K", "10-K/A"])
def test_an_american_filing_is_in_dollars_unless_it_says_otherwise_often(form: str) -> None:
    assert money("(in millions) \u20ac in millions of debt", form) == ("USD", 1_000_000)
    assert money("(in millions of Canadian dollars) " * 5, form) == ("CAD", 1_000_000)


def test_sums_in_prose_are_no_captions() -> None:
    assert money("It cost \u20ac 5 million, \u20ac12 million and 3 million.") == ("EUR", None)


def test_the_presentation_currency_outweighs_the_captions_of_some_tables() -> None:
    assert money("The presentation currency is the euro. US$ million US$ million") == ("EUR", 1_000_000)


@given(st.text(max_size=300), st.sampled_from(["10-K", ANNUAL_REPORT, None]))
def test_no_text_breaks_the_reading_of_money(text: str, form: str | None) -> None:
    currency, _ = money(text, form)
    assert currency is None or (len(currency) == 3 and currency.isupper())
