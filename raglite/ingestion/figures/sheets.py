"""Tables with what later steps ask of them: cells by row and column, headers by column, the caption above."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from raglite.ingestion.figures.captions import Caption, caption_of, notes_units
from raglite.ingestion.figures.column_periods import Period
from raglite.ingestion.figures.printed_dates import printed
from raglite.ingestion.figures.units import Units
from raglite.ingestion.filings.filing_text import plain
from raglite.model import Cell, Page, ParsedDocument, Statement, Table

LONGEST_TEXT = 400  # characters of a cell that are read as a label or a header
MOST_HEADER_ROWS = 7
SAME_EDGE = 8.0  # points between the right edges of one column on two pages


@dataclass(frozen=True)
class Sheet:
    """One table of a page, and what is known of its columns.

    `carried`: its headers are the table's before it. `units` are at first what the notes begin with.
    """

    page: Page
    index: int
    table: Table
    caption: Caption
    headers: dict[int, str]
    doubtful: frozenset[int]
    carried: bool = False
    statement: Statement | None = None
    periods: dict[int, Period] = field(default_factory=dict)
    units: Units = field(default_factory=Units)
    is_scale_sure: bool = False

    @cached_property
    def rows(self) -> list[tuple[int, dict[int, Cell]]]:
        """The rows below the headers with their cells by column."""
        found: dict[int, dict[int, Cell]] = {}
        for cell in self.table.cells:
            found.setdefault(cell.row, {})[cell.column] = cell
        heads = _header_rows(found)
        return [(number, found[number]) for number in sorted(found) if number not in heads]

    @cached_property
    def above(self) -> str:
        """The lines above the figures that are of all columns: the caption's and the header of the labels."""
        return "\n".join(part for part in (self.caption.text, self.headers.get(0, "")) if part)

    @cached_property
    def text(self) -> str:
        """The table as lines, as printed if the parser kept them."""
        return self.table.text or "\n".join(" | ".join(c.text for c in cells.values()) for _, cells in self.rows)

    def is_of_percent(self, column: int) -> bool:
        """Tell whether more of a column's cells are percentages than not."""
        texts = [cells[column].text for _, cells in self.rows if column in cells]
        return 2 * sum("%" in text for text in texts) > len(texts)

    def continues(self, before: "Sheet") -> bool:
        """Tell whether the columns are the table's before: as many, as far right, on the same page or the next."""
        if self.page.number - before.page.number > 1 or self.table.columns != before.table.columns:
            return False
        own, others = _right_edges(self.table), _right_edges(before.table)
        return all(abs(own[column] - others[column]) <= SAME_EDGE for column in own.keys() & others.keys())

    def carrying(self, before: "Sheet") -> "Sheet":
        """Return the table under the headers of the one before it."""
        return replace(self, headers=before.headers, doubtful=before.doubtful, carried=True)


def sheets(parsed: ParsedDocument) -> Iterator[Sheet]:
    """Yield a document's tables in order; one without headers that goes on with the columns before has theirs."""
    before: Sheet | None = None
    notes = Units()
    for page in parsed.pages:
        notes = notes_units(page).over(notes)
        for index, table in enumerate(page.tables):
            if not table.cells:
                continue
            sheet = replace(_sheet(page, index, table), units=notes)
            if before and not any(sheet.headers.get(column) for column in range(1, table.columns)):
                sheet = sheet.carrying(before) if sheet.continues(before) else sheet
            before = sheet
            yield sheet


def _sheet(page: Page, index: int, table: Table) -> Sheet:
    by_row: dict[int, dict[int, Cell]] = {}
    for cell in table.cells:
        by_row.setdefault(cell.row, {})[cell.column] = cell
    headers: dict[int, list[str]] = {}
    doubtful: set[int] = set()
    for row in sorted(_header_rows(by_row)):
        for column, cell in _spread(by_row[row], table.columns).items():
            headers.setdefault(column, []).append(plain(cell.text[:LONGEST_TEXT]).strip())
            if cell.low_confidence:
                doubtful.add(column)
    joined = {column: " ".join(texts) for column, texts in headers.items()}
    return Sheet(page, index, table, caption_of(page, index), joined, frozenset(doubtful))


def _spread(cells: dict[int, Cell], columns: int) -> dict[int, Cell]:
    """Return a header row's cells; without boxes one that spans columns stands in its first, and is repeated."""
    if any(cell.box for cell in cells.values()):
        return cells
    found = dict(cells)
    for column in range(2, columns):
        if column - 1 in found and not (column in found and found[column].text.strip()):
            found[column] = found[column - 1]
    return found


def _header_rows(by_row: dict[int, dict[int, Cell]]) -> set[int]:
    """Return the rows that head the columns: marked so, else those at the top that hold years or dates alone."""
    marked = {number for number, cells in by_row.items() if any(cell.is_header for cell in cells.values())}
    if marked:
        return marked
    found: set[int] = set()
    for number in sorted(by_row)[:MOST_HEADER_ROWS]:
        if not _names_times([cell.text for column, cell in by_row[number].items() if column > 0]):
            break
        found.add(number)
    return found


def _names_times(texts: list[str]) -> bool:
    return bool(texts) and all(re.search(r"\d{4}", text) and _is_time(plain(text)) for text in texts)


def _is_time(text: str) -> bool:
    says = printed(text)
    return bool(says.dates or says.years)


def _right_edges(table: Table) -> dict[int, float]:
    edges: dict[int, float] = {}
    for cell in table.cells:
        if cell.box and cell.column > 0 and not cell.is_header:
            edges[cell.column] = max(edges.get(cell.column, 0.0), cell.box.right)
    return edges
