"""The rows of a table: which of a line's runs stands in which column, and labels that run over lines.

Where two figures fall into one cell, or two headers onto one column, the cells say so.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from raglite.ingestion.pages.columns import Frame, nearest, values
from raglite.ingestion.pages.headers import Placed
from raglite.ingestion.pages.lines import Line, Run, around, is_range
from raglite.ingestion.pages.spans import Column
from raglite.model import Cell

ROOM_FOR_NOTHING = 2.0  # line heights: what is left of a line that no further word fits on, ends being ragged
ROOM_LEFT = 8.0  # the same where the next line begins in lower case

_LEADER = re.compile(r"[\s.]*(?:\.\s?){4,}$")  # dots from a label to its figures
_LEADS_ON = re.compile(
    r"(?:[,;(/&]|\w[\u2013\u2014-]|\b(?:and|or|of|at|in|to|for|the|a|an|by|from|with|on|per|than|as|net of))$",
    re.IGNORECASE,
)


def cells_of(head: Sequence[Placed], body: Sequence[Line], columns: Sequence[Column], frame: Frame) -> tuple[Cell, ...]:
    """Return the cells of a table that has these columns, headers and lines, row by row."""
    rows = [Row.of(line, columns, frame) for line in body]
    rows = [Row(line.runs, is_header=True, doubtful=line.doubtful) for line in head] + list(_unwrapped(rows))
    return tuple(cell for number, row in enumerate(rows) for cell in row.cells(number))


@dataclass(frozen=True)
class Row:
    """Runs by column, 0 being the label's."""

    runs: dict[int, tuple[Run, ...]] = field(default_factory=dict)
    is_header: bool = False
    doubtful: frozenset[int] = frozenset()

    @classmethod
    def of(cls, line: Line, columns: Sequence[Column], frame: Frame) -> "Row":
        """Place a line's runs: what stands left of the columns is the label, figures in it included."""
        figures = values(line, frame)
        placed: dict[int, tuple[Run, ...]] = {}
        for index, run in enumerate(line.runs):
            label = (index == 0 and run not in figures) or run.right <= columns[0].left
            column = 0 if label else 1 + nearest(run, columns)
            placed[column] = (*placed.get(column, ()), run)
        doubtful = {column for column, runs in placed.items() if column and _is_doubtful(runs)}
        return cls(placed, doubtful=frozenset(doubtful))

    @property
    def is_label(self) -> bool:
        """Tell whether the row is a label without figures."""
        return set(self.runs) == {0}

    @property
    def label(self) -> str:
        """Return the label."""
        return " ".join(run.text for run in self.runs.get(0, ()))

    def goes_on_with(self, below: "Row", edge: float) -> bool:
        """Tell whether the label of the row below is the rest of this one's; figures stand beside one of the two.

        A word is carried over to the next line where it does not fit: `edge` is where labels end.
        """
        if not (below.label and self.label) or not (self.is_label or below.is_label) or self.label.endswith(":"):
            return False
        last, first = self.runs[0][-1].words[-1], below.runs[0][0].words[0]
        room = (edge - last.right - (first.right - first.left)) / last.height
        is_open = bool(_LEADS_ON.search(self.label))
        if below.label[0].islower():
            return is_open or room < ROOM_LEFT
        return self.label.count("(") > self.label.count(")") or (is_open and room < ROOM_FOR_NOTHING)

    def joined(self, below: "Row") -> "Row":
        """Return this row with the label and the figures of the one below."""
        label = (*self.runs.get(0, ()), *below.runs.get(0, ()))
        return replace(self, runs={**below.runs, **self.runs, 0: label}, doubtful=self.doubtful | below.doubtful)

    def cells(self, row: int) -> Iterator[Cell]:
        """Yield the cells as row number `row`; the dots that lead to figures are no part of a label."""
        for column, runs in sorted(self.runs.items()):
            text = " ".join(run.text for run in runs)
            yield Cell(
                row=row,
                column=column,
                text=text if column else _LEADER.sub("", text),
                box=around(word for run in runs for word in run.words),
                is_header=self.is_header,
                low_confidence=column in self.doubtful,
            )


def _unwrapped(rows: Sequence[Row]) -> Iterator[Row]:
    """Join labels that run over lines."""
    edge = max((row.runs[0][-1].right for row in rows if 0 in row.runs and not row.is_label), default=0.0)
    held: Row | None = None
    for row in rows:
        if held and held.goes_on_with(row, edge):
            held = held.joined(row)
            continue
        if held:
            yield held
        held = row
    if held:
        yield held


def _is_doubtful(runs: Sequence[Run]) -> bool:
    return sum(run.figures for run in runs) > 1 and not is_range(" ".join(run.text for run in runs))
