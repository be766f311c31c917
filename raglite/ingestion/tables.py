"""Tables from the geometry of lines: which lines are rows, and which of them head the columns.

A table is a run of lines with figures to the right of labels, and the lines right above that stand over its columns.
A header that spans columns stands in the first of them. A wrong year beside a figure is worse than none: what cannot
be told apart is marked.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from raglite.ingestion.columns import LONGEST_TAIL, Frame, cells_of, is_label, values
from raglite.ingestion.lines import Line, Run, around, layout
from raglite.model import Table

ROW_GAP = 3.5  # line heights between two rows of one table
HEADER_GAP = 3.0  # the same between a header and what it heads
LONGEST_HEADER = 10  # words
FEWEST_ROWS = 2
REMEMBERED = 60  # figures above a lone one, which is in the table if it ends where one of them does
MOST_HEADERS = 7  # lines above the first figures that are looked at
HEADER_SLACK = 2.5  # line heights a header's middle may stand left of the columns it heads
HEADER_REACH = 6.0  # the same for its left edge: a page's title, centred, begins further left


@dataclass(frozen=True)
class FoundTable:
    """A table and the lines [first, last) it is made of."""

    first: int
    last: int
    table: Table


def find_tables(lines: Sequence[Line]) -> list[FoundTable]:
    """Return the tables among a page's lines, from top to bottom; no line is in two of them."""
    frame = Frame.of(lines)
    found: list[FoundTable] = []
    for region in _regions(lines, frame):
        for start, end in _parts(lines, frame, region):
            floor = found[-1].last if found else 0
            rows = _Rows.of(lines, frame, (floor, start, end))
            if rows:
                found.append(FoundTable(rows.first, rows.first + len(rows.lines), rows.table()))
    return found


def _regions(lines: Sequence[Line], frame: Frame) -> Iterator[tuple[int, int]]:
    """Yield runs of lines that have figures, with the labels and headers between them."""
    index = 0
    while index < len(lines):
        if len(lines[index].runs) == 1 or not values(lines[index], frame):
            index += 1
            continue
        last = _end(lines, frame, index)
        if sum(1 for line in lines[index:last] if values(line, frame)) >= FEWEST_ROWS:
            yield index, last
        index = last


def _end(lines: Sequence[Line], frame: Frame, first: int) -> int:
    """Return where the region that starts at `first` ends: after its last figures, or the label they wrap into."""
    edge, last = _edge(values(lines[first], frame)), first + 1
    rights = deque((run.right for run in values(lines[first], frame)), REMEMBERED)
    for index in range(first + 1, len(lines)):
        line, before = lines[index], lines[index - 1]
        found = values(line, frame)
        is_number_of_page = len(line.runs) == 1 and not any(abs(line.right - right) < line.height for right in rights)
        if line.top - before.bottom > ROW_GAP * before.height or (found and is_number_of_page):
            break
        if found:
            rights.extend(run.right for run in found)
            edge, last = min(edge, _edge(found)), index + 1
        elif _continues(line) and index == last and line.right < edge:
            last = index + 1
        elif not (line.right < edge or _heads(line, edge, frame)):
            break
    return last


def _parts(lines: Sequence[Line], frame: Frame, region: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Cut a region where a line of years comes after figures: there another table begins."""
    start, edge, seen = region[0], float("inf"), False
    for index in range(*region):
        found = values(lines[index], frame)
        if seen and _begins_table(lines[index], edge, frame):
            cut = index
            while cut > start and not values(lines[cut - 1], frame) and _heads(lines[cut - 1], edge, frame):
                cut -= 1
            yield start, cut
            start, seen = cut, False
        seen = seen or any(run.is_figure for run in found)
        edge = min(edge, _edge(found))
    yield start, region[1]


def _begins_table(line: Line, edge: float, frame: Frame) -> bool:
    is_text = len(line.runs) > 1 and not any(run.is_value for run in line.runs)
    return _is_year_row(line, frame) or (is_text and _heads(line, edge, frame))


def _is_year_row(line: Line, frame: Frame) -> bool:
    runs = [run for index, run in enumerate(line.runs) if not is_label(index, run, line, frame)]
    return bool(runs) and all(run.names_year and len(run.words) <= LONGEST_TAIL for run in runs)


def _heads(line: Line, edge: float, frame: Frame) -> bool:
    """Tell whether a line stands over the columns that begin at `edge`, but for a label at the left edge."""
    runs = [run for index, run in enumerate(line.runs) if not is_label(index, run, line, frame)]
    over = all(_is_over(run, edge, line.height) and len(run.words) <= LONGEST_HEADER for run in runs)
    return bool(runs) and over and (len(runs) == len(line.runs) or line.runs[0].right < runs[0].left)


def _is_over(run: Run, edge: float, height: float) -> bool:
    middle = (run.left + run.right) / 2
    return middle >= edge - HEADER_SLACK * height and run.left >= edge - HEADER_REACH * height


def _continues(line: Line) -> bool:
    return line.words[0].text[0].islower()


def _edge(runs: Iterable[Run]) -> float:
    return min((run.left for run in runs), default=float("inf"))


@dataclass(frozen=True)
class _Rows:
    """The lines of one table: `heads` of them from `first` on head its columns."""

    lines: tuple[Line, ...]
    first: int
    heads: int
    frame: Frame

    @classmethod
    def of(cls, lines: Sequence[Line], frame: Frame, bounds: tuple[int, int, int]) -> "_Rows | None":
        """Return lines [first, last) with the headers above them, down from `floor`; None if too few have figures."""
        floor, first, last = bounds
        body = next((at for at in range(first, last) if _has_figures(lines[at], frame)), last)
        figures = [found for line in lines[body:last] if (found := values(line, frame))]
        if len(figures) < FEWEST_ROWS:
            return None
        while not (values(lines[last - 1], frame) or _continues(lines[last - 1])):
            last -= 1
        heads = _header_lines(lines, frame, (max(floor, body - MOST_HEADERS), body), min(map(_edge, figures)))
        start = heads[0] if heads else body
        return cls(tuple(lines[start:last]), start, heads[-1] + 1 - start if heads else 0, frame)

    def table(self) -> Table:
        cells, columns = cells_of(self.lines[: self.heads], self.lines[self.heads :], self.frame)
        box = around(cell.box for cell in cells if cell.box)
        rows = 1 + max(cell.row for cell in cells)
        return Table(rows=rows, columns=columns, cells=cells, text=layout(self.lines), box=box)


def _header_lines(lines: Sequence[Line], frame: Frame, bounds: tuple[int, int], edge: float) -> list[int]:
    """Return which lines right above a table's figures head its columns; labels may stand between."""
    heads: list[int] = []
    for index in reversed(range(*bounds)):
        line, below = lines[index], lines[index + 1]
        if below.top - line.bottom > HEADER_GAP * line.height:
            break
        if _heads(line, edge, frame) and not _is_title(line, frame):
            heads.insert(0, index)
        elif line.right >= edge:
            break
    return heads


def _is_title(line: Line, frame: Frame) -> bool:
    """Tell whether a line stands alone in the middle of the page, as titles do."""
    return len(line.runs) == 1 and abs(line.left + line.right - frame.left - frame.right) < 2 * line.height


def _has_figures(line: Line, frame: Frame) -> bool:
    return bool(values(line, frame)) and not _is_year_row(line, frame)
