"""When the documents seem not to hold the answer. Who asks for what is there is never refused."""

import uuid

import pytest

from raglite.model import Chunk, ChunkKind, Filing
from raglite.ports import FoundChunk
from raglite.retrieval.abstention import Evidence
from raglite.retrieval.question.companies import Directory
from raglite.retrieval.question.understanding import understand

ORCHARD = Filing(company="Orchard Mills, Inc.", form="10-K", fiscal_year=2022)
DIRECTORY = Directory.of([ORCHARD, ORCHARD.model_copy(update={"fiscal_year": 2021})])
PASSAGES = (
    "Net sales 200 190\nCost of sales 100 90\nNet income 20 19\nInventories 30 31",
    "We compete with Meadow Foods and others. Our mills in Ohio grind wheat into flour.",
    "The number of employees was 1,200. Mary Smith became Chief Executive Officer in 2019.",
    "Prairie Flour 120 110",
    "We expect to open two mills in 2023.",
    "Mr. Hale left the board. The Target return on assets is set each year.",
)


def found(text: str, page: int, filing: Filing = ORCHARD) -> FoundChunk:
    chunk = Chunk(ordinal=page, kind=ChunkKind.CHUNK, page=page, text=text, header="", section=("Item 1. Business",))
    return FoundChunk(uuid.UUID(int=page), "a.pdf", "v1", filing, chunk, 0.01)


def why_not(query: str, passages: tuple[str, ...] = PASSAGES) -> str | None:
    points = [found(text, page) for page, text in enumerate(passages, 1)]
    return Evidence(understand(query, DIRECTORY), DIRECTORY, points).why_not()


@pytest.mark.parametrize(
    "query",
    [
        "What was Orchard Mills' revenue in 2022?",
        "What was Orchard Mills' revenue in FY2020?",
        "What was the revenue of Orchrad Mills in 2022?",
        "What was revenue?",
        "What does Orchard Mills forecast for 2023?",
        "How much will Orchard Mills have to repay in 2030?",
        "What were sales of Prairie Flour?",
        "Where does Orchard Mills grind wheat?",
        "Please look up Orchard Mills' inventories, I need one number for my model.",
        "Who is Orchard Mills' CEO?",
        "Orchard Mills Net Income Trend Analysis Fiscal Years",
        "What is the gross margin of Orchard Mills?",
        "When did Peter Hale leave the board of Orchard Mills?",
        "How many mills had Orchard Mills by early 2023?",
        "What revenue does Orchard Mills guide to for 2023?",
        "Why did Orchard Mills' revenue crumble in 2022?",
        "Prairie Flour net sales 2022?",
        "What EPS did Orchard Mills report for 2022?",
    ],
)
def test_what_is_there_is_not_refused(query: str) -> None:
    assert why_not(query) is None


def test_a_company_may_be_that_of_a_document_from_which_none_could_be_read() -> None:
    asked = understand("What was Tesla's revenue in 2022?", DIRECTORY)
    note = found("Notes on Tesla: revenue was 80 in 2022.", 1, Filing())
    assert Evidence(asked, DIRECTORY, [note]).why_not() is None
    assert Evidence(asked, DIRECTORY, [found(note.chunk.text, 1)]).why_not() is not None


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("What was Tesla's revenue in 2022?", "Tesla is not among the companies"),
        ("What was meadow's revenue in 2022?", "meadow is not among the companies"),
        ("How many employees does Meadow Foods have?", "Meadow Foods is not among the companies"),
        ("What is the net income of Orchard Biotech?", "Orchard Biotech is not among the companies"),
        ("What was Orchard Mills' revenue in FY2030?", "covers 2030: they are of the fiscal years 2021, 2022"),
        ("What was Orchard Mills' revenue in 2009?", "covers 2009"),
        ("What were Orchard Mills' sales in Brazil?", "mentions Brazil"),
        ("What is Orchard Mills' load factor?", "mentions load factor"),
        ("How many vineyards does Orchard Mills own?", "speaks of vineyards"),
        ("What is the home phone number of Orchard Mills' chief executive?", "speaks of home, phone"),
        ("What capital expenditure did AT&T report for 2022?", "AT&T is not among the companies"),
        ("What revenue did XYZ report for 2022?", "XYZ is not among the companies"),
        ("What was the return on assets at Target in 2022?", "Target is not among the companies"),
        ("Under Oaks gross margin fiscal 2021?", "Under Oaks is not among the companies"),
        ("Revenue of Meadow Foods 2022", "Meadow Foods is not among the companies"),
        ("Walmart net sales 2022?", "Walmart is not among the companies"),
        ("Give Meadow Foods' total debt.", "Meadow Foods is not among the companies"),
        ("What was Orchard Mills' net interest margin on deposits?", "mentions net interest margin"),
        ("What was Orchard Mills' revenue in 2023?", "covers 2023"),
    ],
)
def test_what_is_not_there_is_said_with_the_reason(query: str, reason: str) -> None:
    assert reason in (why_not(query) or "")


def test_what_one_company_speaks_of_all_the_time_is_a_part_of_it() -> None:
    passages = ("The Dobbs acquisition closed. Dobbs is integrated.",) * 10
    assert "Dobbs is not among the companies" in (why_not("What were Dobbs' net sales?", passages[:5]) or "")
    assert why_not("What were Dobbs' net sales?", passages) is None


def test_a_word_that_only_begins_the_sentence_is_no_name() -> None:
    assert why_not("Mills net sales 2022?") is None


def test_nothing_found_is_a_reason() -> None:
    assert "No passage was found" in (why_not("What was revenue?", ()) or "")


def test_a_document_whose_company_is_unknown_counts_as_evidence() -> None:
    one = found("Our bakery in Brazil.", 9)
    points = [found(PASSAGES[0], 1), FoundChunk(one.id, "b.txt", "v1", Filing(), one.chunk, 0.01)]
    asked = understand("What were Orchard Mills' sales in Brazil?", DIRECTORY)
    assert Evidence(asked, DIRECTORY, points).why_not() is None


def test_an_undated_document_that_names_the_year_covers_it() -> None:
    undated = Filing(company="Orchard Mills, Inc.", form="8-K")
    one = found("Orchard Mills sold its revenue bonds on March 3, 2031.", 9)
    asked = understand("What was Orchard Mills' revenue in 2031?", DIRECTORY)
    points = [found(PASSAGES[0], 1), FoundChunk(one.id, "8k.pdf", "v1", undated, one.chunk, 0.01)]
    assert Evidence(asked, DIRECTORY, points).why_not() is None
    assert "covers 2031" in (Evidence(asked, DIRECTORY, points[:1]).why_not() or "")


def test_words_that_stand_nowhere_are_named() -> None:
    asked = understand("How many vineyards does Orchard Mills own?", DIRECTORY)
    assert Evidence(asked, DIRECTORY, [found(PASSAGES[1], 1)]).missing == ("vineyards",)
