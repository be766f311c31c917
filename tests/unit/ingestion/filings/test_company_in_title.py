"""Whose a document is that is no filing. Every company here is made up."""

import pytest

from raglite.ingestion.filings.company import read_company
from raglite.ingestion.filings.filing_text import FilingText
from raglite.ingestion.filings.found import GUESSED, INFERRED
from tests.unit.ingestion.filings.covers import document


def company(text: str) -> tuple[str, float] | None:
    found = read_company(FilingText.of(document(text)))
    return (found.value, found.confidence) if found else None


@pytest.mark.parametrize(
    "title",
    [
        "Orchard Mills, Inc.: how we mill",
        "Orchard Mills, Inc. - Sales by region 2022",
        "ORCHARD MILLS, INC. | FACT SHEET",
        "Orchard Mills, Inc. Investor Day",
        "Price list of Orchard Mills, Inc., from May",
        "Mill list | Orchard Mills, Inc.",
        "Owner Mill\nOrchard Mills, Inc. North\nOrchard Mills, Inc. South\nOrchard Mills, Inc. East",
    ],
)
def test_a_title_or_rows_that_bear_a_legal_name_say_whose_they_are(title: str) -> None:
    assert company(f"{title}\nFlour is ground there.") == ("Orchard Mills, Inc.", INFERRED)


def test_a_name_without_legal_form_is_guessed_where_sentences_speak_of_it() -> None:
    said = "In spring Orchard opened two mills. Flour from Orchard is white."
    assert company(f"Orchard - Strategy 2025\n{said}") == ("Orchard", GUESSED)
    assert company(f"Orchard: a walk\n{said}") is None


@pytest.mark.parametrize(
    "text",
    [
        "Lisbon: results of the survey\nIn Lisbon we asked 90. People in Lisbon answered.",
        "Results: annual overview\nWe like Results. See Results below.",
        "Soup - financial review\nCook the Soup. Serve the Soup.",
        "Contract between Pear Works LLC and Orchard Mills, Inc.",
        "We no longer buy from Pear Works plc but now buy from Orchard Mills plc",
        "Company Sales\nPear Works plc 12\nOrchard Mills, Inc. 9\nPlum AG 7",
    ],
)
def test_what_is_not_plainly_a_company_is_none(text: str) -> None:
    assert company(text) is None
