"""Which companies a question names, by any way people write them. All are made up or everyday knowledge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.model import Filing
from raglite.retrieval.question.aliases import full_names, short_names
from raglite.retrieval.question.companies import EMPTY, Directory

KNOWN = (
    "Orchard Mills, Inc.",
    "Harbor Lines plc",
    "Harbor Lines Finance plc",
    "The Quarry Stone Company",
    "General Motors Company",
    "General Mills, Inc.",
    "3M Company",
    "GE Group",
    "H&R Block, Inc.",
    "Parcelway.com, Inc.",
    "Procter & Gamble Co",
    "First Piedmont Lodging Trust",
    "Target Corporation",
    "Activision Blizzard, Inc.",
)
NAMES = {"Orchard Mills, Inc.": ("OMI", "IT", "Orchard"), "Harbor Lines plc": ("Oldhaven Shipping",)}


def directory(*companies: str) -> Directory:
    return Directory.of(Filing(company=company, names=NAMES.get(company, ())) for company in companies or KNOWN)


@pytest.mark.parametrize(
    ("question", "companies"),
    [
        ("What was Orchard Mills, Inc.'s revenue?", ("Orchard Mills, Inc.",)),
        ("What was ORCHARD MILLS' revenue?", ("Orchard Mills, Inc.",)),
        ("orchard's capital expenditure", ("Orchard Mills, Inc.",)),
        ("orchardmills revenue", ("Orchard Mills, Inc.",)),
        ("Compare Orchard Mills and Harbor Lines", ("Orchard Mills, Inc.", "Harbor Lines plc")),
        ("Quarry Stone dividends", ("The Quarry Stone Company",)),
        ("What did 3M pay?", ("3M Company",)),
        ("GE's debt", ("GE Group",)),
        ("H&R Block margins", ("H&R Block, Inc.",)),
        ("General Mills revenue", ("General Mills, Inc.",)),
        ("Parcelway's vans", ("Parcelway.com, Inc.",)),
        ("P&G margins", ("Procter & Gamble Co",)),
        ("Procter and Gamble margins", ("Procter & Gamble Co",)),
        ("First Piedmont revenue", ("First Piedmont Lodging Trust",)),
        ("Oldhaven Shipping in 2020", ("Harbor Lines plc",)),
        ("OMI FY2015", ("Orchard Mills, Inc.",)),
        ("OMI's debt", ("Orchard Mills, Inc.",)),
        ("omi debt", ()),
        ("IT spending", ()),
        ("Harbor Lines Finance plc bonds", ("Harbor Lines Finance plc",)),
        ("Harbor's ships", ("Harbor Lines Finance plc", "Harbor Lines plc")),
        ("Target's inventory", ("Target Corporation",)),
        ("the target for inventory", ()),
        ("general and administrative expenses", ()),
        ("orchards in bloom", ()),
        ("millstone revenue", ()),
        ("", ()),
    ],
)
def test_a_question_names_companies(question: str, companies: tuple[str, ...]) -> None:
    assert directory().named(question) == companies


def test_a_company_known_twice_is_named_once() -> None:
    assert directory("Orchard Mills, Inc.", "Orchard Mills, Inc.").named("Orchard Mills") == ("Orchard Mills, Inc.",)


def test_no_alias_is_a_single_letter_or_a_common_first_word() -> None:
    assert all(len(alias) > 1 for name in KNOWN for alias in full_names(name) | short_names(name))
    assert "general" not in short_names("General Motors Company")
    assert "united states" not in short_names("United States Steel Corporation")
    assert full_names("3M Company") == {"3m company", "3m"}


@pytest.mark.parametrize(
    ("question", "companies"),
    [
        ("interest coverage of Activsion Blizzard", ("Activision Blizzard, Inc.",)),
        ("Orchrad revenue", ("Orchard Mills, Inc.",)),
        ("Harbour Lines debt", ("Harbor Lines Finance plc", "Harbor Lines plc")),
        ("Tesla revenue", ()),
    ],
)
def test_a_name_with_a_letter_wrong_is_nearly_named(question: str, companies: tuple[str, ...]) -> None:
    assert directory().named(question) == ()
    assert directory().nearly_named(question) == companies


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("What was Orchard Mills, Inc. paid?", "What was paid?"),
        ("What was Orchard's revenue?", "What was revenue?"),
        ("What was Orchard Mills\u2019 revenue?", "What was revenue?"),
        ("What was revenue?", "What was revenue?"),
    ],
)
def test_a_question_without_its_companies_keeps_the_rest(question: str, rest: str) -> None:
    kept = directory().without(question).replace(".", " ")
    assert " ".join(kept.split()) == rest


def test_an_empty_directory_names_nobody_and_changes_nothing() -> None:
    assert EMPTY.named("Orchard Mills") == ()
    assert EMPTY.without("What was Orchard's  revenue?") == "What was Orchard's  revenue?"


def test_the_newest_year_is_that_of_a_whole_years_document() -> None:
    filings = [
        Filing(company="Orchard Mills, Inc.", fiscal_year=2022),
        Filing(company="Orchard Mills, Inc.", fiscal_year=2023, fiscal_quarter=4),
        Filing(company="Orchard Mills, Inc.", fiscal_year=2024, fiscal_quarter=2),
    ]
    known = Directory.of(filings)
    assert known.latest_year(["Orchard Mills, Inc."]) == 2023
    assert known.years["Orchard Mills, Inc."] == {2022, 2023, 2024}
    assert known.latest_year(["Nobody"]) is None


@given(st.text(max_size=200))
def test_any_text_is_read_and_loses_at_most_names(text: str) -> None:
    known = directory()
    assert set(known.named(text)) <= set(KNOWN)
    assert len(known.without(text)) <= len(text)


@pytest.mark.parametrize(
    ("filing", "is_known"),
    [
        (Filing(company="Orchard Mills, Inc.", fiscal_year=2022, fiscal_quarter=3), True),
        (Filing(company="Orchard Mills, Inc."), True),
        (Filing(fiscal_year=2030), True),
        (Filing(company="Orchard Mills, Inc.", fiscal_year=2022), False),
        (Filing(company="Orchard Mills, Inc.", fiscal_year=2022, fiscal_quarter=4), False),
        (Filing(company="Orchard Mills, Inc.", fiscal_year=2023, fiscal_quarter=3), False),
        (Filing(company="Orchard Narrows, Inc."), False),
    ],
)
def test_a_filing_is_known_if_its_company_is_and_its_year_as_a_whole_or_in_part(filing: Filing, is_known: bool) -> None:
    quarterly = Filing(company="Orchard Mills, Inc.", fiscal_year=2022, fiscal_quarter=2)
    assert Directory.of([quarterly]).knows(filing) is is_known
