"""Tables that go on: below a line that cuts them, or on the next page. They get the header rows of their beginning.

A table goes on if it has no header, its columns stand below those of the table before, and nothing but short lines
(running headers, titles, labels) stands between the two.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from raglite.ingestion.pages.sections import heading
from raglite.model import Block, BlockKind, Box, Cell, Page, Table

LONGEST_BETWEEN = 120  # characters of a line that may stand between the two parts
MOST_BETWEEN = 8  # such lines
DEEPEST_BETWEEN = 3  # a part, an Item or a Note begins something else


def joined(pages: Sequence[Page]) -> list[Page]:
    """Return the pages, header rows repeated in tables that go on; what is repeated from another page has no box."""
    found = list(pages[:1])
    for page in pages[1:]:
        tables = meeting(found[-1], page)
        found.append(_with_headers(page, *tables) if tables else page)
    return found


def meeting(before: Page, page: Page) -> tuple[Table, int] | None:
    """Return the table one page ends with and the index of the one the next begins with, but for a few short lines."""
    last, first = _last_table(before), _first_table(page)
    return None if last is None or first is None or page.number != before.number + 1 else (last, first)


def is_below(table: Table, before: Table) -> bool:
    """Tell whether a table's columns stand below those of the table before."""
    return _below(_extents(before), _extents(table)) is not None


def headed(table: Table, before: Table, *, keep_boxes: bool) -> Table:
    """Return the table with the header rows of the one before, or as it is if it has its own or other columns."""
    heads = [cell for cell in before.cells if cell.is_header]
    if not heads or any(cell.is_header for cell in table.cells):
        return table
    columns = _below(_extents(before), _extents(table))
    if columns is None:
        return table
    rows = 1 + max(cell.row for cell in heads)
    repeated = tuple(_repeated(heads, columns, keep_boxes=keep_boxes))
    own = tuple(cell.model_copy(update={"row": cell.row + rows}) for cell in table.cells)
    return table.model_copy(update={"rows": table.rows + rows, "cells": repeated + own})


def _with_headers(page: Page, before: Table, first: int) -> Page:
    table = headed(page.tables[first], before, keep_boxes=False)
    return page.model_copy(update={"tables": (*page.tables[:first], table, *page.tables[first + 1 :])})


def _repeated(heads: Sequence[Cell], columns: Mapping[int, int], *, keep_boxes: bool) -> Iterator[Cell]:
    for cell in heads:
        if cell.column in columns:
            box = cell.box if keep_boxes else None
            yield cell.model_copy(update={"column": columns[cell.column], "box": box})


def _extents(table: Table) -> dict[int, tuple[float, float]]:
    """Return left and right of each column's figures, the labels' column left out."""
    boxes: dict[int, list[Box]] = {}
    for cell in table.cells:
        if cell.column and cell.box and not cell.is_header:
            boxes.setdefault(cell.column, []).append(cell.box)
    return {at: (min(box.left for box in some), max(box.right for box in some)) for at, some in boxes.items()}


def _below(above: Mapping[int, tuple[float, float]], own: Mapping[int, tuple[float, float]]) -> dict[int, int] | None:
    """Return which own column stands below which; None unless each stands below one and they are in one order."""
    pairs = [
        (at, column)
        for column, (left, right) in sorted(own.items())
        for at, (other_left, other_right) in sorted(above.items())
        if left < other_right and other_left < right
    ]
    if not own or len(pairs) != len(own) or any(second <= first for (first, _), (second, _) in pairwise(pairs)):
        return None
    return {0: 0, **dict(pairs)}


def _last_table(page: Page) -> Table | None:
    """Return the table that a page ends with, but for a few short lines."""
    at = next((at for at, block in enumerate(reversed(page.blocks)) if block.kind is BlockKind.TABLE), None)
    if at is None or not _is_short(page.blocks[len(page.blocks) - at :]):
        return None
    table = page.blocks[len(page.blocks) - 1 - at].table
    return None if table is None else page.tables[table]


def _first_table(page: Page) -> int | None:
    """Return the index of the table that a page begins with, but for a few short lines."""
    at = next((at for at, block in enumerate(page.blocks) if block.kind is BlockKind.TABLE), None)
    return page.blocks[at].table if at is not None and _is_short(page.blocks[:at]) else None


def _is_short(blocks: Sequence[Block]) -> bool:
    return len(blocks) <= MOST_BETWEEN and all(_may_stand_between(block.text) for block in blocks)


def _may_stand_between(text: str) -> bool:
    found = heading(text)
    return len(text) <= LONGEST_BETWEEN and (found is None or found.level > DEEPEST_BETWEEN)
