"""The sample corpus is the same each time, reads like filings, and answers its questions where it says it does."""

import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pypdfium2
import pytest

from raglite.evaluation.runs import Question, read_questions
from raglite.ingestion.filings.filing import read_filing
from raglite.ingestion.pages.statements import statement_of
from raglite.model import Filing, Page, ParsedDocument, Statement
from scripts.sample import broken
from scripts.sample.books import read_books
from scripts.sample.markup import Row, read
from scripts.sample.questions import Questions
from scripts.sample.typesetting import typeset
from scripts.sample.writing import CONTENT, documents, written
from scripts.sample_corpus import write_corpus

ROOT = Path(__file__).resolve().parents[3]
COMPUTED = {"halvorsen-roa"}  # their answers stand on no page: they follow from what does


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample")
    write_corpus(out)
    return out


def pages(path: Path) -> list[str]:
    if path.suffix != ".pdf":
        return [path.read_text()]
    document = pypdfium2.PdfDocument(path)
    return [document[at].get_textpage().get_text_range().replace("\r\n", "\n") for at in range(len(document))]


def parsed(path: Path) -> ParsedDocument:
    numbered = tuple(Page(number=number, text=text) for number, text in enumerate(pages(path), 1))
    return ParsedDocument(
        media_type="application/pdf", parser="test", parser_version="1", pages=numbered, pages_total=len(numbered)
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_another_process_writes_the_same_bytes(corpus: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.sample_corpus", "--out", str(tmp_path / "again")]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": "7"}, check=True, capture_output=True, text=True
    )
    assert contents(tmp_path / "again") == contents(corpus)
    assert done.stdout.startswith("8 documents, 43 questions and 5 broken files in")


@pytest.mark.parametrize(
    ("name", "filing", "statements_from"),
    [
        (
            "halvorsen-tidewater-10k-2022.pdf",
            Filing(
                company="Halvorsen Tidewater Instruments, Inc.",
                form="10-K",
                fiscal_year=2022,
                period_end=date(2022, 12, 31),
            ),
            8,
        ),
        (
            "halvorsen-tidewater-10k-2023.pdf",
            Filing(
                company="Halvorsen Tidewater Instruments, Inc.",
                form="10-K",
                fiscal_year=2023,
                period_end=date(2023, 12, 31),
            ),
            8,
        ),
        (
            "brindlewick-foods-10k-2023.pdf",
            Filing(
                company="Brindlewick Foods Corporation", form="10-K", fiscal_year=2023, period_end=date(2023, 9, 30)
            ),
            8,
        ),
        (
            "quarrystone-rail-10k-2023.pdf",
            Filing(
                company="Quarrystone Rail Holdings, Inc.", form="10-K", fiscal_year=2023, period_end=date(2023, 12, 31)
            ),
            8,
        ),
        (
            "larkmoor-semiconductor-10q-2023-q3.pdf",
            Filing(
                company="Larkmoor Semiconductor Corporation",
                form="10-Q",
                fiscal_year=2023,
                fiscal_quarter=3,
                period_end=date(2023, 9, 30),
            ),
            3,
        ),
        (
            "osprey-hollow-outfitters-release-2023-q4.pdf",
            Filing(
                company="Osprey Hollow Outfitters, Inc.",
                form="release",
                fiscal_year=2023,
                fiscal_quarter=4,
                period_end=date(2024, 1, 27),
            ),
            3,
        ),
    ],
)
def test_each_report_is_read_as_what_it_is(corpus: Path, name: str, filing: Filing, statements_from: int) -> None:
    report = parsed(corpus / name)
    found = read_filing(report)
    assert found.model_copy(update={"names": (), "currency": None, "scale": None, "readings": ()}) == filing
    statements = {page.number: statement for page in report.pages if (statement := statement_of(page.text))}
    assert statements == {
        statements_from: Statement.INCOME_STATEMENT,
        statements_from + 1: Statement.BALANCE_SHEET,
        statements_from + 2: Statement.CASH_FLOW_STATEMENT,
    }


def test_every_answer_stands_on_the_pages_that_its_question_names(corpus: Path) -> None:
    rows = [json.loads(line) for line in (corpus / "questions.jsonl").read_text().splitlines()]
    for row in rows:
        places = [pages(corpus / gold["doc"])[gold["page"] - 1] for gold in row["evidence"]]
        text = " ".join(" ".join(places).split())
        wanted = [] if row["id"] in COMPUTED else re.findall(r"\d[\d,.]*\d|\d", row["answer"])
        names = re.findall(r"\b[A-Z][a-z]+\b", row["answer"])
        assert [word for word in (*wanted, *names) if word not in text] == [], row
        assert {gold["page"] for gold in row["evidence"] if gold["doc"] == row["doc"]} == set(row["evidence_pages"])


def test_the_questions_are_enough_and_readable_by_the_evaluation(corpus: Path) -> None:
    questions = read_questions(corpus / "questions.jsonl")
    documents = {doc for question in questions for doc, _ in question.gold}
    assert len(questions) >= 20
    assert len(documents) == 8
    assert any(len({doc for doc, _ in question.gold}) == 2 for question in questions)


def test_the_same_question_about_two_years_has_its_answer_in_two_reports(corpus: Path) -> None:
    by_id = {question.id: question for question in read_questions(corpus / "questions.jsonl")}
    for year in (2022, 2023):
        gold = by_id[f"halvorsen-employees-{year}"].gold
        assert gold == Question(id="", doc=f"halvorsen-tidewater-10k-{year}.pdf", evidence_pages=(3,)).gold


def test_contents_lead_to_the_pages_they_name(corpus: Path) -> None:
    for path in (*corpus.glob("*-10k-*.pdf"), *corpus.glob("*-10q-*.pdf")):
        text = pages(path)
        entries = re.findall(r"^(Item \d+A?\.) (.+?) (\d+)$", text[1], re.MULTILINE)
        assert len(entries) >= 5
        for item, title, printed in entries:
            physical = " ".join(text[int(printed) + 1].split())
            assert f"{item} {title.removesuffix(' (unaudited)')}" in physical


def test_balance_sheets_balance_and_cash_flows_end_in_the_balance_sheets_cash() -> None:
    columns = [
        column for path in CONTENT.glob("*.toml") if path.stem != "corpus" for column in read_books(path).values()
    ]
    sheets = [column for column in columns if "total_assets" in column]
    assert len(sheets) == 17
    for sheet in sheets:
        assert sheet["total_assets"] == sheet["total_liabilities_and_equity"]
        assert sheet["cash"] == sheet["opening_cash"] + sheet["change_in_cash"]
        assert min(sheet["cash"], sheet["long_term_debt"], sheet["retained"]) > 0


def amount(cell: str) -> int:
    if cell == "-":
        return 0
    size = int(re.sub(r"[^0-9]", "", cell))
    return -size if cell.startswith("(") else size


def totals(rows: list[Row], column: int) -> list[tuple[str, int, set[int]]]:
    """Return each total with what it may be: the sum since the last total, with or without that one."""
    found, since, last = [], 0, 0
    for row in rows:
        if "=" in row.marks:
            printed = amount(row.cells[column])
            found.append((row.cells[0], printed, {since, since + last}))
            since, last = 0, printed
        elif len(row.cells) > column and "!" not in row.marks:
            since += amount(row.cells[column])
    return found


def test_what_tables_call_a_total_adds_up() -> None:
    papers = [document for document in documents() if document["file"].endswith(".pdf")]
    blocks = [block for document in papers for page in read(written(document)).pages for block in page.blocks]
    checked = [
        (label, printed, sums)
        for block in blocks
        if any("=" in row.marks for row in block.rows)
        for column in (1, 2)
        for label, printed, sums in totals(block.rows, column)
        if label.startswith("Total") and label != "Total liabilities and shareholders' equity"
    ]
    assert len(checked) > 80
    assert [entry for entry in checked if entry[1] not in entry[2]] == []


def test_broken_files_are_broken_each_in_its_own_way(corpus: Path) -> None:
    bad = corpus / "bad"
    assert {path.name for path in bad.iterdir()} == set(broken.files())
    assert len(set(broken.files().values())) == len(broken.files())
    assert (bad / "empty.pdf").stat().st_size == 0
    with pytest.raises(pypdfium2.PdfiumError, match="Data format error"):
        pypdfium2.PdfDocument(bad / "not-a-pdf.pdf")
    with pytest.raises(pypdfium2.PdfiumError, match="Incorrect password"):
        pypdfium2.PdfDocument(bad / "password.pdf")
    opened = pypdfium2.PdfDocument(bad / "password.pdf", password=broken.PASSWORD)
    assert "confidential" in opened[0].get_textpage().get_text_range()
    assert [text.strip() for text in pages(bad / "scan.pdf")] == [""]


def test_a_page_that_holds_too_much_is_refused_by_number() -> None:
    full = "! Acme\n# First\n---\n" + "A paragraph that takes a line.\n" * 60
    with pytest.raises(ValueError, match="Page 2 of 'Acme' is too full"):
        typeset(read(full))


def test_an_id_stands_for_one_question_only() -> None:
    first, other, alone = (
        page.asked[0] for page in read("? a | How much? | 5\n---\n? a | How many? | 5\n---\n? b").pages
    )
    questions = Questions()
    questions.note(first, "acme.pdf", 1)
    for wrong in (other, alone):
        with pytest.raises(ValueError, match="is not the question that was asked before"):
            questions.note(wrong, "acme.pdf", 2)


def test_a_row_without_its_last_bar_is_refused() -> None:
    with pytest.raises(ValueError, match="no row of a table"):
        read("| Net sales | 5")
