"""What else a company is called. Every company here is made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.ingestion.filings.filing_text import FilingText
from raglite.ingestion.filings.legal_names import clean, core, trailing_name
from raglite.ingestion.filings.names import MOST_NAMES, read_names
from raglite.ingestion.filings.spelling import cased
from tests.unit.ingestion.filings.covers import document

COMPANY = "Orchard Mills, Inc."


def names(*pages: str, company: str = COMPANY) -> list[str]:
    return [found.value for found in read_names(FilingText.of(document(*pages)), company)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('Orchard Mills, Inc. ("Orchard" or the "Company") mills.', ["Orchard"]),
        ("Orchard Mills, Inc. and its subsidiaries (\u201cOrchard,\u201d \u201cwe\u201d) mill.", ["Orchard"]),
        ('In this report "OMI" and "we" refer to Orchard Mills, Inc.', ["OMI"]),
        ("Orchard Mills, Inc., formerly known as Pear Works Corporation, mills.", ["Pear Works Corporation"]),
        ("Orchard Mills, Inc. (formerly Pear Works plc) mills.", ["Pear Works plc"]),
        ("We changed our name from Pear Works, Inc. to Orchard Mills, Inc.", ["Pear Works, Inc."]),
        ("Orchard Mills, Inc., d/b/a Golden Flour, mills.", ["Golden Flour"]),
        ("Orchard Mills, Inc. (NASDAQ: ORM) mills.", ["ORM"]),
        ('It trades under the symbol "ORM".', ["ORM"]),
        ('The terms "OMI," "we" and\n"the Company" refer only to Orchard Mills, Inc. and', ["OMI"]),
        ('The "Merger" means the merger of Pear plc with Orchard Mills, Inc. in May.', []),
        ("In May, Pear Works plc changed its name to Orchard Mills, Inc.", ["Pear Works plc"]),
        ("Former name, if changed since last report: Pear Works plc", ["Pear Works plc"]),
        ("Former company name:\nPear Works plc\n12 Mill Lane", ["Pear Works plc"]),
        ("Former name, if changed since last report: N/A", []),
        ("London Stock Exchange: ORM", ["ORM"]),
        ("Orchard Mills, Inc. (TSX: ORM; NYSE American: OMLS) mills.", ["ORM", "OMLS"]),
        ("Orchard\nmills\nOrchard\nshops\nOrchard\nflour", ["Orchard"]),
        ("Orchard\nmills\nOrchard\nshops\nOrchard\nan orchard", []),
        ("Orchard's flour. Orchard's mills. Orchard's shops.", ["Orchard"]),
        ("Orchard Mills grew. At Orchard Mills we mill. Orchard Mills paid.", ["Orchard Mills"]),
        ('Orchard Mills, Inc. ("the Company"). An orchard\'s pears. Pear plc ("Pear") sells.', []),
    ],
)
def test_a_name_is_taken_only_where_the_text_gives_it_to_the_company(body: str, expected: list[str]) -> None:
    assert names(body) == expected


def test_words_that_begin_many_names_are_no_short_names() -> None:
    assert names("General's " * 9, company="General Mills, Inc.") == []


def test_symbols_of_notes_are_no_names() -> None:
    cover = (
        "Title of each class Trading Symbol(s) Name of each exchange on which registered\n"
        "Common Stock, $1 par value     ORM     New York Stock Exchange\n"
        "Depositary Shares of 5% Preferred Stock     ORM PRA     New York Stock Exchange\n"
        "1.500% Notes due 2031     ORM31     New York Stock Exchange\n"
    )
    assert names(cover) == ["ORM"]


def test_a_hostile_number_of_definitions_yields_a_bounded_number_of_names() -> None:
    body = " ".join(f'Orchard Mills, Inc. ("Name{number}")' for number in range(500))
    assert len(names(body)) == MOST_NAMES


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Las Vegas, Nevada, February 8, 2023 - Orchard Mills, Inc.", "Orchard Mills, Inc."),
        ("was strong. Orchard Mills, Inc.", "Orchard Mills, Inc."),
        ("today that Yum! Pies, Inc.", "Yum! Pies, Inc."),
        ("sold to Pear & Sons plc", "Pear & Sons plc"),
        ("May 31, 2023-- Bank of Orchard", "Bank of Orchard"),
    ],
)
def test_the_name_before_a_symbol_is_cut_from_its_dateline(words: str, name: str) -> None:
    assert trailing_name(words) == name


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("______ ORCHARD MILLS CORP /DE/", "ORCHARD MILLS CORP"),
        ("1-14756 Orchard Mills, Inc. 43-1723446", "Orchard Mills, Inc."),
        ("Orchard Mills AB (publ)", "Orchard Mills AB"),
        ("ORCHARD MILLS, INC. AND SUBSIDIARIES", "ORCHARD MILLS, INC."),
        ("Orchard Mills\u00ae, Inc. d/b/a Flour", "Orchard Mills, Inc."),
    ],
)
def test_a_covers_line_is_cleaned_to_the_name(line: str, name: str) -> None:
    assert clean(line) == name


@given(st.text(min_size=1, max_size=40).filter(lambda name: name.split()))
def test_a_name_has_a_core_and_keeps_its_letters_when_cased(name: str) -> None:
    assert core(name)
    assert cased(name, "a text").upper() == name.upper() or name.isupper()


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("NEWMILLS CORP.", "At NewMills we mill.", "NewMills Corp."),
        ("ORCHARD MILLS PLC", "", "Orchard Mills plc"),
        ("ORCHARD CO., LTD.", "", "Orchard Co., Ltd."),
        ("ORCHARD MILLS INC.", "ORCHARD MILLS INC. Consolidated (in millions)", "Orchard Mills Inc."),
        ("BRT GROUP N.V.", "", "BRT Group N.V."),
    ],
)
def test_a_name_in_capitals_is_written_as_people_write_it(name: str, body: str, expected: str) -> None:
    assert cased(name, body) == expected
