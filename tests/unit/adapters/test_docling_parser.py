import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from raglite.adapters import parse_child
from raglite.adapters.docling_parser import DoclingParser, ParseLimits
from raglite.adapters.parse_child import Task, Terms
from raglite.adapters.parse_sandbox import Apart
from raglite.errors import DependencyUnavailable, DocumentRejected, RagliteError, ReasonCode, ResourceExhausted
from raglite.model import BlockKind, ParsedDocument
from tests.processes import until

LIMITS = ParseLimits(max_bytes=5_000_000, max_pages=20, max_characters=1_000_000, seconds=120, memory_bytes=4 * 1024**3)
PARSER = DoclingParser(LIMITS)
ROOT = Path(__file__).resolve().parents[3]
ROWS = (("Net sales", "$", "32,765", "$", "31,657"), ("Cost of sales", "", "16,682", "", "16,055"))


def pdf(pages: int = 1, encryption: StandardEncryption | None = None) -> bytes:
    """Draw an income statement, then pages of prose."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(612, 792), encrypt=encryption, invariant=1, pageCompression=0)
    canvas.setFont("Helvetica-Bold", 16)
    canvas.drawString(72, 720, "Consolidated Statement of Income")
    canvas.setFont("Helvetica", 10)
    canvas.drawRightString(420, 690, "2018")
    canvas.drawRightString(520, 690, "2017")
    for number, (label, sign, one, other_sign, other) in enumerate(ROWS):
        top = 670 - 14 * number
        canvas.drawString(72, top, label)
        canvas.drawString(370, top, sign)
        canvas.drawRightString(420, top, one)
        canvas.drawString(470, top, other_sign)
        canvas.drawRightString(520, top, other)
    for number in range(2, pages + 1):
        canvas.showPage()
        canvas.drawString(72, 700, f"This is the text of page {number} of the report.")
    canvas.save()
    return buffer.getvalue()


def drawn_pdf(draw: Callable[[Canvas], object]) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(612, 792))
    draw(canvas)
    canvas.save()
    return buffer.getvalue()


def zipped(**members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


@pytest.fixture
def parse(tmp_path: Path) -> Callable[..., ParsedDocument]:
    def parsed(content: bytes, name: str, parser: DoclingParser = PARSER) -> ParsedDocument:
        path = tmp_path / "document"
        path.write_bytes(content)
        return parser.parse(path, f"reports/{name}")

    return parsed


@pytest.fixture
def reason(parse: Callable[..., ParsedDocument]) -> Callable[..., ReasonCode]:
    def rejected(content: bytes, name: str, parser: DoclingParser = PARSER) -> ReasonCode:
        with pytest.raises(DocumentRejected) as caught:
            parse(content, name, parser)
        assert str(caught.value).endswith(".")
        return caught.value.reason

    return rejected


Parse = Callable[..., ParsedDocument]
Reason = Callable[..., ReasonCode]


# --- PDF ----------------------------------------------------------------------------------------------------------


def test_a_pdf_becomes_pages_with_headings_and_tables(parse: Parse) -> None:
    parsed = parse(pdf(pages=3), "a.pdf")
    assert (parsed.media_type, parsed.pages_total, parsed.pages_failed) == ("application/pdf", 3, ())
    assert [page.number for page in parsed.pages] == [1, 2, 3]
    page = parsed.pages[0]
    assert (page.width, page.height) == (612, 792)
    assert (page.blocks[0].kind, page.blocks[0].text) == (BlockKind.HEADING, "Consolidated Statement of Income")
    assert [(cell.row, cell.column, cell.text) for cell in page.tables[0].cells] == [
        (0, 1, "2018"),
        (0, 2, "2017"),
        (1, 0, "Net sales"),
        (1, 1, "$32,765"),
        (1, 2, "$31,657"),
        (2, 0, "Cost of sales"),
        (2, 1, "16,682"),
        (2, 2, "16,055"),
    ]
    assert parsed.pages[2].text == "This is the text of page 3 of the report."


def test_a_cells_box_is_where_the_page_shows_it(parse: Parse) -> None:
    (cell,) = (c for c in parse(pdf(), "a.pdf").pages[0].tables[0].cells if c.text == "16,682")
    assert cell.box is not None
    assert cell.box.right == pytest.approx(420, abs=1)
    assert 792 - 656 - 10 < cell.box.top < cell.box.bottom < 792 - 656 + 4


def test_the_content_tells_the_format_and_not_the_name(parse: Parse) -> None:
    assert parse(pdf(), "misnamed.docx").media_type == "application/pdf"
    assert parse(b"<html><body><p>Hello</p></body></html>", "misnamed.txt").media_type == "text/html"


def test_a_pdf_encrypted_with_an_empty_password_is_read(parse: Parse) -> None:
    parsed = parse(pdf(encryption=StandardEncryption("", "owner", strength=128)), "a.pdf")
    assert "Net sales" in parsed.pages[0].text


def test_a_pdf_that_needs_a_password_is_rejected_for_that(reason: Reason) -> None:
    content = pdf(encryption=StandardEncryption("user", "owner", strength=128))
    assert reason(content, "a.pdf") is ReasonCode.PASSWORD_PROTECTED


def test_a_blank_pdf_is_rejected_as_without_text(reason: Reason) -> None:
    assert reason(drawn_pdf(lambda canvas: canvas.rect(10, 10, 100, 100)), "a.pdf") is ReasonCode.NO_TEXT


def test_a_page_without_text_is_counted(parse: Parse) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "Only this page has text.")
        canvas.showPage()
        canvas.rect(10, 10, 100, 100)

    parsed = parse(drawn_pdf(draw), "a.pdf")
    assert (parsed.pages_total, parsed.pages_without_text, parsed.pages_missing) == (2, (2,), ())


def test_a_page_that_is_only_to_be_looked_at_is_missing_and_a_blank_one_is_not(parse: Parse) -> None:
    picture = ImageReader(Image.new("L", (8, 8)))

    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "Only this page has text.")
        canvas.drawImage(picture, 0, 0, 612, 792)
        canvas.showPage()
        canvas.drawImage(picture, 72, 72, 468, 648)  # a scan
        canvas.showPage()
        canvas.drawImage(picture, 500, 20, 90, 30)  # a logo
        canvas.showPage()
        for at in range(60):  # letters without a font
            canvas.line(72, 10 * at, 500, 10 * at + 5)
        canvas.showPage()
        canvas.showPage()

    parsed = parse(drawn_pdf(draw), "a.pdf")
    assert parsed.pages_without_text == (2, 3, 4, 5)
    assert parsed.pages_pictured == parsed.pages_missing == (2, 4)


def test_a_pdf_that_lost_its_end_is_read_as_far_as_it_goes_and_no_page_is_lost_silently(parse: Parse) -> None:
    whole = pdf(pages=9)
    parsed = parse(whole[: whole.rindex(b"xref")], "a.pdf")
    assert len(parsed.pages) + len(parsed.pages_failed) == parsed.pages_total
    assert "Net sales" in parsed.pages[0].text


def test_a_pdf_that_is_a_header_and_nothing_else_is_unreadable(reason: Reason) -> None:
    assert reason(b"%PDF-1.7\nnothing to see", "a.pdf") is ReasonCode.UNREADABLE


def test_a_pdf_of_too_many_pages_is_rejected(reason: Reason) -> None:
    assert reason(pdf(pages=21), "a.pdf") is ReasonCode.TOO_MANY_PAGES


def test_a_page_turned_on_its_side_is_read_in_order(parse: Parse) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.rotate(90)
        canvas.drawString(100, -200, "The first line runs up the page")
        canvas.drawString(100, -220, "and the second beside it.")

    text = parse(drawn_pdf(draw), "a.pdf").pages[0].text
    assert text.splitlines() == ["The first line runs up the page", "and the second beside it."]


def test_words_that_run_up_the_margin_are_kept(parse: Parse) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(100, 700, "A page of words that run the usual way.")
        canvas.rotate(90)
        canvas.drawString(100, -20, "Confidential")

    assert parse(drawn_pdf(draw), "a.pdf").pages[0].text.splitlines() == [
        "A page of words that run the usual way.",
        "Confidential",
    ]


# --- other formats ------------------------------------------------------------------------------------------------


def test_html_keeps_headings_tables_and_their_order_and_fetches_nothing(parse: Parse) -> None:
    asked: list[str] = []

    class Ear(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Ear) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/picture.png"
        body = (
            f"<h1>Report</h1><p>Sales rose.</p><img src='{address}'><img src='file:///etc/passwd'><h2>Figures</h2>"
            "<table><tr><td></td><td>2024</td></tr><tr><td>Sales</td><td>1,234</td></tr></table>"
        )
        page = parse(f"<!DOCTYPE html><html><body>{body}</body></html>".encode(), "a.html").pages[0]
        server.shutdown()
    assert [(block.kind, block.level, block.text) for block in page.blocks] == [
        (BlockKind.HEADING, 1, "Report"),
        (BlockKind.PARAGRAPH, 0, "Sales rose."),
        (BlockKind.HEADING, 2, "Figures"),
        (BlockKind.TABLE, 0, "2024\nSales  1,234"),
    ]
    assert asked == []


def test_markdown_keeps_headings_and_tables(parse: Parse) -> None:
    page = parse(b"# Report\n\nSales rose.\n\n| Item | 2024 |\n|---|---|\n| Sales | 1,234 |\n", "a.md").pages[0]
    assert [block.kind for block in page.blocks] == [BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.TABLE]
    assert [(c.text, c.is_header) for c in page.tables[0].cells][:2] == [("Item", True), ("2024", True)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_in_its_encoding(parse: Parse, encoding: str) -> None:
    assert (
        parse("Société Générale: 5 € profit".encode(encoding), "a.txt").pages[0].text == "Société Générale: 5 € profit"
    )


def test_a_table_laid_out_with_spaces_is_a_table(parse: Parse) -> None:
    text = b"                 2024    2023\nSales             100      90\nCosts              50      45\n"
    (table,) = parse(text, "filing.txt").pages[0].tables
    assert [cell.text for cell in table.cells if cell.row == 1] == ["Sales", "100", "90"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_a_table_whatever_parts_its_fields(parse: Parse, delimiter: str) -> None:
    rows = [["Item", "2024"], ["Sales", "1.5"], ["Costs", "0.5"]]
    (table,) = parse("\n".join(map(delimiter.join, rows)).encode(), "a.csv").pages[0].tables
    assert [[c.text for c in table.cells if c.row == row] for row in range(3)] == rows
    assert {c.row for c in table.cells if c.is_header} == {0}


# --- what is not read ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"", "a.pdf", ReasonCode.EMPTY),
        (b"x" * 5_000_001, "a.txt", ReasonCode.TOO_LARGE),
        (b"word " * 200_001, "a.txt", ReasonCode.TOO_LARGE),
        (b"  \n\t\n", "a.txt", ReasonCode.NO_TEXT),
        (b"text, and no PDF", "a.pdf", ReasonCode.UNREADABLE),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a.png", ReasonCode.UNSUPPORTED_FORMAT),
        (b"<?xml version='1.0'?><xbrl/>", "a.xml", ReasonCode.UNSUPPORTED_FORMAT),
        (b"{}", "a.json", ReasonCode.UNSUPPORTED_FORMAT),
        (zipped(readme="hello"), "a.zip", ReasonCode.UNSUPPORTED_FORMAT),
        (b"PK\x03\x04 and no more", "a.docx", ReasonCode.UNREADABLE),
        (zipped(word__document="no XML at all"), "a.docx", ReasonCode.UNREADABLE),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "a.doc", ReasonCode.UNSUPPORTED_FORMAT),
        (bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"), "a.xlsx",
         ReasonCode.PASSWORD_PROTECTED),
    ],
)  # fmt: skip
def test_what_cannot_be_indexed_is_rejected_with_its_reason(
    reason: Reason, content: bytes, name: str, expected: ReasonCode
) -> None:
    assert reason(content, name) is expected


def test_a_file_that_would_unpack_to_more_than_is_allowed_is_not_unpacked(reason: Reason) -> None:
    bomb = bytearray(zipped(word__document="x" * 1000))
    entry = bomb.rindex(b"PK\x01\x02")  # the central directory's own word for the unpacked size
    bomb[entry + 24 : entry + 28] = (0xFFFF_0000).to_bytes(4, "little")
    assert reason(bytes(bomb), "a.docx") is ReasonCode.TOO_LARGE


# --- the process --------------------------------------------------------------------------------------------------


def behaving(**limits: float) -> DoclingParser:
    """Return a parser whose process does what the document says (tests/fakes/parse_process.py)."""
    bounds = {"max_bytes": 1_000, "max_pages": 1, "max_characters": 1_000}
    record = bounds | {"seconds": 60, "memory_bytes": 2 * 1024**3} | limits
    return DoclingParser(ParseLimits(**record), child="tests.fakes.parse_process")  # type: ignore[arg-type]  mixed numbers


def seen_by_the_process(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "document.seen").read_text())


def has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_document_that_takes_too_long_is_rejected_and_its_process_ended(reason: Reason, tmp_path: Path) -> None:
    assert reason(b"hang", "a.txt", behaving(seconds=3)) is ReasonCode.PARSE_TIME_LIMIT
    assert has_ended(seen_by_the_process(tmp_path)["pid"])


def test_a_document_that_takes_too_much_memory_is_rejected_for_that(reason: Reason) -> None:
    assert reason(b"allocate", "a.txt", behaving(memory_bytes=10**9)) is ReasonCode.PARSE_MEMORY_LIMIT


def test_a_document_that_crashes_the_parser_is_unreadable_and_the_next_one_is_read(
    reason: Reason, parse: Parse
) -> None:
    assert reason(b"crash", "a.txt", behaving()) is ReasonCode.UNREADABLE
    assert parse(b"still here", "a.txt").pages[0].text == "still here"


def test_a_process_that_cannot_work_is_no_fault_of_the_document(parse: Parse) -> None:
    with pytest.raises(DependencyUnavailable, match="cannot work"):
        parse(b"anything", "a.txt", behaving())


def test_the_process_gets_no_credentials(parse: Parse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    monkeypatch.setenv("RAGLITE_QDRANT_API_KEY", "hidden")
    with pytest.raises(DependencyUnavailable):
        parse(b"anything", "a.txt", behaving())
    seen = seen_by_the_process(tmp_path)["environment"]
    assert "hidden" not in seen.values()
    assert seen["HF_HUB_OFFLINE"] == "1"


def test_the_process_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    document, seen = tmp_path / "document.txt", tmp_path / "document.seen"
    document.write_text("spin")
    program = (
        "from pathlib import Path\n"
        "from tests.unit.adapters.test_docling_parser import behaving\n"
        f"behaving().parse(Path({str(document)!r}), 'a.txt')\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    until(lambda: seen.exists() and seen.read_text().endswith("}"), "the process has started", within=60)
    child = json.loads(seen.read_text())["pid"]
    assert not has_ended(child)
    parent.kill()
    parent.wait()
    until(lambda: has_ended(child), "the process has ended with its parent")


@pytest.mark.parametrize("behaviour", [b"stray in another session", b"stray without environment"])
def test_what_the_process_started_ends_with_it_wherever_it_went(parse: Parse, tmp_path: Path, behaviour: bytes) -> None:
    with pytest.raises(DependencyUnavailable):
        parse(behaviour, "a.txt", behaving())
    until(lambda: has_ended(int((tmp_path / "document.stray").read_text())), "the stray has ended")


def test_a_result_that_is_too_long_is_not_kept(reason: Reason) -> None:
    assert reason(b"chatter", "a.txt", behaving()) is ReasonCode.TOO_LARGE


def test_a_full_disk_is_no_fault_of_the_document(parse: Parse) -> None:
    with pytest.raises(ResourceExhausted, match="disk is full"):
        parse(b"disk full", "a.txt", behaving())


def test_no_room_for_temporary_files_is_no_fault_of_the_document(
    parse: Parse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "not there"))
    with pytest.raises(ResourceExhausted, match=r"no room to parse in.*TMPDIR"):
        parse(b"text", "a.txt")


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def children() -> set[int]:
    lines = (path.read_text() for path in Path("/proc/self/task").glob("*/children"))
    return {int(pid) for line in lines for pid in line.split()}


def test_a_process_that_was_started_early_reads_one_document(parse: Parse, tmp_path: Path, scratch: Path) -> None:
    parser, before = behaving(), children()
    with parser.ready("a.pdf"):
        (early,) = children() - before
        seen = []
        for _ in range(2):
            with pytest.raises(DependencyUnavailable, match="cannot work"):
                parse(b"anything", "a.pdf", parser)
            seen.append(seen_by_the_process(tmp_path)["pid"])
            assert list(scratch.iterdir()) == []
    assert seen[0] == early
    assert seen[1] != early
    assert has_ended(early)


def test_a_process_that_nobody_needed_is_gone(scratch: Path) -> None:
    before = children()
    with PARSER.ready("a.docx"):
        (early,) = children() - before
        assert list(scratch.iterdir()) != []
    assert has_ended(early)
    assert list(scratch.iterdir()) == []


def test_a_process_that_ended_too_early_is_replaced(parse: Parse, scratch: Path) -> None:
    before = children()
    with PARSER.ready("a.pdf"):
        (early,) = children() - before
        os.kill(early, signal.SIGKILL)
        until(lambda: has_ended(early), "the process has ended")
        assert parse(pdf(), "a.pdf").pages_total == 1
    assert list(scratch.iterdir()) == []


def test_a_process_that_ends_before_it_has_its_task_is_no_fault_of_the_document(tmp_path: Path) -> None:
    with Apart("this", Terms(parent=os.getpid(), limits=LIMITS)) as process:
        until(lambda: not process.waits, "the process has ended")
        with pytest.raises(DependencyUnavailable, match=r"ended before it had its task \(exit status 0\): The Zen"):
            process.run(Task(path=tmp_path / "document", name="a.txt"))


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.zip", "a"])
def test_no_process_is_started_early_for_what_takes_no_time_to_load(name: str) -> None:
    before = children()
    with PARSER.ready(name):
        assert children() == before


def test_a_document_is_read_all_the_same_where_no_process_could_be_started_early(
    parse: Parse, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(scratch / "not there"))
    with PARSER.ready("a.pdf"):
        monkeypatch.setattr("tempfile.tempdir", str(scratch))
        assert parse(pdf(), "a.pdf").pages_total == 1


@pytest.mark.parametrize("behaviour", [b"crash", b"allocate", b"chatter", b"stray in another session", b"disk full"])
def test_nothing_is_left_behind_whatever_happens(parse: Parse, scratch: Path, behaviour: bytes) -> None:
    with pytest.raises(RagliteError):
        parse(behaviour, "a.txt", behaving())
    assert list(scratch.iterdir()) == []


def test_a_file_is_read_and_nothing_is_left_behind(parse: Parse, scratch: Path) -> None:
    parse(b"text", "a.txt")
    assert list(scratch.iterdir()) == []


def test_a_task_that_is_stopped_leaves_neither_process_nor_file(tmp_path: Path, scratch: Path) -> None:
    document, seen = tmp_path / "document.txt", tmp_path / "document.seen"
    document.write_text("hang")
    program = (
        "import signal\n"
        "from pathlib import Path\n"
        "from raglite.ingestion.pipeline import _stop\n"
        "from tests.unit.adapters.test_docling_parser import behaving\n"
        "signal.signal(signal.SIGTERM, _stop)\n"
        f"behaving().parse(Path({str(document)!r}), 'a.txt')\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)}
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    until(lambda: seen.exists() and seen.read_text().endswith("}"), "the process has started", within=60)
    assert list(scratch.iterdir()) != []
    parent.terminate()
    parent.wait(30)
    assert has_ended(seen_by_the_process(tmp_path)["pid"])
    assert list(scratch.iterdir()) == []


def test_of_a_file_that_a_parser_fails_on_not_a_word_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    word = "Quackenbush"

    def quoting() -> None:
        try:
            {}[word]
        except KeyError as error:
            raise ValueError(word) from error

    with pytest.raises(ValueError, match=word) as raised:
        quoting()
    outcome = parse_child._failed(raised.value)
    said = capsys.readouterr().err
    assert (outcome.reason, "ValueError" in outcome.sentence) == (ReasonCode.UNREADABLE, True)
    assert [name in said for name in ("ValueError", "KeyError", "in quoting")] == [True] * 3
    assert word not in outcome.sentence + said
