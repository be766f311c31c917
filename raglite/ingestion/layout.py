"""A page from its words: text as printed, blocks in reading order, tables.

What stands out (bold, larger) is a heading. A line goes on with the paragraph above if its first word would not have
fitted there; lines of several runs are rows and stay whole. Columns of prose are read one after the other.
"""

import statistics
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from raglite.ingestion.lines import Line, Run, Word, around, layout, lines
from raglite.ingestion.tables import FoundTable, find_tables
from raglite.model import Block, BlockKind, Page, Table

LAYOUT_VERSION = 1  # rises with every change that gives other pages: part of a parsed document's parser version
LONGEST_HEADING = 120  # characters
LARGER = (1.5, 1.15)  # times the body's height: headings of level 1 and of level 2
RESIZED = 1.35  # times the height of the line above: another paragraph, beyond what the letters of a line make
LONGEST_MARK = 4  # characters of a bullet or a footnote's mark
PARAGRAPH_GAP = 1.2  # line heights between two paragraphs
FEWEST_LINES = 8  # that have prose on both sides of the gutter
GUTTER = (0.35, 0.65)  # of the text's width: where the gutter of two columns may lie
FILLED = 0.6  # of its column's width that a typical line of prose fills
FEWEST_WORDS = 4  # of a line of prose
LOWER_CASE = 0.55  # of the words of prose begin so; names and titles set side by side do not


def page_of(number: int, words: Iterable[Word], size: tuple[float, float] = (0, 0)) -> Page:
    """Return page `number` (1-based) of `size` (width, height in points); without a size no box is given."""
    blocks: list[Block] = []
    tables: list[Table] = []
    texts: list[str] = []
    for column in _columns(lines(words)):
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


def _columns(found: list[Line]) -> list[list[Line]]:
    """Return the lines in reading order, as groups that are laid out each for itself: two columns are two groups."""
    gutter = _gutter(found)
    if gutter is None:
        return [found]
    ordered: list[list[Line]] = []
    for crosses, group in groupby(found, key=lambda line: any(run.left < gutter < run.right for run in line.runs)):
        part = list(group)
        if crosses or sum(1 for line in part if _sides(line, gutter)) < FEWEST_LINES:
            ordered.append(part)
            continue
        words = [word for line in part for word in line.words]
        ordered += [lines(word for word in words if word.right < gutter), lines(w for w in words if w.left > gutter)]
    return ordered


def _gutter(found: Sequence[Line]) -> float | None:
    """Return where the gutter between two columns of prose stands, None if there is no such thing."""
    if not found:
        return None
    left, right = min(line.left for line in found), max(line.right for line in found)
    low, high = (left + share * (right - left) for share in GUTTER)
    gaps = [
        (one.right + other.left) / 2
        for line in found
        for one, other in pairwise(line.runs)
        if low < (one.right + other.left) / 2 < high
    ]
    if len(gaps) < FEWEST_LINES:
        return None
    gutter = statistics.median(gaps)
    pairs = [sides for line in found if (sides := _sides(line, gutter))]
    if len(pairs) < max(FEWEST_LINES, len(gaps) / 2):
        return None
    filled = statistics.median((one.right - left) / (gutter - left) for one, _ in pairs)
    words = [word.text for pair in pairs for run in pair for word in run.words]
    return gutter if filled > FILLED and sum(w[0].islower() for w in words) > LOWER_CASE * len(words) else None


def _sides(line: Line, gutter: float) -> tuple[Run, Run] | None:
    """Return the line's two runs if there are words of prose on both sides of the gutter and nothing else."""
    if len(line.runs) != len(("left", "right")):
        return None
    one, other = line.runs
    is_prose = len(one.words) >= FEWEST_WORDS and len(other.words) >= FEWEST_WORDS
    return (one, other) if one.right < gutter < other.left and is_prose else None


def _without_boxes(page: Page) -> Page:
    blocks = tuple(block.model_copy(update={"box": None}) for block in page.blocks)
    tables = tuple(
        table.model_copy(
            update={"box": None, "cells": tuple(cell.model_copy(update={"box": None}) for cell in table.cells)}
        )
        for table in page.tables
    )
    return page.model_copy(update={"blocks": blocks, "tables": tables})
