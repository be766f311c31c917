"""The columns of a table: where they stand, and which of a line's runs belongs to which.

Figures that overlap from row to row are a column, and so are words that stand below one another beside them. Column 0
holds the labels.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from raglite.ingestion.pages.headers import Heads
from raglite.ingestion.pages.lines import Line, Run
from raglite.ingestion.pages.spans import Column

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


def heads_of(body: Sequence[Line], frame: Frame) -> Heads:
    """Return what the headers above these lines stand over: their columns, and where their labels end."""
    columns = columns_of(body, frame)
    labels = [line.runs[0].right for line in body if values(line, frame) and not line.runs[0].is_value]
    first = columns[0].outer
    return Heads(tuple(columns), max((right for right in labels if right < first), default=frame.left))


def columns_of(body: Sequence[Line], frame: Frame) -> list[Column]:
    """Return where figures stand, and beside them words that stand below one another, from left to right."""
    rows = [(line, found) for line in body if (found := values(line, frame))]
    columns = _figure_columns([found for _, found in rows], RIGHT_EDGES * max(line.height for line in body))
    columns = [column for column in columns if not _is_in_labels(column, rows)] or columns
    edge = min(column.left for column in columns)
    beside = [run for line in body for run in line.runs[1:] if run.left > min(edge, line.runs[0].right)]
    words = [run for run in beside if not run.is_value and not any(meets(run, column) for column in columns)]
    words.sort(key=lambda run: run.core)
    return sorted([*columns, *_grouped(words, _overlaps, fewest=FEWEST_WORDS)], key=lambda column: column.right)


def _is_in_labels(column: Column, rows: Sequence[tuple[Line, Sequence[Run]]]) -> bool:
    """Tell whether more labels reach into a column than figures stand there: then those are figures in labels."""
    labels = sum(1 for line, found in rows if line.runs[0] not in found and line.runs[0].right > column.left)
    return labels > sum(1 for _, found in rows for run in found if meets(run, column))


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
    counts = [Counter(nearest(run, columns) for run in row) for row in rows]
    return sum(number - 1 for count in counts for number in count.values())


def nearest(run: Run, columns: Sequence[Column]) -> int:
    """Return the column a run stands in: by its right edge, since figures are set flush right, among those it meets."""
    met = [at for at, column in enumerate(columns) if meets(run, column)]
    return min(met or range(len(columns)), key=lambda at: abs(columns[at].right - run.right))


def meets(run: Run, column: Column) -> bool:
    """Tell whether a run's figure overlaps a column."""
    return run.core[0] < column.right and column.left < run.right
