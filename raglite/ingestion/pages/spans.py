"""Over which columns of a table each run of a header line stands.

What spans is told by where its middle is: over the middle of several columns that have headers of their own below it.
Of all ways to share the columns of a line out among its runs, that is taken which is off the least.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, combinations_with_replacement, pairwise

from raglite.ingestion.pages.header_words import is_open_period, is_unit, is_year_header, names_period
from raglite.ingestion.pages.lines import Run

ALIGNED = 0.25  # of the distance between two columns: how far a header's middle may be off the middle it stands over
SHIFTED = 0.6  # of the same: further off its column, a header is doubtful
UNCOVERED = 0.4  # of the same, as the price of a column that nothing stands over though its header asks for it
SPANS_NOTHING = 0.3  # the price of a span over columns without headers, or over the middle one of three
SPANS_SAME = 1.0  # the price of a span over two columns with the same headers
COVERS_MORE = 0.5  # the price of taking for one column what reaches over several
COVERED = 0.6  # of a column's width that a header must reach over to stand over it whatever its middle is

Below = Mapping[int, tuple[Run, ...]]  # by column, what heads it, from the lowest line up


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

    @property
    def middle(self) -> float:
        """Return the middle between its right edge and the left one with the signs."""
        return (self.outer + self.right) / 2


@dataclass(frozen=True)
class Spans:
    """The columns of a table as spans of them; `labels` is where the labels of rows with figures end."""

    columns: tuple[Column, ...]
    labels: float

    def of(self, over: Sequence[Run], below: Below) -> list[tuple[int, int]]:
        """Return the first and last column of each run, from left to right."""
        if len(over) == 1 and (found := self._alone(over[0], below)):
            return [found]
        return self._partition(over, below) or [(at, at) for at in (self.nearest(run, below) for run in over)]

    def _alone(self, run: Run, below: Below) -> tuple[int, int] | None:
        """Return what a line's only run is said of: a unit of all columns, an open period of all that are years."""
        years = [at for at, runs in below.items() if is_year_header(runs[0].text)]
        if is_unit(run.text):
            return 0, len(self.columns) - 1
        if len(years) > 1 and is_open_period(run.text) and run.right > self.columns[min(years)].outer:
            return min(years), max(years)
        return None

    def _partition(self, over: Sequence[Run], below: Below) -> list[tuple[int, int]] | None:
        """Return the spans that together are the least off, from left to right; None if columns are too few."""
        count = len(self.columns)
        empty = [0.0, *accumulate(self._cost_of_none(at, below) for at in range(count))]
        best: list[tuple[float, list[tuple[int, int]]]] = [(cost, []) for cost in empty]  # by columns used so far
        for run in over:
            ways: list[list[tuple[float, list[tuple[int, int]]]]] = [[] for _ in range(count + 1)]
            for first, last in combinations_with_replacement(range(count), 2):
                cost = self._cost(run, (first, last), below)
                so_far, spans = best[first]
                ways[last + 1].append((so_far + cost, [*spans, (first, last)]))
            best = [(math.inf, [])]
            for at in range(1, count + 1):
                skipped = (best[-1][0] + empty[at] - empty[at - 1], best[-1][1])
                best.append(min([skipped, *ways[at]], key=lambda way: way[0]))
        return best[-1][1] if math.isfinite(best[-1][0]) else None

    def _cost(self, run: Run, span: tuple[int, int], below: Below) -> float:
        """Return how unlikely it is that a run stands over a span: how far off, and what speaks against it."""
        error = self._error(run, span, below)
        first, last = span
        if first == last:
            covered = sum(1 for at in range(len(self.columns)) if self._covers(run, at, below))
            return error + (COVERS_MORE if covered > 1 else 0.0)
        if error > ALIGNED:
            return math.inf
        inside = [" ".join(one.text for one in below[at]) for at in range(first, last + 1) if at in below]
        if len(inside) <= last - first:
            return error + SPANS_NOTHING
        if len(set(inside)) < len(inside):
            return error + SPANS_SAME
        is_middle = (last - first) % 2 == 0 and not names_period(run.text) and not all(map(names_period, inside))
        covers = sum(1 for at in range(first, last + 1) if self._covers(run, at, below)) > 1
        return error + (SPANS_NOTHING if is_middle and not covers else 0.0)

    def _cost_of_none(self, at: int, below: Below) -> float:
        """Return how unlikely it is that nothing stands over a column: a year or what repeats asks for more."""
        texts = [runs[0].text for runs in below.values()]
        asks = at in below and (names_period(below[at][0].text) or texts.count(below[at][0].text) > 1)
        return UNCOVERED if asks else UNCOVERED / 10

    def nearest(self, run: Run, below: Below) -> int:
        """Return the column a run stands over if it stands over one."""
        return min(range(len(self.columns)), key=lambda at: self._error(run, (at, at), below))

    def _covers(self, run: Run, at: int, below: Below) -> bool:
        left, right = (
            (below[at][0].left, below[at][0].right) if at in below else (self.columns[at].left, self.columns[at].right)
        )
        return min(run.right, right) - max(run.left, left) >= COVERED * (right - left)

    def is_off(self, run: Run, span: tuple[int, int], below: Below) -> bool:
        """Tell whether a run stands too far off a span for it to be certain."""
        is_said_of_all = span[0] < span[1] and (is_unit(run.text) or is_open_period(run.text))
        return not is_said_of_all and self._error(run, span, below) > SHIFTED

    def _error(self, run: Run, span: tuple[int, int], below: Below) -> float:
        """Return how far off a span a run stands, in distances between columns.

        The middle of a span is that of the headers below, or that of its cells: a cell begins where the figures of the
        column before end. A header over one column may also be set flush left or right.
        """
        first, last = span
        left = self._left(first)
        shifts = [middle(run) - (left + self.columns[last].right) / 2]
        if first in below and last in below:
            shifts.append(middle(run) - (middle(below[first][0]) + middle(below[last][0])) / 2)
        if first == last:
            head = below[first][0] if first in below else None
            column = self.columns[first]
            edges = (head.left, head.right) if head else (column.outer, column.right)
            shifts += [run.left - edges[0], run.right - edges[1], run.left - left]
        return min(map(abs, shifts)) / self._gap(first, last)

    def _left(self, at: int) -> float:
        """Return where the cells of a column begin."""
        first = self.columns[0]
        return self.columns[at - 1].right if at else min(first.outer, max(self.labels, first.right - self._gaps[0]))

    @cached_property
    def pitch(self) -> float:
        """Return the usual distance between two columns."""
        return statistics.median(self._gaps)

    @cached_property
    def _gaps(self) -> list[float]:
        """Return the distances between columns; one column stands as far from the labels."""
        gaps = [max(1.0, right.right - left.right) for left, right in pairwise(self.columns)]
        return gaps or [max(1.0, self.columns[0].right - self.labels)]

    def _gap(self, first: int, last: int) -> float:
        inside = self._gaps[first:last] if first < last else self._gaps[max(0, first - 1) : first + 1]
        return statistics.mean(inside) if first < last else min(inside)


def middle(run: Run) -> float:
    """Return the middle of a run."""
    return (run.left + run.right) / 2
