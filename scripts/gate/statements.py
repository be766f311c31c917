"""Statements as rows of markup: which figure stands under which label, in which column."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from scripts.gate.companies import CONTENT
from scripts.sample.books import Column

STATEMENTS = ("income", "balance", "cash")
SHARES_IN_THOUSANDS = 1000  # as many in millions would be more than any company here has


@dataclass(frozen=True)
class Line:
    """A row of a statement. `figure` is empty in a group's heading; a minus before its name prints an outflow."""

    mark: str
    figure: str
    label: str
    note: str = ""

    @property
    def name(self) -> str:
        """The figure's name."""
        return self.figure.removeprefix("-")

    def printed(self, column: Column) -> str:
        """Return the row's figure as the statement prints it."""
        value = column[self.name] if self.figure == self.name else -column[self.name]
        return amount(value, digits(self.name, value))


def layout(kind: str, statement: str, labels: Mapping[str, str], columns: Sequence[Column]) -> list[Line]:
    """Return a statement's rows; those that are nothing in every column are left out."""
    lines = [Line(*row) for row in _layouts()[kind][statement]]
    kept = [line for line in lines if not line.figure or any(column[line.name] for column in columns)]
    return [
        Line(line.mark, line.figure, labels.get(line.name or line.label, line.label), line.note)
        for at, line in enumerate(kept)
        if line.figure or (at + 1 < len(kept) and kept[at + 1].mark != "=")
    ]


def markup(lines: Sequence[Line], columns: Sequence[Column], heads: Sequence[Sequence[str]]) -> str:
    """Return a statement's table; each of `heads` is one head row without its first cell, which may be the last."""
    with_notes = any(line.note for line in lines)
    rows = [_row("!", _head(head, len(columns), with_notes=with_notes)) for head in heads]
    for line in lines:
        figures = [line.printed(column) for column in columns] if line.figure else []
        rows.append(_row(line.mark, [line.label, *([line.note] if with_notes else []), *figures]))
    return "\n".join(rows)


def amount(value: float, digits: int = 0) -> str:
    """Return a figure as statements print it: parentheses mean less than nothing."""
    if not value:
        return "\u2014"
    return f"({-value:,.{digits}f})" if value < 0 else f"{value:,.{digits}f}"


def digits(name: str, value: float) -> int:
    """Return how many digits a figure is printed with after the point: shares in millions have one."""
    return 2 if name.startswith("eps") else int(name.startswith("shares") and value < SHARES_IN_THOUSANDS)


def _head(head: Sequence[str], figures: int, *, with_notes: bool) -> list[str]:
    stub, cells = (head[0], head[1:]) if len(head) > figures else ("", head)
    return [stub, *(["Note" if "<" not in cells else ""] if with_notes else []), *cells]


def _row(mark: str, cells: Sequence[str]) -> str:
    return f"|{mark} {' | '.join(cells)} |"


@cache
def _layouts() -> dict[str, Any]:
    return tomllib.loads((CONTENT / "layouts.toml").read_text(encoding="utf-8"))
