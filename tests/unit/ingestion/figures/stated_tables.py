"""Parsed documents made of tables written as text: `label | 1,577 | 1,373`, two spaces of indent a level."""

from collections.abc import Sequence
from datetime import date

from raglite.ingestion.figures.stated import stated_figures
from raglite.model import Block, BlockKind, Box, Cell, Filing, Page, ParsedDocument, StatedFigure, Table

COLUMN, ROW, INDENT = 100.0, 12.0, 5.0  # points
ANNUAL = Filing(
    company="Ashgrove Ltd",
    form="10-K",
    fiscal_year=2018,
    period_end=date(2018, 12, 31),
    currency="USD",
    scale=1_000_000,
)
QUARTERLY = ANNUAL.model_copy(
    update={"form": "10-Q", "fiscal_year": 2023, "fiscal_quarter": 2, "period_end": date(2023, 6, 30)}
)


def table(text: str, heads: int = 1, *, boxed: bool = True) -> Table:
    """Return the table of these lines; the first `heads` of them are headers, `~` is a cell that is not there."""
    cells: list[Cell] = []
    lines = [line for line in text.splitlines() if line.strip()]
    margin = min(len(line) - len(line.lstrip()) for line in lines)
    for row, line in enumerate(lines):
        parts = line[margin:].split("|")
        indent = len(parts[0]) - len(parts[0].lstrip())
        for column, part in enumerate(parts):
            left = column * 3 * COLUMN + (indent * INDENT if column == 0 else 0)
            box = Box(left=left, top=row * ROW, right=column * 3 * COLUMN + COLUMN, bottom=(row + 1) * ROW - 2)
            if part.strip() not in {"", "~"}:
                is_header = row < heads
                cells.append(
                    Cell(row=row, column=column, text=part.strip(), box=box if boxed else None, is_header=is_header)
                )
    return Table(rows=len(lines), columns=max(cell.column for cell in cells) + 1, cells=tuple(cells), text=text)


def page(above: Sequence[str], *tables: Table, number: int = 1) -> Page:
    """Return a page on which these lines stand above the first of these tables."""
    blocks = [Block(kind=BlockKind.HEADING, text=line, level=2) for line in above]
    blocks += [Block(kind=BlockKind.TABLE, text=one.text, table=index) for index, one in enumerate(tables)]
    return Page(
        number=number, text="\n".join([*above, *(one.text for one in tables)]), blocks=tuple(blocks), tables=tables
    )


def stated(filing: Filing, *pages: Page) -> tuple[StatedFigure, ...]:
    """Return the figures of a document of these pages."""
    return stated_figures(
        ParsedDocument(
            media_type="application/pdf", parser="test", parser_version="1", pages=pages, pages_total=len(pages)
        ),
        filing,
    )


def figure(figures: Sequence[StatedFigure], label: str, column: int = 1) -> StatedFigure:
    """Return the one figure of a row, by its label and its column."""
    (found,) = [one for one in figures if one.label == label and one.column == column]
    return found
