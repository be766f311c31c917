"""The judge of labelled rows, on tables made up."""

import json
from pathlib import Path

import pytest

from raglite.model import Cell, Page, Table
from scripts.measure_rows import judged, parsed, plain, report

ROOT = Path(__file__).resolve().parents[3]
LABELLED = ROOT / "tests" / "data" / "statement_rows.jsonl"
DOCUMENTS = ROOT.parent / "shared" / "data" / "filings" / "docs"
ROW = {
    "doc": "orchard.pdf",
    "page": 1,
    "label": "Net sales",
    "values": [
        {"header": "Years ended June 30, 2023", "text": "1,577"},
        {"header": "Years ended June 30, 2022", "text": "(9)"},
    ],
}


def page(*cells: Cell) -> Page:
    heads = [
        Cell(row=0, column=at, text=text, is_header=True)
        for at, text in ((0, "Years ended June 30,"), (1, "2023"), (2, "2022"))
    ]
    return Page(number=1, text="", tables=(Table(rows=2, columns=3, cells=(*heads, *cells)),))


def row(*texts: str, doubtful: bool = False) -> tuple[Cell, ...]:
    return tuple(Cell(row=1, column=at, text=text, low_confidence=doubtful and at > 0) for at, text in enumerate(texts))


def test_a_row_with_its_label_and_every_figure_in_its_column_is_whole_and_right() -> None:
    result = judged(ROW, page(*row("Net sales", "$1,577", "(9)")))
    assert (result.whole, result.values) == (True, ("right", "right"))


def test_a_figure_under_another_year_is_wrong_and_a_doubtful_one_is_marked() -> None:
    assert judged(ROW, page(*row("Net sales", "(9)", "1,577"))).values == ("wrong", "missing")
    assert judged(ROW, page(*row("Net sales", "$1,577", "(9)", doubtful=True))).values == ("marked", "marked")


def test_a_row_that_lacks_a_figure_or_its_label_is_not_whole() -> None:
    assert judged(ROW, page(*row("Net sales", "1,577"))).values == ("right", "missing")
    assert judged(ROW, page(*row("Net", "1,577", "(9)"))).values == ("missing", "missing")
    assert not judged(ROW, page(*row("Net sales", "1,577 (9)"))).whole


@pytest.mark.parametrize(
    ("printed", "bare"), [("$ 1,577", "1,577"), ("\u2014", "-"), ("1,577(a)", "1,577"), ("(9)", "(9)")]
)
def test_signs_and_marks_are_no_part_of_a_figure(printed: str, bare: str) -> None:
    assert plain(printed) == bare


def test_the_report_fails_on_one_unmarked_wrong_figure(capsys: pytest.CaptureFixture[str]) -> None:
    right = judged(ROW, page(*row("Net sales", "$1,577", "(9)")))
    wrong = judged(ROW, page(*row("Net sales", "(9)", "1,577")))
    assert report([right])
    assert not report([*[right] * 100, wrong])
    assert "not marked: 1" in capsys.readouterr().out


@pytest.mark.real_data
def test_labelled_rows_of_the_smallest_real_documents_meet_the_thresholds() -> None:
    if not DOCUMENTS.is_dir():
        pytest.skip("../shared/data/filings is not here")
    rows = [json.loads(line) for line in LABELLED.read_text().splitlines()]
    sizes = {row["doc"]: (DOCUMENTS / row["doc"]).stat().st_size for row in rows}
    smallest = sorted(sizes, key=lambda name: sizes[name])[:3]
    read = parsed(DOCUMENTS, smallest)
    assert report([judged(row, read[row["doc"]][row["page"] - 1]) for row in rows if row["doc"] in smallest])
