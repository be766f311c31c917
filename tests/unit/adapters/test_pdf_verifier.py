"""A second reader looks into the box of every figure, and sees what the cell says or does not."""

from pathlib import Path

import pypdfium2
import pytest
from reportlab.pdfgen import canvas

from raglite.adapters.docling_pdf import parse_pdf
from raglite.adapters.pdf_verifier import same, verified
from raglite.model import Box, Cell, Page, Table

WIDTH, HEIGHT = 612.0, 792.0
ROWS = (("Net sales", "1,577", "(1,432)"), ("Gross margin", "40.2%", "39.8%"), ("Impairment", "\u2014", "12"))
COLUMNS = (72, 380, 500)  # the labels' left edge, the figures' right edges


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    return drawn(tmp_path / "table.pdf")


def drawn(path: Path, *, rotation: int = 0, crop: float = 0) -> Path:
    drawing = canvas.Canvas(str(path), pagesize=(WIDTH, HEIGHT))
    drawing.setFont("Helvetica", 10)
    if crop:
        drawing.setCropBox((crop, crop, WIDTH - crop, HEIGHT - crop))
    if rotation:
        drawing.setPageRotation(rotation)
    for number, (label, *figures) in enumerate((("In millions", "2022", "2021"), *ROWS)):
        baseline = HEIGHT - 100 - 12 * number
        drawing.drawString(COLUMNS[0], baseline, label)
        for right, text in zip(COLUMNS[1:], figures, strict=True):
            drawing.drawRightString(right, baseline, text)
    drawing.save()
    return path


def parsed(path: Path) -> Page:
    return parse_pdf(path, 10).pages[0]


def figures(page: Page) -> dict[str, bool]:
    (table,) = page.tables
    return {cell.text: cell.verified for cell in table.cells if cell.column}


def tampered(page: Page, path: Path, **changes: object) -> bool:
    """Tell whether the cell 1,577 would still be verified after changes."""
    (table,) = page.tables
    (cell,) = (cell for cell in table.cells if cell.text == "1,577")
    forged = cell.model_copy(update={"verified": False, **changes})
    only = table.model_copy(update={"cells": (forged,)})
    with pypdfium2.PdfDocument(path) as document:
        return verified(page.model_copy(update={"tables": (only,)}), document[0]).tables[0].cells[0].verified


@pytest.mark.parametrize("crop", [0, 36])
def test_every_figure_of_a_parsed_table_is_verified(tmp_path: Path, crop: float) -> None:
    found = figures(parsed(drawn(tmp_path / "table.pdf", crop=crop)))
    assert found == dict.fromkeys(["2022", "2021", "1,577", "(1,432)", "40.2%", "39.8%", "-", "12"], True)


def test_labels_without_a_figure_are_not_looked_at(paper: Path) -> None:
    (table,) = parsed(paper).tables
    assert not any(cell.verified for cell in table.cells if cell.text == "Net sales")


def test_a_tampered_figure_is_not_verified(paper: Path) -> None:
    page = parsed(paper)
    assert tampered(page, paper)
    for text in ("1,677", "1,57", "11,577", "(1,577)", "-1,577", "1.577", "1,577%", "15,77"):
        assert not tampered(page, paper, text=text), text


@pytest.mark.parametrize(("right", "down"), [(0, 12), (0, -12), (120, 0), (-8, 0), (15, 0), (300, 300), (1000, 0)])
def test_a_box_that_was_moved_is_not_verified(paper: Path, right: float, down: float) -> None:
    page = parsed(paper)
    box = next(cell.box for cell in page.tables[0].cells if cell.text == "1,577")
    assert box is not None
    moved = Box(left=box.left + right, top=box.top + down, right=box.right + right, bottom=box.bottom + down)
    assert not tampered(page, paper, box=moved)


def test_a_cell_without_a_box_is_not_verified(paper: Path) -> None:
    assert not tampered(parsed(paper), paper, box=None)


def test_on_a_turned_page_nothing_is_verified(tmp_path: Path) -> None:
    page = parsed(drawn(tmp_path / "turned.pdf", rotation=90))
    assert not any(cell.verified for table in page.tables for cell in table.cells)


def test_a_page_without_tables_stays_as_it_is(paper: Path) -> None:
    page = Page(number=1, text="nothing")
    with pypdfium2.PdfDocument(paper) as document:
        assert verified(page, document[0]) is page


def test_other_cells_of_the_table_stay_as_they_are(paper: Path) -> None:
    label = Cell(row=0, column=0, text="Net sales", box=Box(left=0, top=0, right=9, bottom=9))
    page = Page(number=1, text="", tables=(Table(rows=1, columns=1, cells=(label,)),))
    with pypdfium2.PdfDocument(paper) as document:
        assert verified(page, document[0]).tables[0].cells == (label,)


@pytest.mark.parametrize(
    ("cell", "seen"),
    [
        ("(1,577)", "( 1,577 )"),
        ("$ 12", "$12\r\n"),
        ("\u2014", "-"),
        ("\u22125", "\u20135"),
        ("1 577", "1\u00a0577"),
        ("Sales .......... 12", "Sales12"),
    ],
)
def test_spaces_leaders_and_kinds_of_dashes_do_not_count(cell: str, seen: str) -> None:
    assert same(cell, seen)


@pytest.mark.parametrize(("cell", "seen"), [("12", "1 3"), ("1,5", "1.5"), ("-5", "5"), ("5", ""), ("12", "12a")])
def test_everything_else_does(cell: str, seen: str) -> None:
    assert not same(cell, seen)
