"""Tables from cells that a format gives itself (HTML, DOCX, XLSX, CSV ...), tidied for reading.

Filings in HTML set one figure in three cells (`$`, `1,234`, `)`) with empty ones between: such cells are joined, and
columns are where figures overlap from row to row, however many cells of the format each spans.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from raglite.ingestion.pages.lines import is_sign, is_tail, is_value, is_year
from raglite.model import Cell, Table

MOST_HEADERS = 4  # rows


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell as the format has it: columns [left, right) of one row."""

    row: int
    left: int
    right: int
    text: str
    is_header: bool = False


def table_of(spots: Iterable[Spot]) -> Table | None:
    """Return the table of these cells without its empty rows and columns; None if all are empty."""
    rows = [_joined(row) for row in _rows(spots)]
    rows = [row for row in rows if row]
    if not rows:
        return None
    columns = _columns(rows)
    heads = _header_count(rows)
    placed = [
        [(column, spot) for spot in row for column in _columns_of(spot, columns, is_header=number < heads)]
        for number, row in enumerate(rows)
    ]
    cells = tuple(
        Cell(row=number, column=column, text=text, is_header=number < heads)
        for number, row in enumerate(placed)
        for column, text in _together(row)
    )
    text = "\n".join("  ".join(spot.text for spot in row) for row in rows)
    return Table(rows=len(rows), columns=len(columns), cells=cells, text=text)


def _rows(spots: Iterable[Spot]) -> list[list[Spot]]:
    """Return the spots that have text by row, each from left to right, white space made one."""
    by_row: dict[int, list[Spot]] = {}
    for spot in spots:
        text = " ".join(spot.text.split())
        if text:
            by_row.setdefault(spot.row, []).append(replace(spot, text=text))
    return [sorted(by_row[row], key=lambda spot: spot.left) for row in sorted(by_row)]


def _joined(row: Sequence[Spot]) -> list[Spot]:
    """Join a currency sign with the figure after it, and a bracket or a per cent sign with the figure before."""
    joined: list[Spot] = []
    for spot in row:
        last = joined[-1] if joined else None
        if last and (
            (is_sign(last.text) and is_value(spot.text)) or (is_tail(spot.text) and last.text[-1:] in "0123456789)")
        ):
            joined[-1] = replace(last, right=spot.right, text=last.text + spot.text)
        else:
            joined.append(spot)
    return joined


def _columns(rows: Sequence[Sequence[Spot]]) -> list[tuple[int, int]]:
    """Return the columns as spans of the format's own: where figures are, and beside them where other cells are."""
    spots = [spot for row in rows for spot in row]
    figures = _merged((spot.left, spot.right) for spot in spots if is_value(spot.text))
    others = [spot for spot in spots if not any(_meets(spot, column) for column in figures)]
    narrowest = sorted({(spot.left, spot.right) for spot in others}, key=lambda span: (span[1] - span[0], span))
    columns = list(figures)
    for span in narrowest:
        if not any(left < span[1] and span[0] < right for left, right in columns):
            columns.append(span)
    return sorted(columns)


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for left, right in sorted(spans):
        if merged and left < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(right, merged[-1][1]))
        else:
            merged.append((left, right))
    return merged


def _meets(spot: Spot, column: tuple[int, int]) -> bool:
    return spot.left < column[1] and column[0] < spot.right


def _columns_of(spot: Spot, columns: Sequence[tuple[int, int]], *, is_header: bool) -> list[int]:
    """Return the columns a spot stands in: a header in all that it spans, anything else in the first."""
    met = [at for at, column in enumerate(columns) if _meets(spot, column)]
    return met if is_header else met[:1]


def _together(row: Iterable[tuple[int, Spot]]) -> Iterator[tuple[int, str]]:
    texts: dict[int, list[str]] = {}
    for column, spot in row:
        texts.setdefault(column, []).append(spot.text)
    return ((column, " ".join(found)) for column, found in texts.items())


def _header_count(rows: Sequence[Sequence[Spot]]) -> int:
    """Count the rows at the top that head columns: marked so, or without a figure above the first row that has one."""
    marked = next((at for at, row in enumerate(rows) if not all(spot.is_header for spot in row)), len(rows))
    bare = next((at for at, row in enumerate(rows) if any(_is_figure(spot.text) for spot in row)), 0)
    heads = [at for at in range(min(bare, MOST_HEADERS)) if len(rows[at]) > 1 or rows[at][0].left > 0]
    count = max(marked, heads[-1] + 1 if heads else 0)
    return count if count < len(rows) else 0


def _is_figure(text: str) -> bool:
    return is_value(text) and not is_year(text)
