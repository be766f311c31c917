"""The gate's corpus is the same each time, adds up, and answers its questions where it says it does."""

import json
import os
import re
import subprocess
import sys
import zipfile
from collections import Counter
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raglite.adapters.docling_parser import DoclingParser, ParseLimits
from raglite.evaluation.runs import read_questions
from raglite.ingestion.filings.filing import read_filing
from raglite.ingestion.pages.statements import statement_of
from raglite.model import Page, ParsedDocument, Statement
from scripts.gate.asked import Asked, Topic, distinct
from scripts.gate.companies import read_companies
from scripts.gate.editions import editions
from scripts.gate.ledger import FIRST_YEAR, LAST_YEAR, keep
from scripts.gate.packages import repacked
from scripts.gate.shelf import Shelf, stands
from scripts.gate.statements import amount
from scripts.gate_corpus import SEED, questions, write_corpus

ROOT = Path(__file__).resolve().parents[3]
SHOWN = re.compile(r"[\w%$€£.,()-]+")
STATEMENTS = {
    "income": Statement.INCOME_STATEMENT,
    "balance": Statement.BALANCE_SHEET,
    "cash": Statement.CASH_FLOW_STATEMENT,
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("gate")
    write_corpus(out)
    return out


@pytest.fixture(scope="module")
def rows(corpus: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (corpus / "questions.jsonl").read_text().splitlines()]


@cache
def pages(path: Path) -> tuple[str, ...]:
    """Read a PDF's pages anew, spaces made one."""
    document = pypdfium2.PdfDocument(path)
    texts = [document[at].get_textpage().get_text_range() for at in range(len(document))]
    return tuple(text.replace("\ufffe", "-") for text in texts)


def words(path: Path, number: int) -> str:
    return " ".join(pages(path)[number - 1].split())


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_another_process_writes_the_same_bytes(corpus: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.gate_corpus", "--out", str(tmp_path)]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": "7"}, check=True, capture_output=True, text=True
    )
    assert contents(tmp_path) == contents(corpus)
    assert re.match(r"38 documents and \d{3} questions, 50 of them unanswerable, in", done.stdout)


def test_another_seed_gives_other_figures_about_the_same_companies(corpus: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path, SEED + 1)
    assert contents(tmp_path).keys() == contents(corpus).keys()
    assert words(tmp_path / "vireo-10k-2023.pdf", 9) != words(corpus / "vireo-10k-2023.pdf", 9)


def test_every_answer_stands_on_every_page_that_is_said_to_give_it(corpus: Path, rows: list[dict[str, Any]]) -> None:
    checked = 0
    for row in rows:
        for place in row["evidence_text"]:
            if place["doc"].endswith(".pdf"):
                text = words(corpus / place["doc"], place["page"])
                assert [proof for proof in place["text"].split("\n") if not stands(proof, text)] == [], row
                checked += 1
    assert checked > 800


def test_what_is_unanswerable_stands_nowhere(corpus: Path, rows: list[dict[str, Any]]) -> None:
    unanswerable = [row for row in rows if not row["answerable"]]
    assert len(unanswerable) >= 40
    for row in unanswerable:
        files = [corpus / name for name in row["absent_from"]] or list(corpus.glob("*.pdf"))
        text = " ".join(" ".join(pages(path)) for path in files).lower()
        assert files
        assert row["absent"]
        assert [word for word in row["absent"] if word.lower() in text] == [], row


def test_the_statement_itself_is_gold_for_each_of_its_rows() -> None:
    shelf = Shelf(tuple(editions(SEED)))
    for asked in questions(shelf):
        if asked.id.startswith("row-"):
            golden = {(place.doc, place.page) for place in asked.evidence}
            own = next(edition for edition in shelf.editions if asked.id.startswith(f"row-{edition.stem}-"))
            statement = asked.id.removeprefix(f"row-{own.stem}-").split("-")[0]
            assert (own.file, own.places[statement]) in golden, asked


def test_the_questions_are_enough_and_of_every_kind(corpus: Path) -> None:
    asked = read_questions(corpus / "questions.jsonl")
    kinds = Counter(question.question_type for question in asked)
    forms = Counter(question.doc_type for question in asked)
    documents = {place.doc for question in asked for place in question.gold_pages if question.answerable}
    assert len(asked) >= 500
    assert set(kinds) == set(
        "row ratio change average trend flows versus prose note event restated format absent".split()
    )
    assert min(kinds.values()) >= 8
    assert {
        "10-K",
        "10-Q",
        "8-K",
        "release",
        "annual report",
        "docx",
        "xlsx",
        "pptx",
        "html",
        "csv",
        "md",
        "txt",
    } <= set(forms)
    assert documents == {path.name for path in corpus.iterdir() if path.suffix != ".jsonl"}


def test_questions_are_asked_in_many_ways(rows: list[dict[str, Any]]) -> None:
    openings = Counter(" ".join(row["question"].split()[:3]) for row in rows)
    assert len(openings) > 200
    assert len({row["question"] for row in rows}) == len(rows)
    assert not any("{" in row["question"] or "  " in row["question"] for row in rows)


def test_contents_lead_to_the_pages_they_name(corpus: Path) -> None:
    for path in (*corpus.glob("*-10k-*.pdf"), *corpus.glob("*-10q-*.pdf")):
        entries = re.findall(r"^(Item \d+[AC]?\.)\s+(.+?)[ .]*?\s(\d+)\s*$", pages(path)[1], re.MULTILINE)
        assert len(entries) >= 7, path
        for item, title, printed in entries:
            assert f"{item} {title}" in words(path, int(printed) + 2), (path.name, item, printed)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.sampled_from(sorted(read_companies())))
def test_books_balance_and_cash_flows_end_in_the_balance_sheets_cash_whatever_the_seed(seed: int, slug: str) -> None:
    company = read_companies()[slug]
    books = keep(company, seed).books
    for column in books.values():
        assert column["total_assets"] == column["total_liabilities_and_equity"]
        assert column["cash"] == column["opening_cash"] + column["change_in_cash"]
        assert min(column["receivables"], column["property"], column["total_assets"]) > 0
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        quarters = [books[f"{year}Q{quarter}"] for quarter in (1, 2, 3, 4)]
        assert books[str(year)]["net_income"] == sum(quarter["net_income"] for quarter in quarters)
        assert books[str(year)]["cash"] == quarters[-1]["cash"]
    for before, after in pairwise(range(FIRST_YEAR, LAST_YEAR + 1)):
        assert books[str(after)]["opening_cash"] == books[str(before)]["cash"]


def test_a_restatement_moves_rows_and_leaves_net_income_alone() -> None:
    for slug, changed in (("cobalt-reyes", "gross_profit"), ("marlowe-foods", "net_sales")):
        ledger = keep(read_companies()[slug], SEED)
        first, later = ledger.column("2022", as_of=2022), ledger.column("2022", as_of=2023)
        assert first[changed] > later[changed]
        assert first["net_income"] == later["net_income"]


def test_fiscal_quarters_end_when_months_or_weeks_do() -> None:
    companies = read_companies()
    ends = {
        ("marlow-industries", 2023, 3): "2023-09-30",
        ("marlowe-foods", 2024, 1): "2023-08-31",
        ("vireo", 2024, 2): "2024-06-30",
        ("vireo", 2022, 4): "2023-01-01",
        ("cobalt-reyes", 2024, 1): "2024-05-04",
    }
    found = {(slug, year, quarter): str(companies[slug].quarter_end(year, quarter)) for slug, year, quarter in ends}
    assert found == ends
    assert [companies["cobalt-reyes"].weeks(year) for year in (2022, 2023, 2024)] == [52, 53, 52]


def test_statements_are_recognised_on_their_pages_alone(corpus: Path) -> None:
    for edition in editions(SEED):
        marked = {edition.places[place]: kind for place, kind in STATEMENTS.items() if place in edition.places}
        found = {
            number: kind for number, text in enumerate(pages(corpus / edition.file), 1) if (kind := statement_of(text))
        }
        assert found == marked, edition.file


def read(path: Path) -> ParsedDocument:
    numbered = tuple(Page(number=number, text=text) for number, text in enumerate(pages(path), 1))
    return ParsedDocument(
        media_type="application/pdf", parser="test", parser_version="1", pages=numbered, pages_total=len(numbered)
    )


def test_every_document_is_read_as_what_it_is(corpus: Path) -> None:
    for line in (corpus / "expected_filings.jsonl").read_text().splitlines():
        expected = json.loads(line)
        found = read_filing(read(corpus / expected["doc"])).model_dump(mode="json")
        wanted = {
            name: expected.get(name) for name in ("company", "form", "fiscal_year", "fiscal_quarter", "period_end")
        }
        assert {name: found[name] for name in wanted} == wanted, expected["doc"]


@pytest.mark.parametrize(
    "name",
    [
        "parcelway-10q-2024-q2.pdf",
        "tessaline-8k-2024.pdf",
        "cobalt-reyes-release-2024-q1.pdf",
        "castellan-annual-report-2023.pdf",
        "vireo-10k-2022.pdf",
    ],
)
def test_the_parser_reads_the_same(corpus: Path, name: str) -> None:
    lines = (corpus / "expected_filings.jsonl").read_text().splitlines()
    expected = next(line for line in map(json.loads, lines) if line["doc"] == name)
    parser = DoclingParser(ParseLimits(200 * 2**20, 2000, 8_000_000, 240, 4 * 2**30))
    found = read_filing(parser.parse(corpus / name, "opaque.pdf")).model_dump(mode="json")
    wanted = {name: expected.get(name) for name in ("company", "form", "fiscal_year", "fiscal_quarter", "period_end")}
    assert {name: found[name] for name in wanted} == wanted


@given(st.integers(-(10**7), 10**7))
def test_amounts_are_printed_as_statements_do(value: int) -> None:
    shown = amount(value)
    digits = re.sub(r"[^0-9]", "", shown)
    assert (int(digits) if digits else 0) == abs(value)
    assert shown.startswith("(") == (value < 0)


def test_a_number_stands_only_by_itself() -> None:
    assert stands("1,577", "rose to 1,577, or (1,577).")
    assert not any(stands("1,577", text) for text in ("11,577", "1,577.5", "1,577,000", "1,5771"))
    assert stands("$5.0 million", "for $5.0 million in cash")


def test_an_id_for_two_questions_is_refused() -> None:
    first, second = (Asked("a", text, "5", (), "row", Topic("Acme")) for text in ("How much?", "How many?"))
    assert distinct([first, first]) == [first]
    with pytest.raises(ValueError, match="the same id"):
        distinct([first, second])


def test_a_repacked_package_says_nothing_of_when_it_was_saved() -> None:
    def package(hour: str, year: int) -> bytes:
        out = BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            made.writestr(
                zipfile.ZipInfo("docProps/core.xml", (year, 1, 1, 0, 0, 0)), f"<t>2024-05-01T{hour}:00:00Z</t>"
            )
            made.writestr(zipfile.ZipInfo("[Content_Types].xml", (year, 1, 1, 0, 0, 0)), "<Types/>")
        return out.getvalue()

    assert package("10", 2001) != package("11", 2002)
    assert repacked(package("10", 2001)) == repacked(package("11", 2002))
