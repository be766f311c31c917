from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import docx
import openpyxl
import pptx

from raglite.adapters.docling_parser import DoclingParser, ParseLimits
from raglite.model import BlockKind, ParsedDocument

PARSER = DoclingParser(
    ParseLimits(max_bytes=5_000_000, max_pages=20, max_characters=1_000_000, seconds=120, memory_bytes=4 * 1024**3)
)


class Savable(Protocol):
    save: Callable[[str], None]


def parsed(document: Savable, folder: Path, name: str) -> ParsedDocument:
    document.save(str(folder / name))
    return PARSER.parse(folder / name, name)


def shown(document: ParsedDocument) -> list[tuple[int, str | None, str]]:
    return [(page.number, page.label, page.text) for page in document.pages]


def test_every_sheet_is_a_page_and_a_hidden_one_is_counted_as_without_text(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.title = "Income"
    workbook.active.append(["Item", "2024"])
    workbook.active.append(["Sales", 12])
    hidden = workbook.create_sheet("Drafts")
    hidden.append(["secret", 1])
    hidden.sheet_state = "hidden"
    workbook.create_sheet("Costs").append(["Rent", 3])
    document = parsed(workbook, tmp_path, "a.xlsx")
    assert shown(document) == [(1, "Income", "Item  2024\nSales  12"), (2, "Drafts", ""), (3, "Costs", "Rent  3")]
    assert document.pages_without_text == (2,)
    assert [(c.row, c.column, c.text, c.is_header) for c in document.pages[0].tables[0].cells] == [
        (0, 0, "Item", True),
        (0, 1, "2024", True),
        (1, 0, "Sales", False),
        (1, 1, "12", False),
    ]


def test_every_slide_is_a_page_with_its_title_and_notes(tmp_path: Path) -> None:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text, slide.placeholders[1].text = "Results", "Sales rose"
    slide.notes_slide.notes_text_frame.text = "Say it slowly"
    presentation.slides.add_slide(presentation.slide_layouts[6])
    presentation.slides.add_slide(presentation.slide_layouts[5]).shapes.title.text = "Outlook"
    document = parsed(presentation, tmp_path, "a.pptx")
    assert shown(document) == [
        (1, "Results", "Results\nSales rose\nSay it slowly"),
        (2, None, ""),
        (3, "Outlook", "Outlook"),
    ]
    assert (document.pages[0].width, document.pages[0].height) == (720, 540)
    assert document.pages_without_text == (2,)


def test_a_word_document_is_one_page_of_headings_paragraphs_and_tables(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Annual Report", 0)
    document.add_heading("Results", 1)
    document.add_paragraph("Sales ").add_run("rose").bold = True
    table = document.add_table(2, 2)
    table.cell(0, 1).text, table.cell(1, 0).text, table.cell(1, 1).text = "2024", "Sales", "1,234"
    (page,) = parsed(document, tmp_path, "a.docx").pages
    assert [(block.kind, block.level, block.text) for block in page.blocks] == [
        (BlockKind.HEADING, 1, "Annual Report"),
        (BlockKind.HEADING, 2, "Results"),
        (BlockKind.PARAGRAPH, 0, "Sales rose"),
        (BlockKind.TABLE, 0, "2024\nSales  1,234"),
    ]
    assert {cell.text for cell in page.tables[0].cells if cell.is_header} == {"2024"}
