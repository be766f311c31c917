"""Where on its page an excerpt stands: what a reader's eye is to be led to.

An excerpt is made of whole lines of a page's blocks and tables, so a block or a row is marked if its text is part of
the excerpt, or a line of the excerpt part of it. White space does not count.
"""

import re
from collections.abc import Iterable, Iterator

from raglite.model import Block, BlockKind, Box, Page, Table

LEAST = 4  # characters: what is shorter stands everywhere
_SPACE = re.compile(r"\s+")


def marks(page: Page, excerpt: str) -> tuple[Box, ...]:
    """Return the boxes of what the excerpt shows of the page, in reading order; empty where nothing has a box."""
    lines = [line for line in map(_plain, excerpt.splitlines()) if len(line) >= LEAST]
    whole = _plain(excerpt)
    return tuple(dict.fromkeys(box for block in page.blocks for box in _of_block(page, block, lines, whole)))


def _of_block(page: Page, block: Block, lines: list[str], whole: str) -> Iterator[Box]:
    if block.kind is BlockKind.TABLE and block.table is not None:
        yield from _of_table(page.tables[block.table], lines)
    elif block.box and _is_shown(_plain(block.text), lines, whole):
        yield block.box


def _of_table(table: Table, lines: list[str]) -> Iterator[Box]:
    """Yield the rows that the excerpt shows."""
    rows: dict[int, list[tuple[str, Box]]] = {}
    for cell in table.cells:
        if cell.box and cell.text.strip():
            rows.setdefault(cell.row, []).append((_plain(cell.text), cell.box))
    for cells in rows.values():
        if any(all(text in line for text, _ in cells) for line in lines):
            yield around(box for _, box in cells)


def _is_shown(text: str, lines: list[str], whole: str) -> bool:
    return len(text) >= LEAST and (text in whole or any(line in text for line in lines))


def around(boxes: Iterable[Box]) -> Box:
    """Return the smallest box that holds some, of which there is one at least."""
    every = list(boxes)
    return Box(
        left=min(box.left for box in every),
        top=min(box.top for box in every),
        right=max(box.right for box in every),
        bottom=max(box.bottom for box in every),
    )


def _plain(text: str) -> str:
    return _SPACE.sub("", text).strip("\u2026")
