"""The columns of a table: where they stand, and which of a line's runs belongs to which.

Figures that overlap from row to row are a column, and so are words that stand below one another beside them. Column 0
holds the labels. Where two figures fall into one cell, or two headers onto one column, the cells say so.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from raglite.ingestion.lines import Line, Run, around
from raglite.model import Cell

LABEL_MARGIN = 4.0  # line heights from the left edge within which a figure is a row's label (a year, a note's number)
FEWEST_SHARING = 2  # figures that make a right edge a column's
LONGEST_TAIL = 4  # words after a row's last figure; more is prose with a figure in it
FEWEST_WORDS = 2  # runs of words below one another that make a column
RIGHT_EDGES = 0.9  # line heights between the right edges of two columns, where overlap does not tell them apart


@dataclass(frozen=True, slots=True)
class Frame:
    """Between which left and right edges a page's lines stand."""

    left: float
    right: float

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "Frame":
        """Return the edges that hold all lines."""
        return cls(min((line.left for line in lines), default=0.0), max((line.right for line in lines), default=0.0))


@dataclass(frozen=True, slots=True)
class Column:
    """Where a column's figures stand; `outer` is its left edge with the currency signs."""

    left: float
    right: float
    outer: float

    @classmethod
    def of(cls, runs: Sequence[Run]) -> "Column":
        """Return the column that holds these runs."""
        return cls(min(r.core[0] for r in runs), max(r.right for r in runs), min(r.left for r in runs))


def values(line: Line, frame: Frame) -> tuple[Run, ...]:
    """Return the runs of a line that are figures of a row: not its label, and nothing in the middle of prose."""
    found = [run for index, run in enumerate(line.runs) if run.is_value and not is_label(index, run, line, frame)]
    if not found:
        return ()
    tail = line.runs[line.runs.index(found[-1]) + 1 :]
    return () if sum(len(run.words) for run in tail) > LONGEST_TAIL else tuple(found)


def is_label(index: int, run: Run, line: Line, frame: Frame) -> bool:
    """Tell whether a run, the line's `index`th, stands where labels do."""
    return index == 0 and run.left < frame.left + LABEL_MARGIN * line.height


def cells_of(head: Sequence[Line], body: Sequence[Line], frame: Frame) -> tuple[tuple[Cell, ...], int]:
    """Return the cells of a table that has these lines, row by row, and how many columns it has."""
    columns = _columns(body, frame)
    rows = [_Row.of(line, columns, frame) for line in body]
    rows = [_header(line, columns, frame) for line in head] + list(_unwrapped(rows))
    return tuple(cell for number, row in enumerate(rows) for cell in row.cells(number)), len(columns) + 1


def _columns(body: Sequence[Line], frame: Frame) -> list[Column]:
    """Return where figures stand, and beside them words that stand below one another, from left to right."""
    figures = [values(line, frame) for line in body]
    columns = _figure_columns(figures, RIGHT_EDGES * max(line.height for line in body))
    edge = min(column.left for column in columns)
    beside = [run for line in body for run in line.runs[1:] if run.left > min(edge, line.runs[0].right)]
    words = [run for run in beside if not run.is_value and not any(_meets(run, column) for column in columns)]
    words.sort(key=lambda run: run.core)
    return sorted([*columns, *_grouped(words, _overlaps, fewest=FEWEST_WORDS)], key=lambda column: column.right)


def _figure_columns(rows: Sequence[Sequence[Run]], near: float) -> list[Column]:
    """Group figures by overlap, or by right edges that rows share if that tells more of a row's figures apart."""
    runs = sorted((run for row in rows for run in row), key=lambda run: run.core)
    by_overlap = _grouped(runs, _overlaps)
    if not _collisions(rows, by_overlap):
        return by_overlap
    runs.sort(key=lambda run: run.right)
    by_edge = _grouped(runs, lambda run, group: run.right - group[-1].right <= near, fewest=FEWEST_SHARING)
    return min(by_overlap, by_edge, key=lambda columns: _collisions(rows, columns))


def _overlaps(run: Run, group: Sequence[Run]) -> bool:
    return run.core[0] < max(other.right for other in group)


def _grouped(runs: Iterable[Run], belongs: Callable[[Run, Sequence[Run]], bool], fewest: int = 1) -> list[Column]:
    groups: list[list[Run]] = []
    for run in runs:
        if groups and belongs(run, groups[-1]):
            groups[-1].append(run)
        else:
            groups.append([run])
    return [Column.of(group) for group in groups if len(group) >= fewest]


def _collisions(rows: Sequence[Sequence[Run]], columns: Sequence[Column]) -> int:
    counts = [Counter(_nearest(run, columns) for run in row) for row in rows]
    return sum(number - 1 for count in counts for number in count.values())


def _nearest(run: Run, columns: Sequence[Column]) -> int:
    """Return the column a run stands in: by its right edge, since figures are set flush right, among those it meets."""
    meets = [at for at, column in enumerate(columns) if _meets(run, column)]
    return min(meets or range(len(columns)), key=lambda at: abs(columns[at].right - run.right))


def _meets(run: Run, column: Column) -> bool:
    return run.core[0] < column.right and column.left < run.right


@dataclass(frozen=True)
class _Row:
    """Runs by column, 0 being the label's."""

    runs: dict[int, tuple[Run, ...]] = field(default_factory=dict)
    is_header: bool = False
    doubtful: frozenset[int] = frozenset()

    @classmethod
    def of(cls, line: Line, columns: Sequence[Column], frame: Frame) -> "_Row":
        figures = values(line, frame)
        placed: dict[int, tuple[Run, ...]] = {}
        for index, run in enumerate(line.runs):
            label = run not in figures and (index == 0 or run.right <= columns[0].left)
            column = 0 if label else 1 + _nearest(run, columns)
            placed[column] = (*placed.get(column, ()), run)
        doubtful = {column for column, runs in placed.items() if column and sum(run.figures for run in runs) > 1}
        return cls(placed, doubtful=frozenset(doubtful))

    @property
    def is_label(self) -> bool:
        return set(self.runs) == {0}

    @property
    def label_continues(self) -> bool:
        return 0 in self.runs and self.runs[0][0].text[0].islower()

    def joined(self, below: "_Row") -> "_Row":
        label = (*self.runs.get(0, ()), *below.runs.get(0, ()))
        return replace(self, runs={**below.runs, **self.runs, 0: label}, doubtful=self.doubtful | below.doubtful)

    def cells(self, row: int) -> Iterator[Cell]:
        for column, runs in sorted(self.runs.items()):
            yield Cell(
                row=row,
                column=column,
                text=" ".join(run.text for run in runs),
                box=around(word for run in runs for word in run.words),
                is_header=self.is_header,
                low_confidence=column in self.doubtful,
            )


def _header(line: Line, columns: Sequence[Column], frame: Frame) -> _Row:
    """Place what stands over the columns, by where its middle falls between their borders."""
    borders = [(left.right + max(left.right, right.outer)) / 2 for left, right in pairwise(columns)]
    placed: dict[int, tuple[Run, ...]] = {}
    for index, run in enumerate(line.runs):
        label = is_label(index, run, line, frame) or run.right < columns[0].outer
        covered = [at for at, column in enumerate(columns) if run.left <= column.left and column.right <= run.right]
        middle = (run.left + run.right) / 2
        column = covered[0] if len(covered) > 1 else sum(1 for border in borders if border < middle)
        placed.setdefault(0 if label else 1 + column, ())
        placed[0 if label else 1 + column] += (run,)
    doubtful = {column for column, runs in placed.items() if column and len(runs) > 1}
    return _Row(placed, is_header=True, doubtful=frozenset(doubtful))


def _unwrapped(rows: Iterable[_Row]) -> Iterator[_Row]:
    """Join labels that run over lines: one that begins in lower case goes with the row above."""
    held: _Row | None = None
    for row in rows:
        if held and row.label_continues and (row.is_label or held.is_label):
            held = held.joined(row)
            continue
        if held:
            yield held
        held = row
    if held:
        yield held
