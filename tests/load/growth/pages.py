"""A made-up document as its parser would return it, without setting it in type and reading it again.

Ingestion's own steps after parsing see what they see of a PDF: pages with blocks, and tables with cells.
"""

from collections.abc import Iterator

from raglite.model import Block, BlockKind, Cell, Page, ParsedDocument, Table
from scripts.sample import markup

LEVELS = {"title": 1, "item": 2, "heading": 3}
LINE = "\n"


def parsed(report: markup.Report) -> ParsedDocument:
    """Return a report's pages."""
    pages = tuple(_page(number, page, report.footer) for number, page in enumerate(report.pages, 1))
    return ParsedDocument(
        media_type="application/pdf", parser="markup", parser_version="1", pages=pages, pages_total=len(pages)
    )


def _page(number: int, page: markup.Page, footer: str) -> Page:
    tables = tuple(_table(block) for block in page.blocks if block.style == "table")
    blocks = tuple(_blocks(page, tables))
    text = LINE.join([*(block.text for block in blocks), f"{footer} {number}"])
    return Page(number=number, text=text, blocks=blocks, tables=tables, width=612, height=792)


def _blocks(page: markup.Page, tables: tuple[Table, ...]) -> Iterator[Block]:
    at = 0
    for block in page.blocks:
        if block.style == "table":
            yield Block(kind=BlockKind.TABLE, text=tables[at].text, table=at)
            at += 1
        elif block.style in LEVELS:
            yield Block(kind=BlockKind.HEADING, text=block.text, level=LEVELS[block.style])
        elif block.text:
            yield Block(kind=BlockKind.PARAGRAPH, text=block.text.replace("//", LINE))


def _table(block: markup.Block) -> Table:
    rows = [[cell.replace("//", " ") for cell in row.cells] for row in block.rows]
    cells = tuple(
        Cell(row=at, column=column, text=text, is_header="!" in block.rows[at].marks, verified=True)
        for at, row in enumerate(rows)
        for column, text in enumerate(row)
        if text and text != "<"
    )
    text = LINE.join("  ".join(filter(None, row)) for row in rows)
    return Table(rows=len(rows), columns=max(map(len, rows)), cells=cells, text=text)
