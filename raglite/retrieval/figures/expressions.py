"""Arithmetic over metrics and periods: what a formula is, and how one is read from its tokens.

A formula is read from words, numbers, operators and brackets: `(cash + receivables) / current_liabilities`,
`revenue / average(ppe_net)`. `average(x)` is the mean of x at the end of a period and of the one before, `change(x)`
its increase since the one before, `x?` nothing where the statement has no such row. `x[2018]` is x in that year.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

FUNCTIONS: Final = ("average", "change", "growth", "cagr")
_TOKEN = re.compile(r"\s*(?P<token>\d+(?:\.\d+)?|[a-z_][a-z0-9_]*\??|[-+*/()\[\],])")
_LEVELS: Final = (("+", "-"), ("*", "/"))


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Item:
    """A metric; `years` are the fiscal years it is wanted in, none for the period that is asked about."""

    metric: str
    years: tuple[int, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Over:
    """A function of an expression over periods: `years`, or none for the period that is asked about and the one before.

    `function` is average (mean of all), change (last less first), growth (change in percent of the first) or cagr
    (compound growth a year in percent, from the first to the last).
    """

    function: str
    argument: "Expression"
    years: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Binary:
    """Two expressions joined by + - * or /."""

    operator: str
    left: "Expression"
    right: "Expression"


Expression = Number | Item | Over | Binary


class NotAFormula(Exception):
    """The tokens make no formula. Never leaves this package."""


def parse(text: str) -> Expression:
    """Return the expression that a formula's text says."""
    tokens, at = [], 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise NotAFormula(text[at:])
        tokens.append(match["token"])
        at = match.end()
    return read(tokens)


def read(tokens: Sequence[str]) -> Expression:
    """Return the expression that the tokens make; NotAFormula if they make none."""
    stream = _Stream(tokens)
    found = stream.level(0)
    if stream.next is not None:
        raise NotAFormula(stream.next)
    return found


def items(expression: Expression) -> Iterator[Item]:
    """Yield the metrics of an expression, from left to right."""
    match expression:
        case Item():
            yield expression
        case Over(argument=argument):
            yield from items(argument)
        case Binary(left=left, right=right):
            yield from items(left)
            yield from items(right)


def overs(expression: Expression) -> Iterator[Over]:
    """Yield the functions over periods of an expression."""
    match expression:
        case Over(argument=argument):
            yield expression
            yield from overs(argument)
        case Binary(left=left, right=right):
            yield from overs(left)
            yield from overs(right)


def years(expression: Expression) -> frozenset[int]:
    """Return the fiscal years that an expression names."""
    match expression:
        case Item(years=named):
            return frozenset(named)
        case Over(argument=argument, years=named):
            return years(argument) | frozenset(named)
        case Binary(left=left, right=right):
            return years(left) | years(right)
        case _:
            return frozenset()


def show(expression: Expression) -> str:
    """Return an expression as text that parse() reads."""
    match expression:
        case Number(value):
            return f"{value.normalize():f}"
        case Item(metric, years, optional):
            return f"{metric}{'?' if optional else ''}{_years(years)}"
        case Over(function, argument, years):
            return f"{function}({show(argument)}){_years(years)}"
        case Binary(operator, left, right):
            level = level_of(operator)
            return f"{_within(left, level)} {operator} {_within(right, level + (operator in '-/'))}"


def level_of(operator: str) -> int:
    """Return how tightly an operator binds: 0 for sums, 1 for products."""
    return int(operator in _LEVELS[1])


def _within(expression: Expression, level: int) -> str:
    loose = isinstance(expression, Binary) and level_of(expression.operator) < level
    return f"({show(expression)})" if loose else show(expression)


def _years(years: Sequence[int]) -> str:
    return f"[{', '.join(map(str, years))}]" if years else ""


class _Stream:
    """Tokens, read from the left."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def next(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def level(self, number: int) -> Expression:
        """Read what is joined by the operators of a level, the loosest being 0."""
        if number == len(_LEVELS):
            return self._factor()
        found = self.level(number + 1)
        while self.next in _LEVELS[number]:
            found = Binary(self._take(), found, self.level(number + 1))
        return found

    def _factor(self) -> Expression:
        taken = self._take()
        if taken == "(":
            found = self.level(0)
            self._expect(")")
            return found
        if taken[0].isdigit():
            return Number(Decimal(taken))
        if taken in FUNCTIONS:
            return self._over(taken)
        if not taken[0].isalpha():
            raise NotAFormula(taken)
        return Item(taken.removesuffix("?"), self._bracketed_years(), taken.endswith("?"))

    def _over(self, function: str) -> Over:
        self._expect("(")
        argument = self.level(0)
        self._expect(")")
        return Over(function, argument, self._bracketed_years())

    def _bracketed_years(self) -> tuple[int, ...]:
        years: list[int] = []
        while self.next == ("," if years else "["):
            self._take()
            years.append(int(self._take()))
        if years:
            self._expect("]")
        return tuple(years)

    def _take(self) -> str:
        token = self.next
        if token is None:
            raise NotAFormula("it ends too soon")
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        if self._take() != token:
            raise NotAFormula(f"no {token}")
