"""What heads the columns of a table: which lines do, and over which columns each of their words stands.

A header that spans columns (spans.py) stands in every one of them. Where nothing tells which, it is marked doubtful.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from raglite.ingestion.pages.header_words import LONGEST_HEADER, is_unit
from raglite.ingestion.pages.lines import Line, Run
from raglite.ingestion.pages.spans import SHIFTED, Below, Column, Spans, middle

_ANY_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True)
class Placed:
    """A header line's runs by column, 0 being the label's; a run that spans columns stands in each."""

    runs: dict[int, tuple[Run, ...]] = field(default_factory=dict)
    doubtful: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Heads:
    """The columns of a table as its headers see them; `labels` is where the labels of rows with figures end."""

    columns: tuple[Column, ...]
    labels: float

    def split(self, line: Line) -> tuple[tuple[Run, ...], tuple[Run, ...]] | None:
        """Return a line's runs over the labels and those over the columns; None if it is no header."""
        runs = tuple(piece for run in line.runs for piece in _pieces(run))
        years = [at for at, run in enumerate(runs) if run.names_year]
        first = next((at for at, run in enumerate(runs) if middle(run) >= self._least), len(runs))
        first = min(first, years[0]) if len(years) > 1 else first
        label, over = runs[:first], runs[first:]
        is_text = any(len(run.words) > LONGEST_HEADER for run in over)
        if not over or is_text or (over[0].left < self._leftmost and len(years) < 2):  # noqa: PLR2004  years side by side
            return None
        return (label, over) if not label or label[-1].right < self.columns[0].right else None

    def place(self, lines: Sequence[Line]) -> list[Placed]:
        """Return where the runs of header lines stand; what is below a line tells what the line spans."""
        below: dict[int, tuple[Run, ...]] = {}
        placed: list[Placed] = []
        for line in reversed(lines):
            label, over = self.split(line) or (line.runs, ())
            spans = self._spans.of(over, below)
            placed.insert(0, self._placed(label, list(zip(over, spans, strict=True)), below))
            for run, (first, last) in zip(over, spans, strict=True):
                if not is_unit(run.text):
                    below |= {at: (*below.get(at, ()), run) for at in range(first, last + 1)}
        return placed

    def with_empty(self, lines: Sequence[Line]) -> "Heads":
        """Return these with the columns that have a header and not one figure: where two headers meet on a column."""
        for line in lines:
            _, over = self.split(line) or ((), ())
            singles = [self._spans.nearest(run, {}) for run in over]
            if len(set(Counter(singles).values())) < 2:  # noqa: PLR2004  every column has the same number
                continue
            free = [
                run for run in over if not any(run.left < one.right and one.outer < run.right for one in self.columns)
            ]
            crowded = [run for run, at in zip(over, singles, strict=True) if run in free and singles.count(at) > 1]
            if crowded:
                columns = [*self.columns, *(Column.of([run]) for run in crowded)]
                return replace(self, columns=tuple(sorted(columns, key=lambda column: column.right)))
        return self

    def _placed(self, label: tuple[Run, ...], over: Sequence[tuple[Run, tuple[int, int]]], below: Below) -> Placed:
        runs: dict[int, tuple[Run, ...]] = {}
        for run, (first, last) in over:
            for column in range(first + 1, last + 2):
                runs[column] = (*runs.get(column, ()), run)
        uneven = len({len(found) for found in runs.values()}) > 1
        doubtful = {column for column, found in runs.items() if uneven and len(found) > 1}
        doubtful |= {
            1 + at for run, span in over if self._spans.is_off(run, span, below) for at in range(span[0], span[1] + 1)
        }
        return Placed({0: label, **runs} if label else runs, frozenset(doubtful))

    @cached_property
    def _spans(self) -> Spans:
        return Spans(self.columns, self.labels)

    @cached_property
    def _least(self) -> float:
        first = self.columns[0]
        return min(first.right - SHIFTED * self._spans.pitch, (self.labels + first.right) / 2)

    @cached_property
    def _leftmost(self) -> float:
        return min(self.columns[0].right - 1.5 * self._spans.pitch, self.labels)


def _pieces(run: Run) -> list[Run]:
    """Return a run that names several dates, one like the other, as one run each."""
    ends = [at for at, word in enumerate(run.words) if _ANY_YEAR.match(word.text)]
    size = len(run.words) // max(1, len(ends))
    if len(ends) < 2 or ends != list(range(size - 1, len(run.words), size)):  # noqa: PLR2004  one date is one run
        return [run]
    return [Run(run.words[at : at + size]) for at in range(0, len(run.words), size)]
