"""Promises of the chunker: nothing lost, nothing too long, nothing mixed, the same every time."""

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raglite.ingestion.chunking import SPECIAL_TOKENS, chunk, header
from raglite.model import Block, BlockKind, Cell, Chunk, ChunkKind, Filing, Page, ParsedDocument, Statement, Table

FILING = Filing(company="Orchard Mills, Inc.", form="10-K", fiscal_year=2022)
WINDOW = 40


def count(text: str) -> int:
    """Count tokens as a word-piece tokenizer does: words and signs, long words in pieces of eight letters."""
    return sum(1 + (len(word) - 1) // 8 for word in re.findall(r"\w+|[^\w\s]", text))


class Counting:
    """The same, and remembers how much it was asked."""

    def __init__(self) -> None:
        self.calls = 0
        self.characters = 0

    def __call__(self, text: str) -> int:
        self.calls += 1
        self.characters += len(text)
        return count(text)


def document(*pages: Page) -> ParsedDocument:
    return ParsedDocument(
        media_type="text/plain", parser="test", parser_version="1", pages=pages, pages_total=len(pages)
    )


def page(text: str, number: int = 1, blocks: tuple[Block, ...] = (), tables: tuple[Table, ...] = ()) -> Page:
    return Page(number=number, text=text, blocks=blocks, tables=tables)


def passages(parsed: ParsedDocument, window: int = WINDOW) -> list[Chunk]:
    return [one for one in chunk(parsed, FILING, count, window) if one.kind is ChunkKind.CHUNK]


def table(*rows: tuple[str, ...], headers: int = 1) -> Table:
    cells = tuple(
        Cell(row=r, column=c, text=text, is_header=r < headers)
        for r, row in enumerate(rows)
        for c, text in enumerate(row)
    )
    return Table(
        rows=len(rows), columns=max(map(len, rows)), cells=cells, text="\n".join(" ".join(row) for row in rows)
    )


def table_page(shown: Table) -> Page:
    return page(shown.text, blocks=(Block(kind=BlockKind.TABLE, text=shown.text, table=0),), tables=(shown,))


LINES = st.text(st.sampled_from("ab AB19.,:;()$%-é财\t"), max_size=60)
TEXTS = st.lists(LINES, max_size=12).map("\n".join)


@st.composite
def pages(draw: st.DrawFn) -> tuple[Page, ...]:
    """Draw pages whose blocks cover their text in part, wholly, or not at all."""
    found = []
    for number in range(1, draw(st.integers(0, 4)) + 1):
        text = draw(TEXTS)
        parts = [part for part in text.split("\n") if part.strip() and draw(st.booleans())]
        blocks = tuple(
            Block(kind=draw(st.sampled_from([BlockKind.HEADING, BlockKind.PARAGRAPH])), text=part) for part in parts
        )
        found.append(page(text, number, blocks))
    return tuple(found)


@settings(deadline=None, max_examples=60)
@given(pages())
def test_every_word_of_a_page_is_in_a_passage_of_that_page(drawn: tuple[Page, ...]) -> None:
    found = passages(document(*drawn))
    for one in drawn:
        here = "".join("".join(passage.text.split()) for passage in found if passage.page == one.number)
        assert [word for word in one.text.split() if word not in here] == []


@settings(deadline=None, max_examples=60)
@given(pages())
def test_no_passage_or_heading_exceeds_the_models_window(drawn: tuple[Page, ...]) -> None:
    for one in chunk(document(*drawn), FILING, count, WINDOW):
        if one.kind is not ChunkKind.PAGE:
            assert count(one.embedding_text) + SPECIAL_TOKENS <= WINDOW


@settings(deadline=None, max_examples=30)
@given(pages())
def test_chunks_are_the_same_every_time_and_their_ordinals_unique(drawn: tuple[Page, ...]) -> None:
    once, again = chunk(document(*drawn), FILING, count, WINDOW), chunk(document(*drawn), FILING, count, WINDOW)
    assert once == again
    assert all(seen == 1 for seen in Counter((one.kind, one.ordinal) for one in once).values())


def test_an_empty_page_gives_no_chunk() -> None:
    assert chunk(document(page(""), page(" \n\t", 2)), FILING, count, WINDOW) == ()


def test_pages_are_never_mixed() -> None:
    found = passages(document(page("Flour is sold by the sack."), page("Bran is sold by the ton.", 2)))
    assert [(one.page, one.text) for one in found] == [
        (1, "Flour is sold by the sack."),
        (2, "Bran is sold by the ton."),
    ]


def test_a_page_gives_a_page_chunk_and_its_headings_one_heading_chunk() -> None:
    text = "Item 2. Properties\nOur mills stand in Ohio.\nWarehouses and Silos\nWe own nine of them."
    found = {
        one.kind: one.text
        for one in chunk(document(page(text)), FILING, count, WINDOW)
        if one.kind is not ChunkKind.CHUNK
    }
    assert found == {ChunkKind.PAGE: text, ChunkKind.HEADING: "Item 2. Properties\nWarehouses and Silos"}


def test_a_split_table_repeats_its_header_and_keeps_its_rows_whole() -> None:
    rows = [(f"Mill number {number}", f"{number},100", f"{number},200") for number in range(1, 20)]
    found = passages(document(table_page(table(("Sales", "2022", "2021"), *rows))))
    assert len(found) > 2
    assert all(one.text.startswith("Sales | 2022 | 2021\n") for one in found)
    assert [line for one in found for line in one.text.splitlines()[1:]] == [" | ".join(row) for row in rows]


def test_a_first_row_of_years_is_a_header_though_nobody_marked_it() -> None:
    rows = [("Mill", f"{number},100", f"{number},200") for number in range(30)]
    found = passages(document(table_page(table(("", "2022", "2021"), *rows, headers=0))))
    assert all(one.text.startswith("2022 | 2021\n") for one in found)


def test_a_table_in_doubt_is_given_as_printed() -> None:
    doubtful = Table(
        rows=1, columns=2, cells=(Cell(row=0, column=0, text="1 2", low_confidence=True),), text="Flour 1 2"
    )
    assert [one.text for one in passages(document(table_page(doubtful)))] == ["Flour 1 2"]


def test_sections_reach_over_pages_until_the_next_of_their_rank() -> None:
    found = passages(
        document(
            page("PART I\nItem 1. Business\nWe mill flour."),
            page("We also mill bran.", 2),
            page("Item 2. Properties\nWe own a mill.", 3),
        )
    )
    assert [one.section for one in found] == [
        ("PART I", "Item 1. Business"), ("PART I", "Item 1. Business"), ("PART I", "Item 2. Properties"),
    ]  # fmt: skip


def test_a_table_of_contents_opens_no_section() -> None:
    contents = "\n".join(f"Item {number}. Something Else" for number in range(1, 9))
    found = passages(document(page(contents), page("We mill flour.", 2)))
    assert found[-1].section == ()


def test_a_line_that_heads_every_page_is_no_title() -> None:
    texts = [
        f"Orchard Mills Annual Report\nChapter About {name} Milling\nWe mill {name}." for name in ("Rye", "Oat", "Corn")
    ]
    found = passages(document(*(page(text, number) for number, text in enumerate(texts, 1))), 200)
    assert [one.header.rsplit(" | ", 1)[-1] for one in found] == [
        f"Chapter About {name} Milling" for name in ("Rye", "Oat", "Corn")
    ]


@pytest.mark.parametrize("indent", [0, 150], ids=["at the left", "far to the right"])
def test_a_line_that_heads_every_page_opens_no_section(indent: int) -> None:
    texts = [f"{' ' * indent}Orchard Mills Report\nWe mill {name}." for name in ("Rye", "Oat", "Corn")]
    found = passages(document(*(page(text, number) for number, text in enumerate(texts, 1))), 200)
    assert {one.section for one in found} == {()}


def test_a_statements_passages_say_which_statement_they_are_of() -> None:
    rows = "Cash and cash equivalents $ 5 $ 4\nInventories 3 2\nGoodwill 1 1\nTotal assets 9 7\nAccounts payable 2 2\n"
    found = passages(document(page(f"Consolidated Balance Sheets\nIn millions 2022 2021\n{rows}")), 200)
    assert {one.statement for one in found} == {Statement.BALANCE_SHEET}
    assert found[0].header == "Orchard Mills, Inc. | 10-K FY2022 | balance sheet | Consolidated Balance Sheets"


def test_a_header_names_company_form_section_statement_and_title() -> None:
    filing = Filing(company="Orchard Mills, Inc.", form="10-Q", fiscal_year=2023, fiscal_quarter=2)
    assert header(filing, ("Part I", "Item 1"), Statement.BALANCE_SHEET, "Balance Sheets") == (
        "Orchard Mills, Inc. | 10-Q Q2 FY2023 | Part I > Item 1 | balance sheet | Balance Sheets"
    )
    assert header(Filing(), (), None, "") == ""


@pytest.mark.parametrize(
    "text",
    ["x" * 5_000_000, "word " * 100_000, "1,234 " * 100_000, "a. " * 100_000],
    ids=["word", "words", "figures", "stops"],
)
def test_a_monstrous_page_is_neither_lost_nor_counted_over_and_over(text: str) -> None:
    counting = Counting()
    found = [one for one in chunk(document(page(text)), FILING, counting, 256) if one.kind is ChunkKind.CHUNK]
    assert "".join("".join(one.text.split()) for one in found) == "".join(text.split())
    assert max(count(one.embedding_text) for one in found) <= 254
    assert counting.characters < 5 * len(text)


def test_each_sentence_is_counted_about_once() -> None:
    sentences = [f"Mill number {number} sold flour and bran in the year." for number in range(500)]
    counting = Counting()
    chunk(document(page("\n".join(sentences))), FILING, counting, 256)
    assert counting.calls < 1.1 * len(sentences)
