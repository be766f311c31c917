"""Rows looked for by their printed words, for what the vocabulary has no metric for: "subscription revenue".

A row is meant if its label says nothing that was not asked for, and label and group (outside the statements also the
column's header) say all that was: "Subscription" under "Revenue". A group that supplies a word must say nothing else
either, so that "Subscription" under "Cost of revenue" is no subscription revenue.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from raglite.model import StatedFigure, Statement
from raglite.retrieval.figures.labels import plain
from raglite.retrieval.figures.lineitems import Sign
from raglite.retrieval.lexical import terms

# Words that a question may leave out, or add, without another row being meant.
_IDLE = frozenset(terms("total net amount balance value segment line item million millions aggregate overall own"))
_IDLE_IN_LABELS = _IDLE | frozenset(terms("expense cost charge paid year period"))
_IDLE_IN_GROUPS = _IDLE | frozenset(terms("assets liabilities"))
_PERIOD = re.compile(
    r"\b(?:years?|quarters?|three|six|nine|twelve|months?|weeks?|ended|ending|fiscal|as of|at|january|february|march"
    r"|april|may|june|july|august|september|october|november|december|\d+)\b",
    re.IGNORECASE,
)  # what a column's header says of its period
_ONE_WORD = {
    alike: words[0]
    for words in (
        terms("purchase acquisition acquire acquiring buy bought"),
        terms("payment pay paying repayment repay"),
    )
    for alike in words
}
# Words by which a table or group is about something else than its rows' labels say; unless they are asked for.
_OTHERWISE = re.compile(
    r"\b(?:changes?|increases?|decreases?|adjust\w*|reconcil\w*|non.gaap|pro forma|parent|discontinued|guarantor\w*"
    r"|held|eliminat\w*|unallocated|per (?:share|unit)|effects?|excluding|level [123]|estimated|future|tax effect)\b",
    re.IGNORECASE,
)
_OUTFLOW = re.compile(
    r"(?:purchases?|payments?|repayments?|acquisitions?|repurchases?|dividends|cash paid|investments? in|additions"
    r"|taxes paid)\b|(?!.*\b(?:proceeds|issu|net)).*\b(?:re)?(?:payments?|purchases?)$",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\([^()]*\)")
_GAIN = re.compile(r"\b(?:income|gains?|benefit)\b", re.IGNORECASE)
_LOSS = re.compile(r"\b(?:expenses?|loss(?:es)?|provision)\b", re.IGNORECASE)
_TWO_SIDED = re.compile(r"\([^()]*\b(?:income|gains?|benefit|expenses?|loss(?:es)?)\b[^()]*\)", re.IGNORECASE)
_COST = re.compile(r"\b(?:expenses?|costs?|charges?|impairments?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PrintedRows:
    """A version's figures by the words of their labels; those of no words are left out.

    `unsure` are the rows (page, table, row) whose columns' headers may stand over other columns than they head.
    """

    by_term: Mapping[str, tuple[StatedFigure, ...]] = field(default_factory=dict)
    unsure: frozenset[tuple[int, int, int]] = frozenset()

    @classmethod
    def of(cls, figures: Iterable[StatedFigure]) -> "PrintedRows":
        """Sort figures by one word of their labels."""
        found: defaultdict[str, list[StatedFigure]] = defaultdict(list)
        rows: defaultdict[tuple[int, int, int], list[StatedFigure]] = defaultdict(list)
        for figure in figures:
            rows[_row(figure)].append(figure)
            said = _said(_label(figure)) - _IDLE_IN_LABELS
            if said:
                found[min(said)].append(figure)
        unsure = frozenset(at for at, row in rows.items() if _is_shifted(row))
        return cls({term: tuple(held) for term, held in found.items()}, unsure)

    def named(self, words: str) -> Iterator[StatedFigure]:
        """Yield the figures of the rows that these words name."""
        asked = frozenset(map(_alike, terms(words))) - _IDLE
        for term in asked:
            for figure in self.by_term.get(term, ()):
                header = "" if figure.statement or _row(figure) in self.unsure else figure.column_header
                if _is_named(figure, asked, words, header):
                    yield figure


def preferred(found: Sequence[StatedFigure]) -> list[StatedFigure]:
    """Return those of a statement, if there are any; and of these amounts before percentages."""
    stated = [one for one in found if one.statement not in {None, Statement.CHANGES_IN_EQUITY}] or list(found)
    return [one for one in stated if one.unit not in {"percent", "ratio"}] or stated


def sign_of(figure: StatedFigure) -> Sign:
    """Return how a row's sign is to be read: what was paid or cost is a positive amount."""
    if _TWO_SIDED.search(figure.label):
        return Sign.AS_PRINTED
    if figure.statement is Statement.CASH_FLOW_STATEMENT and _OUTFLOW.match(_label(figure)):
        return Sign.COST
    if figure.statement is Statement.INCOME_STATEMENT and _COST.search(" ".join((*figure.heading[-1:], figure.label))):
        return Sign.COST
    return Sign.AS_PRINTED


def turned(figure: StatedFigure, words: str) -> int:
    """Return -1 where a label's other side is asked for: the income of "Other (income) expense"; else 1."""
    gain, loss = (bool(side.search(words)) for side in (_GAIN, _LOSS))
    bracketed = " ".join(_BRACKETED.findall(figure.label))
    if gain == loss:
        return 1
    return -1 if (_GAIN if gain else _LOSS).search(bracketed) else 1


def _row(figure: StatedFigure) -> tuple[int, int, int]:
    return figure.page, figure.table, figure.row


def _is_shifted(row: Sequence[StatedFigure]) -> bool:
    """Tell whether the headers over several columns stand over wrong ones.

    A sign of it is a column that has none beside others that have, or a header whose years do not run one way.
    """
    groups: defaultdict[str, list[StatedFigure]] = defaultdict(list)
    for figure in row:
        groups[" ".join(_PERIOD.sub(" ", figure.column_header).split())].append(figure)
    return len(groups) > 1 and ("" in groups or not all(_runs_one_way(group) for group in groups.values()))


def _runs_one_way(group: Sequence[StatedFigure]) -> bool:
    ends = [figure.period_end for figure in sorted(group, key=lambda one: one.column) if figure.period_end]
    return len(set(ends)) == len(ends) and ends in (sorted(ends), sorted(ends, reverse=True))


def _is_named(figure: StatedFigure, asked: frozenset[str], words: str, header: str) -> bool:
    said = _said(_label(figure))
    if not said - _IDLE_IN_LABELS <= asked:
        return False
    missing = asked - said
    for heading in figure.heading:
        group = _said(heading)
        if group & missing and group - _IDLE_IN_GROUPS <= asked:
            missing -= group
    above = _said(_PERIOD.sub(" ", header)) - _IDLE
    if above <= asked:
        missing -= above
    around = " ".join((*figure.heading, _label(figure), header))
    return not missing and all(found[0].lower() in words.lower() for found in _OTHERWISE.finditer(around))


def _label(figure: StatedFigure) -> str:
    return figure.label or "".join(figure.heading[-1:])


@lru_cache(maxsize=50_000)
def _said(label: str) -> frozenset[str]:
    return frozenset(map(_alike, terms(plain(label))))


def _alike(term: str) -> str:
    return _ONE_WORD.get(term, term)
