"""Which rows of which statement state a metric, by the patterns of lineitem_rows.py.

A metric without any is looked for by the labels that the vocabulary has for it, letter by letter.
"""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from raglite.model import Statement
from raglite.retrieval.figures.labels import plain
from raglite.retrieval.figures.lineitem_rows import TABLE
from raglite.retrieval.question.vocabulary import METRICS

INCOME, BALANCE = (Statement.INCOME_STATEMENT, Statement.COMPREHENSIVE_INCOME), (Statement.BALANCE_SHEET,)
CASH = (Statement.CASH_FLOW_STATEMENT,)


class Measure(StrEnum):
    """What a row counts."""

    MONEY = "money"
    PER_SHARE = "per share"
    SHARES = "shares"


class Sign(StrEnum):
    """How a printed sign is to be read."""

    AS_PRINTED = ""
    COST = "cost"  # what is always one way, given as a positive amount whether or not it is printed in brackets
    RESULT = "result"  # negative where the label only speaks of a loss, or of cash used
    TAX = "tax"  # a charge is positive, a benefit negative


class Pattern(NamedTuple):
    """A row's label, and what its group must be called; None is any."""

    label: re.Pattern[str]
    heading: re.Pattern[str] | None


class LineItem(NamedTuple):
    """Where a metric's row is looked for. No `statements`: in any table.

    `is_flow` tells what runs over a period from what stands at a day; None is either. `is_by_words` tells that nobody
    wrote patterns for it, so that the words of its id may find it too (printed_rows.py).
    """

    metric: str
    statements: tuple[Statement, ...]
    patterns: tuple[Pattern, ...]
    measure: Measure = Measure.MONEY
    sign: Sign = Sign.AS_PRINTED
    is_flow: bool | None = True
    is_by_words: bool = False

    def rank(self, label: str, headings: str) -> int | None:
        """Return which of the patterns a row fits, 0 being the surest; None if none."""
        for place, (pattern, heading) in enumerate(self.patterns):
            if pattern.fullmatch(label) and (heading is None or heading.search(headings)):
                return place
        return None


_STATEMENTS = {
    "income": INCOME,
    "balance": BALANCE,
    "cash": CASH,
    "equity": (Statement.CHANGES_IN_EQUITY,),
}
_MEASURES = {"per_share": Measure.PER_SHARE, "shares": Measure.SHARES}
_SIGNS = {"cost": Sign.COST, "result": Sign.RESULT, "tax": Sign.TAX}


def _read(table: str) -> Iterator[LineItem]:
    for entry in re.split(r"\n(?=\S)", table.strip()):
        head, *lines = re.sub(r"\n {4}", "", entry).splitlines()
        metric, _, words = head.removesuffix("]").partition(" [")
        yield _item(metric, words.split(), lines)


def _item(metric: str, words: list[str], lines: list[str]) -> LineItem:
    statements = tuple(one for word in words for one in _STATEMENTS.get(word, ()))
    return LineItem(
        metric,
        statements,
        tuple(_pattern(line.strip()) for line in lines),
        next((_MEASURES[word] for word in words if word in _MEASURES), Measure.MONEY),
        next((_SIGNS[word] for word in words if word in _SIGNS), Sign.AS_PRINTED),
        BALANCE[0] not in statements,
    )


def _pattern(text: str) -> Pattern:
    heading, arrow, label = text.rpartition(" > ")
    return Pattern(re.compile(label), re.compile(heading) if arrow else None)


def _by_vocabulary(metric: str) -> LineItem:
    """Return where a metric is looked for that has no patterns here: by the vocabulary's labels as they stand.

    They are all equally sure, so that two different rows are ambiguous.
    """
    entry = METRICS[metric]
    labels = "|".join(dict.fromkeys(re.escape(plain(label)) for label in entry.labels))
    is_flow = BALANCE[0] not in entry.statements
    return LineItem(metric, entry.statements, (Pattern(re.compile(labels), None),), is_flow=is_flow, is_by_words=True)


_OWN = {item.metric: item for item in _read(TABLE)}
_OTHERS = {
    metric: _by_vocabulary(metric) for metric, entry in METRICS.items() if entry.statements and metric not in _OWN
}
ITEMS: Mapping[str, LineItem] = _OTHERS | _OWN
_BY_LABEL: Mapping[str, tuple[LineItem, ...]] = {
    plain(label): tuple(_OTHERS[metric] for metric in _OTHERS if label in METRICS[metric].labels)
    for metric in _OTHERS
    for label in METRICS[metric].labels
}


@lru_cache(maxsize=50_000)
def stated_by(label: str, headings: str) -> tuple[tuple[LineItem, int], ...]:
    """Return the metrics that a row states by its plain label and those of its groups, and how surely (0 is best)."""
    own = ((item, item.rank(label, headings)) for item in _OWN.values())
    exact = ((item, 0) for item in _BY_LABEL.get(label, ()))
    return (*((item, rank) for item, rank in own if rank is not None), *exact)
