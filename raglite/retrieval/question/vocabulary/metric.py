"""A metric as data: how analysts ask for it, how filings print it, where it lives, what it is computed from."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from raglite.model import Statement

_STATEMENTS = {
    "income": Statement.INCOME_STATEMENT,
    "comprehensive": Statement.COMPREHENSIVE_INCOME,
    "balance": Statement.BALANCE_SHEET,
    "cash": Statement.CASH_FLOW_STATEMENT,
    "equity": Statement.CHANGES_IN_EQUITY,
}
_LINE = re.compile(r"(?P<id>[a-z0-9_]+) (?:\[(?P<statements>[a-z ]*)\]|= (?P<components>[a-z0-9_ ]+)):(?P<words>.*)")


class Metric(NamedTuple):
    """Something a question may ask for.

    `words` are how people ask, `labels` how rows are printed, commonest first; both are as in print, and a label is
    also a word. `components` are the metrics that a ratio is computed from: it has no labels of its own.
    """

    id: str
    words: tuple[str, ...]
    labels: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()
    components: tuple[str, ...] = ()


def metrics(table: str) -> Iterator[Metric]:
    """Read a table of metrics: `id [statements]: words` with labels below it, or `id = components: words`.

    A line that ends in a semicolon or a colon goes on in the next.
    """
    for entry in re.split(r"\n(?=\S)", table.strip()):
        head, *rows = re.sub(r"(?<=[;:])\n", "", entry).splitlines()
        match = _LINE.fullmatch(head)
        if match is None:
            raise ValueError(f"not an entry of the vocabulary: {head}")
        yield Metric(
            id=match["id"],
            words=_listed(match["words"]),
            labels=_listed(" ".join(rows)),
            statements=tuple(_STATEMENTS[name] for name in (match["statements"] or "").split()),
            components=tuple((match["components"] or "").split()),
        )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(entry.split()) for entry in text.split(";") if entry.strip()))
