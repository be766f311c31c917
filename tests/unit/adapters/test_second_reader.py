"""The second reader sees what is shown, knows nothing of the first, and refuses what would cost the first too much."""

import io
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest

from raglite.adapters.docling_office import parse_office
from raglite.adapters.parse_format import Format
from raglite.adapters.second_reader import share, text_of
from raglite.errors import DocumentRejected, ReasonCode
from tests.hostile_files import docx as word_file
from tests.hostile_files import paragraph, xlsx


def saved(document: object) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)  # type: ignore[attr-defined]  three vendors, one method
    return buffer.getvalue()


def words(content: bytes, found: Format) -> list[str]:
    text = text_of(content, found)
    assert text is not None
    return text.split()


def word_document() -> bytes:
    document = docx.Document()
    document.add_heading("Annual Report", 0)
    document.add_paragraph("Sales ").add_run("rose").bold = True
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Costs", "1,234"
    return saved(document)


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["Sales", 12.5])
    hidden = book.create_sheet("Drafts")
    hidden.append(["secret"])
    hidden.sheet_state = "hidden"
    book.create_sheet("Costs").append(["Rent", 3])
    return saved(book)


def presentation() -> bytes:
    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Results rose"
    return saved(deck)


def test_the_text_of_each_format_is_seen() -> None:
    assert words(word_document(), Format.DOCX) == ["Annual", "Report", "Sales", "rose", "Costs", "1,234"]
    assert words(workbook(), Format.XLSX) == ["Sales", "12.5", "Rent", "3"]
    assert words(presentation(), Format.PPTX) == ["Results", "rose"]
    assert text_of(b"# Sales", Format.MARKDOWN) is None


def test_a_word_in_pieces_is_one_word_and_what_is_there_for_older_programs_is_not_seen_twice() -> None:
    pieces = "<w:p><w:r><w:t>Sa</w:t></w:r><w:r><w:t>les</w:t></w:r></w:p>"
    twice = f"<a:AlternateContent xmlns:a='x'>{pieces}<a:Fallback>{pieces}</a:Fallback></a:AlternateContent>"
    assert words(word_file(paragraph("Net") + twice), Format.DOCX) == ["Net", "Sales"]


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("<p>Sa<b>les</b></p><p>rose", ["Sales", "rose"]),
        ("<table><tr><td>1<td>2</table>", ["1", "2"]),
        ("<div style='display: none'><div>a</div>b</div>c", ["c"]),
        ("<script>var a</script><style>b {}</style><title>c</title>d", ["d"]),
        ("<span hidden>a</span><ix:nonFraction>1</ix:nonFraction>,234<br/>b", ["1,234", "b"]),
        ("</div></div>a &amp; b", ["a", "&", "b"]),
    ],
)
def test_of_a_web_page_what_is_shown_is_seen(source: str, seen: list[str]) -> None:
    assert words(source.encode(), Format.HTML) == seen


@pytest.mark.parametrize(
    ("kept", "seen", "expected"), [("a b", "a b", 1), ("a", "a a b b", 0.25), ("a b c", "b", 1), ("a", "", None)]
)
def test_what_was_kept_is_a_share_of_what_is_seen(kept: str, seen: str, expected: float | None) -> None:
    assert share(kept, seen) == expected


@pytest.mark.parametrize(
    ("make", "found"),
    [(word_document, Format.DOCX), (workbook, Format.XLSX), (presentation, Format.PPTX)],
)
def test_of_a_plain_document_everything_is_kept(make: Callable[[], bytes], found: Format) -> None:
    assert parse_office(make(), found, 10).coverage == 1


def test_text_that_the_first_reader_loses_lowers_the_coverage_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lost = "<w:unheardOf><w:t>many words that are nowhere in a paragraph</w:t></w:unheardOf>"
    parsed = parse_office(word_file(paragraph("Sales rose.") + lost), Format.DOCX, 10)
    assert parsed.pages[0].text == "Sales rose."
    assert parsed.coverage == pytest.approx(2 / 10)
    assert "20 %" in caplog.text


def test_cells_that_lie_too_far_apart_are_refused_and_where_they_lie_does_not_matter() -> None:
    near = [b'<row r="900000"><c r="XFC900000"><v>1</v></c><c r="XFD900000"><v>2</v></c></row>']
    assert words(xlsx(iter(near)), Format.XLSX) == ["1", "2"]
    far = [b'<row r="1"><c r="A1"><v>1</v></c></row>', b'<row r="9000"><c r="XFD9000"><v>2</v></c></row>']
    with pytest.raises(DocumentRejected, match="such as XFD9000") as caught:
        text_of(xlsx(iter(far)), Format.XLSX)
    assert caught.value.reason is ReasonCode.TOO_LARGE


def test_what_is_damaged_is_left_to_the_first_reader(tmp_path: Path) -> None:
    assert text_of(b"no archive", Format.DOCX) is None
    assert text_of(word_file("<w:p>"), Format.DOCX) is None
