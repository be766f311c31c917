"""Tables from the geometry of lines: which lines are rows, and which of them head the columns.

A table is a run of lines with figures to the right of labels, and the lines right above that stand over its columns.
A header that spans columns stands in each of them. A wrong year beside a figure is worse than none: what cannot
be told apart is marked.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from raglite.ingestion.pages.columns import LONGEST_TAIL, Frame, heads_of, is_label, values
from raglite.ingestion.pages.continued import headed
from raglite.ingestion.pages.header_words import LONGEST_HEADER, is_open_period
from raglite.ingestion.pages.headers import Heads
from raglite.ingestion.pages.lines import Line, Run, around, layout
from raglite.ingestion.pages.rows import cells_of
from raglite.ingestion.pages.statements import statement_title
from raglite.model import Table

ROW_GAP = 3.5  # line heights between two rows of one table
HEADER_GAP = 3.0  # the same between a header and what it heads
YEARS_GAP = 6.0  # the same between a row of years and what it heads
FEWEST_ROWS = 2
REMEMBERED = 60  # figures above a lone one, which is in the table if it ends where one of them does
MOST_HEADERS = 10  # lines above the first figures that are looked at
MOST_BETWEEN = 4  # lines between two parts of one table
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
                table = rows.table()
                if found and _goes_on(lines[found[-1].last : rows.first]):
                    table = headed(table, found[-1].table, keep_boxes=True)
                found.append(FoundTable(rows.first, rows.first + len(rows.lines), table))
    return found


def _goes_on(between: Sequence[Line]) -> bool:
    """Tell whether lines between two tables are labels, so that the second may be the first's continuation."""
    return len(between) <= MOST_BETWEEN and all(
        len(line.runs) == 1 and len(line.words) <= LONGEST_HEADER and line.text[-1] not in ".;" for line in between
    )


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
    """The lines of one table: `count` of them from `first` on head its columns."""

    lines: tuple[Line, ...]
    first: int
    count: int
    heads: Heads
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
        heads = heads_of(lines[body:last], frame)
        over = _header_lines(lines, frame, (max(floor, body - MOST_HEADERS), body), heads)
        start = over[0] if over else body
        heads = heads.with_empty([lines[at] for at in over])
        return cls(tuple(lines[start:last]), start, over[-1] + 1 - start if over else 0, heads, frame)

    def table(self) -> Table:
        body = self.lines[self.count :]
        columns = self.heads.columns
        cells = cells_of(self.heads.place(self.lines[: self.count]), body, columns, self.frame)
        box = around(cell.box for cell in cells if cell.box)
        rows = 1 + max(cell.row for cell in cells)
        return Table(rows=rows, columns=len(columns) + 1, cells=cells, text=layout(self.lines), box=box)


def _header_lines(lines: Sequence[Line], frame: Frame, bounds: tuple[int, int], heads: Heads) -> list[int]:
    """Return which lines right above a table's figures head its columns; labels may stand between."""
    found: list[int] = []
    for index in reversed(range(*bounds)):
        line, below = lines[index], lines[index + 1]
        gap = YEARS_GAP if _is_year_row(line, frame) else HEADER_GAP
        if below.top - line.bottom > gap * max(line.height, below.height) or _has_figures(line, frame):
            break
        if len(line.runs) == 1 and statement_title([line.text]):
            if found:
                break
        elif (heads.split(line) and not _is_title(line, frame)) or _is_open_period(line):
            found.insert(0, index)
        elif line.right >= heads.columns[0].outer:
            break
    return found


def _is_open_period(line: Line) -> bool:
    return len(line.runs) == 1 and is_open_period(line.text) and not line.text[0].islower() and line.text[-1] != "."


def _is_title(line: Line, frame: Frame) -> bool:
    """Tell whether a line stands alone in the middle of the page, as titles do."""
    return len(line.runs) == 1 and abs(line.left + line.right - frame.left - frame.right) < 2 * line.height


def _has_figures(line: Line, frame: Frame) -> bool:
    return any(not run.is_year for run in values(line, frame))
