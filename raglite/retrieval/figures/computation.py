"""From an expression to a number, with every cell it rests on: rows first, formulas where no row states a metric."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, DivisionByZero, InvalidOperation

from raglite.model import WhyWithheld
from raglite.retrieval.figures.books import Books, Entry, Period
from raglite.retrieval.figures.expressions import Binary, Expression, Item, Number, Over, level_of
from raglite.retrieval.figures.formulas import FORMULAS, Unit
from raglite.retrieval.figures.ledger import Unproven
from raglite.retrieval.figures.lineitems import ITEMS

PERCENT, RATIO, NUMBER = "percent", "ratio", "number"
HUNDRED = Decimal(100)
_SUM, _PRODUCT, _ATOM = range(3)  # how tightly a text binds


@dataclass(frozen=True, slots=True)
class Value:
    """A number in single units, the formula it comes from, and its operands by name."""

    amount: Decimal
    unit: str
    text: str
    level: int = _ATOM
    operands: Mapping[str, Entry] = field(default_factory=dict)

    @property
    def share(self) -> Decimal:
        """The amount, 0.05 for 5 percent."""
        return self.amount / HUNDRED if self.unit == PERCENT else self.amount


@dataclass(frozen=True)
class Computation:
    """Computes over one company's books. `asked` is the period the question is about."""

    books: Books
    asked: Period
    definitions: Mapping[str, Expression | None] = field(default_factory=dict)

    def value(self, expression: Expression, period: Period) -> Value | None:
        """Return an expression's value for a period; None for an optional row that there is none of.

        Raises Unproven if an operand is not given, or the operands do not go together.
        """
        match expression:
            case Number(amount):
                return Value(amount, NUMBER, f"{amount.normalize():f}")
            case Item():
                return self._item(expression, period)
            case Over(function, _, years):
                return self._over(expression, _periods(function, years, period))
            case Binary(operator, left, right):
                return _joined(operator, self.value(left, period), self.value(right, period))

    def _item(self, item: Item, period: Period) -> Value | None:
        if len(item.years) > 1:
            raise Unproven(WhyWithheld.AMBIGUOUS, f"It is not said what to do with {item.metric} of several years.")
        at = replace(period, year=item.years[0]) if item.years else period
        try:
            return self._metric(item.metric, at)
        except Unproven as unproven:
            if item.optional and unproven.reason is WhyWithheld.NOT_FOUND:
                return None
            raise

    def _metric(self, metric: str, period: Period) -> Value | None:
        if metric in self.definitions:
            return self._by_definition(metric, period)
        try:
            return self._stated(metric, period)
        except Unproven as unproven:
            if unproven.reason is not WhyWithheld.NOT_FOUND or metric not in FORMULAS:
                raise
        formula = FORMULAS[metric]
        found = self.value(formula.expression, period)
        return found and _in_unit(found, formula.unit)

    def _by_definition(self, metric: str, period: Period) -> Value | None:
        expression = self.definitions[metric]
        if expression is None:
            sentence = f"The question's own definition of {metric} has words that are not understood. Name its rows."
            raise Unproven(WhyWithheld.AMBIGUOUS, sentence)
        others = {name: meant for name, meant in self.definitions.items() if name != metric}
        found = replace(self, definitions=others).value(expression, period)
        unit = FORMULAS[metric].unit if metric in FORMULAS else Unit.AS_OPERANDS
        return found and _in_unit(found, unit)

    def _stated(self, metric: str, period: Period) -> Value:
        if metric in FORMULAS and metric not in ITEMS:
            raise Unproven(WhyWithheld.NOT_FOUND, f"No row of a table states {metric}.")
        entry = self.books.find(metric, period, self.asked)
        name = f"{metric}[{period}]"
        return Value(entry.candidate.value, entry.figure.unit, name, _ATOM, {name: entry})

    def _over(self, over: Over, periods: Sequence[Period]) -> Value:
        function = over.function
        values = [value for period in periods if (value := self.value(over.argument, period))]
        if len(values) < len(periods) or len({value.unit for value in values}) > 1:
            raise Unproven(WhyWithheld.NOT_FOUND, f"The {function} needs a figure in the same unit for every year.")
        operands = {name: entry for value in values for name, entry in value.operands.items()}
        if function == "average" and not over.years and any(entry.figure.months for entry in operands.values()):
            raise Unproven(WhyWithheld.AMBIGUOUS, "Over which years the average is taken is not said. Name them.")
        amount, unit = _FUNCTIONS[function]([value.amount for value in values], periods, values[0].unit)
        return Value(amount, unit, f"{function}({', '.join(value.text for value in values)})", _ATOM, operands)


def _periods(function: str, years: Sequence[int], period: Period) -> list[Period]:
    if function == "cagr" and len(years) != 2:  # noqa: PLR2004  the first year and the last
        raise Unproven(WhyWithheld.AMBIGUOUS, "A compound annual growth rate needs its first and its last year.")
    if years:
        return [replace(period, year=year) for year in years]
    if period.quarter and function == "average":
        raise Unproven(WhyWithheld.AMBIGUOUS, "Over which balances a quarter is averaged is not said. Name the years.")
    return [period.before(), period]


def _average(amounts: Sequence[Decimal], _: Sequence[Period], unit: str) -> tuple[Decimal, str]:
    return sum(amounts, Decimal(0)) / len(amounts), unit


def _change(amounts: Sequence[Decimal], _: Sequence[Period], unit: str) -> tuple[Decimal, str]:
    return amounts[-1] - amounts[0], unit


def _growth(amounts: Sequence[Decimal], _: Sequence[Period], __: str) -> tuple[Decimal, str]:
    """Return the change as a percentage of the first amount, which must be positive to mean anything."""
    return (amounts[-1] - _positive(amounts[0])) / amounts[0] * HUNDRED, PERCENT


def _cagr(amounts: Sequence[Decimal], periods: Sequence[Period], _: str) -> tuple[Decimal, str]:
    """Return (last / first) ** (1 / years) - 1 in percent."""
    years = periods[-1].year - periods[0].year
    ratio = _positive(amounts[-1]) / _positive(amounts[0])
    return (ratio ** (Decimal(1) / years) - 1) * HUNDRED, PERCENT


def _positive(amount: Decimal) -> Decimal:
    if amount <= 0:
        raise Unproven(
            WhyWithheld.AMBIGUOUS, "A rate of growth from or to an amount that is not positive means nothing."
        )
    return amount


_FUNCTIONS: Mapping[str, Callable[[Sequence[Decimal], Sequence[Period], str], tuple[Decimal, str]]] = {
    "average": _average,
    "change": _change,
    "growth": _growth,
    "cagr": _cagr,
}


def _joined(operator: str, left: Value | None, right: Value | None) -> Value | None:
    """Join two values; a row that there is none of adds nothing."""
    if left is None or right is None:
        if operator in "*/" or (left is None and operator == "-"):
            raise Unproven(WhyWithheld.NOT_FOUND, "A row that the formula multiplies or divides by is not there.")
        return left or right
    level = level_of(operator)
    tight = level + (operator in "-/")
    text = f"{_bracketed(left, level)} {operator} {_bracketed(right, tight)}"
    amount, unit = _sum(operator, left, right) if level == _SUM else _product(operator, left, right)
    return Value(amount, unit, text, level, {**left.operands, **right.operands})


def _bracketed(value: Value, level: int) -> str:
    return f"({value.text})" if value.level < level else value.text


def _sum(operator: str, left: Value, right: Value) -> tuple[Decimal, str]:
    if left.unit != right.unit and NUMBER not in {left.unit, right.unit}:
        sentence = f"{left.text} is in {left.unit or 'no unit'}, {right.text} in {right.unit or 'no unit'}."
        raise Unproven(WhyWithheld.AMBIGUOUS, sentence)
    amount = left.amount + right.amount if operator == "+" else left.amount - right.amount
    return amount, left.unit if right.unit == NUMBER else right.unit


def _product(operator: str, left: Value, right: Value) -> tuple[Decimal, str]:
    if operator == "*":
        plain = {NUMBER, RATIO, PERCENT}
        return left.share * right.share, right.unit if left.unit in plain else left.unit
    try:
        amount = left.share / right.share
    except (DivisionByZero, InvalidOperation) as error:
        raise Unproven(WhyWithheld.NOT_FOUND, f"{right.text} is zero: nothing can be divided by it.") from error
    if right.unit in {NUMBER, RATIO, PERCENT}:
        return amount, left.unit
    if left.unit in {right.unit, NUMBER}:
        return amount, RATIO
    return amount, f"{left.unit}/{right.unit.removesuffix('s')}"


def _in_unit(value: Value, unit: Unit) -> Value:
    """Give a formula's result its unit: a share becomes a percentage, a number of days days."""
    if unit is Unit.PERCENT and value.unit == RATIO:
        return replace(value, amount=value.amount * HUNDRED, unit=PERCENT)
    if unit is Unit.DAYS and value.unit in {RATIO, NUMBER}:
        return replace(value, unit=Unit.DAYS.value)
    return value
