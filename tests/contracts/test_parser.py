"""What every Parser promises, on the fake and on docling; and how docling fares with files chosen for their faults."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from raglite.adapters.docling_parser import DoclingParser, ParseLimits
from raglite.errors import DocumentRejected, ReasonCode
from raglite.ingestion.pages.statements import statement_of
from raglite.model import ParsedDocument, Statement, Table
from raglite.ports import Parser
from tests.fakes.parser import BROKEN, FakeParser
from tests.faulty_files import DATA, agrees, manifest

LIMITS = ParseLimits(
    max_bytes=200 * 1024**2, max_pages=2000, max_characters=8_000_000, seconds=170, memory_bytes=4 * 1024**3
)


@dataclass(frozen=True)
class Kind:
    """A parser, and what it takes for a broken file."""

    parser: Parser
    broken: bytes


@pytest.fixture(params=["fake", "docling"])
def kind(request: pytest.FixtureRequest) -> Kind:
    if request.param == "fake":
        return Kind(FakeParser(), BROKEN)
    return Kind(DoclingParser(LIMITS), b"%PDF-1.7 and no more")


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    def written(content: bytes) -> Path:
        path = tmp_path / "a file"
        path.write_bytes(content)
        return path

    return written


def test_the_text_of_a_file_is_on_its_pages(kind: Kind, file: Callable[[bytes], Path]) -> None:
    parsed = kind.parser.parse(file("Acme Corp sold 1,234 anvils.\nÜber alles.".encode()), "acme/a.txt")
    assert [(page.number, page.text) for page in parsed.pages] == [(1, "Acme Corp sold 1,234 anvils.\nÜber alles.")]
    assert parsed.pages_total == 1
    assert parsed.media_type == "text/plain"
    assert parsed.parser
    assert parsed.parser_version == kind.parser.version != ""


def test_the_same_file_gives_the_same_pages(kind: Kind, file: Callable[[bytes], Path]) -> None:
    path = file(b"Sales  12\nCosts  13")
    assert kind.parser.parse(path, "a.txt") == kind.parser.parse(path, "b.txt")


@pytest.mark.parametrize("expected", ["a.txt", "a.pdf", "a.html", "a.unknown"])
def test_what_it_was_made_ready_for_changes_nothing(kind: Kind, file: Callable[[bytes], Path], expected: str) -> None:
    path = file(b"Sales  12\nCosts  13")
    with kind.parser.ready(expected):
        once, twice = (kind.parser.parse(path, "a.txt") for _ in range(2))
    assert once == twice == kind.parser.parse(path, "a.txt")


def test_an_empty_file_is_rejected(kind: Kind, file: Callable[[bytes], Path]) -> None:
    with pytest.raises(DocumentRejected) as caught:
        kind.parser.parse(file(b""), "a.txt")
    assert caught.value.reason is ReasonCode.EMPTY


def test_a_broken_file_is_rejected_in_a_sentence(kind: Kind, file: Callable[[bytes], Path]) -> None:
    with pytest.raises(DocumentRejected, match=r"^[A-Za-z].* .*\.$") as caught:
        kind.parser.parse(file(kind.broken), "a.txt")
    assert caught.value.reason is ReasonCode.UNREADABLE


# --- files with faults --------------------------------------------------------------------------------------------


def rows(collection: str) -> list[Any]:
    return [pytest.param(row, id=Path(row["file"]).name) for row in manifest(collection) or [{"file": "missing"}]]


def parsed_or_reason(folder: str, row: dict[str, Any]) -> ParsedDocument | ReasonCode:
    if not (DATA / folder).exists():
        pytest.skip(f"../shared/data/{folder} is not here")
    try:
        return DoclingParser(LIMITS).parse(DATA / folder / row["file"], row["file"])
    except DocumentRejected as rejection:
        return rejection.reason


def characters(parsed: ParsedDocument) -> int:
    return sum(len("".join(page.text.split())) for page in parsed.pages)


@pytest.mark.real_data
@pytest.mark.parametrize("row", rows("nasty"))
def test_a_faulty_pdf_is_read_or_refused_as_its_manifest_expects(row: dict[str, Any]) -> None:
    found = parsed_or_reason("nasty", row)
    if isinstance(found, ReasonCode):
        assert agrees(row, found)
        return
    assert agrees(row, None)
    assert len(found.pages) + len(found.pages_failed) == found.pages_total
    assert found.pages_total >= row["pypdfium2"].get("pages", 1)
    assert characters(found) >= 0.7 * row["pypdfium2"].get("chars", 1)  # the manifest counts spaces, too


@pytest.mark.real_data
@pytest.mark.parametrize("row", rows("formats"))
def test_a_file_of_another_format_is_read_or_refused(row: dict[str, Any]) -> None:
    found = parsed_or_reason("formats", row)
    if isinstance(found, ReasonCode):
        assert agrees(row, found)
        return
    assert agrees(row, None)
    assert characters(found) > 0
    words = {word for page in found.pages for word in page.text.split()}
    assert words == {word for page in found.pages for block in page.blocks for word in block.text.split()}


# --- statements ---------------------------------------------------------------------------------------------------


def row_of(tables: list[Table], label: str) -> list[str]:
    cells = [cell for table in tables for cell in table.cells]
    at = next(index for index, cell in enumerate(cells) if cell.column == 0 and cell.text.startswith(label))
    return [cell.text for cell in cells[at : at + 9] if cell.row == cells[at].row]


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "page", "statement", "years", "expected"),
    [
        ("AMCOR_2023Q4_EARNINGS", 8, Statement.INCOME_STATEMENT, ["2022", "2023", "2022", "2023"],
         ["Gross profit", "794", "722", "2,820", "2,725"]),
        ("BESTBUY_2024Q2_10Q", 3, Statement.BALANCE_SHEET, ["July 29, 2023", "January 28, 2023", "July 30, 2022"],
         ["Merchandise inventories", "5,651", "5,140", "6,043"]),
        ("MGMRESORTS_2022Q4_EARNINGS", 12, Statement.BALANCE_SHEET, ["2022", "2021"],
         ["Cash and cash equivalents", "$5,911,893", "$4,703,059"]),
    ],
)  # fmt: skip
def test_a_statements_figures_stand_in_their_rows_under_their_years(
    name: str, page: int, statement: Statement, years: list[str], expected: list[str]
) -> None:
    path = DATA / "filings" / "docs" / f"{name}.pdf"
    if not path.exists():
        pytest.skip(f"{path.name} is not in ../shared/data/filings/docs")
    began = time.monotonic()
    parsed = DoclingParser(LIMITS).parse(path, path.name)
    print(f"\n{name}: {len(parsed.pages)} pages, {len(parsed.pages) / (time.monotonic() - began):.1f} a second")
    shown = parsed.pages[page - 1]
    assert statement_of(shown.text) is statement
    heads = [cell for table in shown.tables for cell in table.cells if cell.is_header and cell.column]
    assert [cell.text for cell in heads if cell.text in years][: len(years)] == years
    assert row_of(list(shown.tables), expected[0]) == expected
    assert not any(cell.low_confidence for table in shown.tables for cell in table.cells)
