"""CloudWatch's metric math, as far as an alarm of ours relies on it. Anything else is refused.

Rules and their tables: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
- Arithmetic and comparison of two series, and SUM of several, take a missing value for 0; where all miss there is none.
- A datapoint that would be divided by zero is dropped.
- IF(condition, then, else) has no datapoint where the condition has none, nor where `else` is chosen and has none; a
  `then` that is chosen and has none counts as 0.
- FILL(series, number) fills a series' gaps. Whether AWS fills one that has no datapoint at all, it does not say: here
  it stays empty, and no alarm of ours may depend on it.
- SUM(series) and the like of a single one depend on how far an alarm happens to look back: AWS advises against them.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from functools import cache
from itertools import starmap

from raglite.errors import ConfigurationError

Series = tuple[float | None, ...]
Value = float | Series
OPERATORS: Mapping[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.And: lambda a, b: bool(a) and bool(b),
    ast.Or: lambda a, b: bool(a) or bool(b),
}
PYTHON = {"AND": "and", "OR": "or", "&&": "and", "||": "or"}


def evaluate(expression: str, inputs: Mapping[str, Series]) -> Series:
    """Return the expression's value for each of the inputs' periods, None where it has none.

    The inputs are equally long. ConfigurationError if the expression says what is not understood here.
    """
    try:
        value = _Expression(expression, inputs).value(_tree(expression))
    except ZeroDivisionError as error:  # of two numbers: a series' datapoint is dropped
        raise ConfigurationError(f"{expression} divides a number by 0.") from error
    if isinstance(value, tuple):
        return value
    raise ConfigurationError(f"{expression} is one number and no series: an alarm cannot watch it.")


@cache
def _tree(expression: str) -> ast.expr:
    """Return the expression's tree: its syntax is a part of Python's but for AND and OR."""
    python = re.sub(r"\bAND\b|\bOR\b|&&|\|\|", lambda found: PYTHON[found[0]], expression)
    try:
        return ast.parse(python, mode="eval").body
    except SyntaxError as error:
        raise ConfigurationError(f"{expression} is no metric math: {error.msg}.") from error


class _Expression:
    """One expression over its inputs."""

    def __init__(self, text: str, inputs: Mapping[str, Series]) -> None:
        self._text = text
        self._inputs = inputs

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name) if name in self._inputs:
                return self._inputs[name]
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._called(node, name, arguments)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _each(operator.sub, 0.0, self.value(operand))
        return self._operated(node)

    def _operated(self, node: ast.expr) -> Value:
        match node:
            case (
                ast.BinOp(left=left, op=op, right=right)
                | ast.Compare(left=left, ops=[op], comparators=[right])
                | ast.BoolOp(op=op, values=[left, right])
            ) if type(op) in OPERATORS:
                return _each(OPERATORS[type(op)], self.value(left), self.value(right))
        return self._refused(node)

    def _called(self, node: ast.expr, name: str, arguments: list[ast.expr]) -> Value:
        match name, arguments:
            case "SUM", [ast.List(elts=series)]:
                return _sum([self.value(one) for one in series])
            case "FILL", [series, filler]:
                return _filled(self.value(series), self.value(filler))
            case "IF", [condition, then]:
                return _chosen(self.value(condition), self.value(then), None)
            case "IF", [condition, then, otherwise]:
                return _chosen(self.value(condition), self.value(then), self.value(otherwise))
        return self._refused(node)

    def _refused(self, node: ast.expr) -> Value:
        raise ConfigurationError(f"`{ast.unparse(node)}` in {self._text} is metric math that is not simulated.")


def _each(of: Callable[[float, float], float], left: Value, right: Value) -> Value:
    """Apply an operator period by period."""
    if not isinstance(left, tuple) and not isinstance(right, tuple):
        return float(of(left, right))
    missing_is_zero = isinstance(left, tuple) and isinstance(right, tuple)

    def at(a: float | None, b: float | None) -> float | None:
        if (a is None and b is None) or ((a is None or b is None) and not missing_is_zero):
            return None
        try:
            return float(of(a or 0.0, b or 0.0))
        except ZeroDivisionError:
            return None

    return tuple(starmap(at, _side_by_side(left, right)))


def _chosen(condition: Value, then: Value, otherwise: Value | None) -> Value:
    def at(is_so: float | None, a: float | None, b: float | None) -> float | None:
        if is_so is None:
            return None
        return (a or 0.0) if is_so else b

    if not isinstance(condition, tuple):
        raise ConfigurationError("IF is simulated for a condition that is a series only.")
    return tuple(starmap(at, _side_by_side(condition, then, otherwise)))


def _filled(series: Value, filler: Value) -> Value:
    if not isinstance(series, tuple) or isinstance(filler, tuple):
        raise ConfigurationError("FILL is simulated for a series and a number only.")
    is_empty = all(value is None for value in series)
    return series if is_empty else tuple(filler if value is None else value for value in series)


def _sum(several: list[Value]) -> Value:
    def at(*values: float | None) -> float | None:
        return None if all(value is None for value in values) else float(sum(value or 0.0 for value in values))

    if not any(isinstance(one, tuple) for one in several):
        raise ConfigurationError("SUM is simulated for several series only.")
    return tuple(starmap(at, _side_by_side(*several)))


def _side_by_side(*values: Value | None) -> "zip[tuple[float | None, ...]]":
    """Return what stands at each period; a number stands at every one."""
    length = max(len(value) for value in values if isinstance(value, tuple))
    return zip(*(value if isinstance(value, tuple) else (value,) * length for value in values), strict=True)
