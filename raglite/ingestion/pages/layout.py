"""A page from its words: text as printed, blocks in reading order, tables.

What stands out (bold, larger) is a heading. A line goes on with the paragraph above if its first word would not have
fitted there; lines of several runs are rows and stay whole.
"""

import statistics
from collections.abc import Iterable, Iterator, Sequence

from raglite.ingestion.pages.lines import Line, Word, around, layout
from raglite.ingestion.pages.reading_order import in_reading_order
from raglite.ingestion.pages.tables import FoundTable, find_tables
from raglite.model import Block, BlockKind, Page, Table

LAYOUT_VERSION = 3  # rises with every change that gives other pages: part of a parsed document's parser version
LONGEST_HEADING = 120  # characters
LARGER = (1.5, 1.15)  # times the body's height: headings of level 1 and of level 2
RESIZED = 1.35  # times the height of the line above: another paragraph, beyond what the letters of a line make
LONGEST_MARK = 4  # characters of a bullet or a footnote's mark
PARAGRAPH_GAP = 1.2  # line heights between two paragraphs


def page_of(number: int, words: Iterable[Word], size: tuple[float, float] = (0, 0)) -> Page:
    """Return page `number` (1-based) of `size` (width, height in points); without a size no box is given."""
    blocks: list[Block] = []
    tables: list[Table] = []
    texts: list[str] = []
    for column in in_reading_order(words, size):
        found = find_tables(column)
        blocks += _blocks(column, found, len(tables))
        tables += [one.table for one in found]
        texts.append(layout(column))
    width, height = size
    page = Page(
        number=number,
        text="\n".join(texts),
        blocks=tuple(blocks),
        tables=tuple(tables),
        width=round(width, 1),
        height=round(height, 1),
    )
    return page if width else _without_boxes(page)


def _blocks(column: Sequence[Line], found: Sequence[FoundTable], first_table: int) -> Iterator[Block]:
    if not column:
        return
    tables = {table.first: (first_table + at, table) for at, table in enumerate(found)}
    body = statistics.median(line.height for line in column for _ in line.words)
    right = max(line.right for line in column)
    held: list[Line] = []
    index = 0
    while index < len(column):
        if held and (index in tables or not _goes_on(held[-1], column[index], right)):
            yield _block(held, body)
            held = []
        if index in tables:
            at, one = tables[index]
            yield Block(kind=BlockKind.TABLE, text=one.table.text, table=at, box=one.table.box)
            index = one.last
            continue
        held.append(column[index])
        index += 1
    if held:
        yield _block(held, body)


def _goes_on(last: Line, line: Line, right: float) -> bool:
    """Tell whether a line continues the paragraph or heading of the line above, in a column that ends at `right`."""
    if line.top - last.bottom > PARAGRAPH_GAP * last.height or line.is_bold != last.is_bold:
        return False
    if _is_row(line) or _is_row(last) or not 1 / RESIZED < line.height / last.height < RESIZED:
        return False
    first = line.words[0]
    return last.right + (first.right - first.left) > right


def _is_row(line: Line) -> bool:
    """Tell whether a line is a row of its own; a bullet or a footnote's mark does not make one."""
    return len(line.runs) > 1 + (len(line.runs[0].text) <= LONGEST_MARK)


def _block(held: Sequence[Line], body: float) -> Block:
    text = " ".join(line.text for line in held)
    level = _level(held[0], body) if len(text) <= LONGEST_HEADING else 0
    kind = BlockKind.HEADING if level else BlockKind.PARAGRAPH
    return Block(kind=kind, text=text, level=level, box=around(word for line in held for word in line.words))


def _level(line: Line, body: float) -> int:
    """Return a heading's level, 0 for what is none: larger than the body, or bold and no sentence."""
    if not any(letter.isalpha() for letter in line.text) or _is_row(line):
        return 0
    if line.height >= LARGER[0] * body:
        return 1
    if line.text[-1] in ".,;" or not (line.is_bold or line.height >= LARGER[1] * body):
        return 0
    return 2 if line.text.isupper() or line.height >= LARGER[1] * body else 3


def _without_boxes(page: Page) -> Page:
    blocks = tuple(block.model_copy(update={"box": None}) for block in page.blocks)
    tables = tuple(
        table.model_copy(
            update={"box": None, "cells": tuple(cell.model_copy(update={"box": None}) for cell in table.cells)}
        )
        for table in page.tables
    )
    return page.model_copy(update={"blocks": blocks, "tables": tables})
