"""Metric math: what of it alarms and dashboards use here. Anything else is refused, never guessed.

Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html. Two series meet where both have
a point; a comparison of two series takes a missing point for 0; a division by zero yields no point.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from local.emulator.monitoring.aggregation import NotUnderstood

MINUTE = 60


@dataclass(frozen=True)
class Line:
    """A time series: values by the start of their period, in seconds since the epoch."""

    points: Mapping[int, float]
    period: int = MINUTE
    label: str = ""


@dataclass(frozen=True)
class Span:
    """The stretch of time that is asked for."""

    start: int
    end: int

    def starts(self, period: int) -> range:
        """Return the starts of the periods in it."""
        return range(self.start, self.end, period)


Value = float | Line | list[Line]
Operation = Callable[[float, float], float]

ARITHMETIC: dict[type[ast.AST], Operation] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
LOGIC: dict[type[ast.AST], Operation] = {
    ast.Lt: lambda a, b: float(a < b),
    ast.LtE: lambda a, b: float(a <= b),
    ast.Gt: lambda a, b: float(a > b),
    ast.GtE: lambda a, b: float(a >= b),
    ast.Eq: lambda a, b: float(a == b),
    ast.NotEq: lambda a, b: float(a != b),
    ast.And: lambda a, b: float(bool(a) and bool(b)),
    ast.Or: lambda a, b: float(bool(a) or bool(b)),
}
REDUCTIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "SUM": sum,
    "MAX": max,
    "MIN": min,
    "AVG": lambda values: sum(values) / len(values),
}
SPELLINGS = ((r"&&|\bAND\b", " and "), (r"\|\||\bOR\b", " or "), (r"\^", "**"))
WAYS_TO_FILL = {"REPEAT", "LINEAR"}


def parse(expression: str) -> ast.expr:
    """Return the tree of an expression.

    Raises:
        NotUnderstood: it is not metric math, or uses what is not built here.
    """
    text = expression.strip()
    for theirs, pythons in SPELLINGS:
        text = re.sub(theirs, pythons, text)
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise NotUnderstood(f"{expression!r} is not an expression: {error.msg}.") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS):
            known = ", ".join(sorted(FUNCTIONS))
            raise NotUnderstood(f"{ast.unparse(node.func)} is no function that is built here: {known}.")
        if not isinstance(node, KNOWN):
            raise NotUnderstood(f"{expression!r} has a part that is not built here: {type(node).__name__}.")
    return tree


def names(tree: ast.expr) -> set[str]:
    """Return the ids an expression refers to."""
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in functions}
    return found - WAYS_TO_FILL


@dataclass(frozen=True)
class Scope:
    """Where an expression is evaluated: `lookup` gives the values of ids."""

    lookup: Callable[[str], Value]
    span: Span

    def value(self, tree: ast.expr) -> Value:
        """Return the value of an expression.

        Raises:
            NotUnderstood: an operand is of the wrong kind.
        """
        if isinstance(tree, ast.Constant) and isinstance(tree.value, (int, float)):
            return float(tree.value)
        if isinstance(tree, ast.Name):
            return self.lookup(tree.id)
        if isinstance(tree, ast.List):
            return [line for element in tree.elts for line in lines(self.value(element))]
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and not tree.keywords:
            return FUNCTIONS[tree.func.id](self, tree.args)
        return self._operation(tree)

    def _operation(self, tree: ast.expr) -> Value:
        match tree:
            case ast.UnaryOp(op=sign, operand=operand):
                return paired(operator.mul, -1.0 if isinstance(sign, ast.USub) else 1.0, self.value(operand))
            case ast.BinOp(left=left, op=op, right=right):
                return paired(ARITHMETIC[type(op)], self.value(left), self.value(right))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return paired(LOGIC[type(op)], self.value(left), self.value(right), missing=0.0)
            case ast.BoolOp(op=op, values=[first, *others]):
                value = self.value(first)
                for other in others:
                    value = paired(LOGIC[type(op)], value, self.value(other), missing=0.0)
                return value
        raise NotUnderstood(f"{ast.unparse(tree)!r} is not built here.")

    def values(self, arguments: Sequence[ast.expr], *counts: int) -> list[Value]:
        """Return the values of a function's arguments, of which there must be one of these numbers."""
        if len(arguments) not in counts:
            raise NotUnderstood(
                f"A function got {len(arguments)} arguments instead of {' or '.join(map(str, counts))}."
            )
        return [self.value(argument) for argument in arguments]


def lines(value: Value) -> list[Line]:
    """Return a value's series."""
    if isinstance(value, float):
        raise NotUnderstood("A number stands where a series is needed.")
    return value if isinstance(value, list) else [value]


def paired(operation: Operation, left: Value, right: Value, missing: float | None = None) -> Value:
    """Apply an operation to two values; of two series, `missing` stands for a point that only one of them lacks."""
    match left, right:
        case (list(), list()):
            raise NotUnderstood("An operator between two arrays of series is not built here.")
        case (list(many), one):
            return [line for each in many for line in lines(paired(operation, each, one, missing))]
        case (one, list(many)):
            return [line for each in many for line in lines(paired(operation, one, each, missing))]
        case (Line() as here, Line() as there):
            if here.period != there.period:
                raise NotUnderstood("Two series of an expression have different periods.")
            a, b, filler = here.points, there.points, missing or 0.0
            at = a.keys() & b.keys() if missing is None else a.keys() | b.keys()
            return replace(here, points=_kept(operation, ((t, a.get(t, filler), b.get(t, filler)) for t in at)))
        case (Line() as line, float(number)):
            return replace(line, points=_kept(operation, ((t, a, number) for t, a in line.points.items())))
        case (float(number), Line() as line):
            return replace(line, points=_kept(operation, ((t, number, b) for t, b in line.points.items())))
        case (float(a), float(b)) if kept := _kept(operation, [(0, a, b)]):
            return kept[0]
    raise NotUnderstood("A number is divided by zero.")


def _kept(operation: Operation, terms: Iterable[tuple[int, float, float]]) -> dict[int, float]:
    points = {}
    for at, left, right in terms:
        try:
            points[at] = float(operation(left, right))
        except ZeroDivisionError:
            continue
    return points


def _if(scope: Scope, arguments: Sequence[ast.expr]) -> Value:
    condition, *choices = scope.values(arguments, 2, 3)
    if not isinstance(condition, Line) or any(isinstance(choice, list) for choice in choices):
        raise NotUnderstood("IF is built here for a condition that is one series.")
    points = {}
    for at, holds in condition.points.items():
        chosen = choices[0] if holds else choices[1] if len(choices) > 1 else None
        value = chosen.points.get(at) if isinstance(chosen, Line) else chosen
        if isinstance(value, float):
            points[at] = value
    return replace(condition, points=points)


def _fill(scope: Scope, arguments: Sequence[ast.expr]) -> Value:
    if len(arguments) > 1 and isinstance(way := arguments[1], ast.Name) and way.id in WAYS_TO_FILL:
        if way.id != "REPEAT":
            raise NotUnderstood(f"FILL with {way.id} is not built here.")
        (value,), fill = scope.values(arguments[:1], 1), _repeated
    else:
        value, filler = scope.values(arguments, 2)
        if not isinstance(filler, float):
            raise NotUnderstood("FILL is built here with a number or REPEAT.")

        def fill(line: Line, at: Iterable[int]) -> Iterator[tuple[int, float]]:
            return ((t, line.points.get(t, filler)) for t in at)

    filled = [replace(line, points=dict(fill(line, scope.span.starts(line.period)))) for line in lines(value)]
    return filled if isinstance(value, list) else filled[0]


def _repeated(line: Line, at: Iterable[int]) -> Iterator[tuple[int, float]]:
    last = None
    for t in at:
        last = line.points.get(t, last)
        if last is not None:
            yield t, last


def _reduction(reduce: Callable[[Sequence[float]], float]) -> "Function":
    def function(scope: Scope, arguments: Sequence[ast.expr]) -> Value:
        (value,) = scope.values(arguments, 1)
        if isinstance(value, Line):
            return float(reduce(list(value.points.values()) or [0.0]))
        many = lines(value)
        at = {t for line in many for t in line.points}
        points = {t: float(reduce([line.points[t] for line in many if t in line.points])) for t in at}
        return Line(points, many[0].period if many else MINUTE)

    return function


def _running_sum(scope: Scope, arguments: Sequence[ast.expr]) -> Value:
    (value,) = scope.values(arguments, 1)
    summed = [replace(line, points=dict(_sums(line))) for line in lines(value)]
    return summed if isinstance(value, list) else summed[0]


def _sums(line: Line) -> Iterator[tuple[int, float]]:
    total = 0.0
    for at in sorted(line.points):
        total += line.points[at]
        yield at, total


def _named(function: str) -> "Function":
    """A function over series that no id names; they are looked up by the function with its texts."""

    def find(scope: Scope, arguments: Sequence[ast.expr]) -> Value:
        if not all(isinstance(argument, ast.Constant) for argument in arguments):
            raise NotUnderstood(f"{function} takes only texts and numbers.")
        return scope.lookup("\0".join([function, *(str(a.value) for a in arguments if isinstance(a, ast.Constant))]))

    return find


Function = Callable[[Scope, Sequence[ast.expr]], Value]
FUNCTIONS: dict[str, Function] = {
    "IF": _if,
    "FILL": _fill,
    **{name: _reduction(reduce) for name, reduce in REDUCTIONS.items()},
    "RUNNING_SUM": _running_sum,
    "PERIOD": lambda scope, arguments: float(lines(scope.values(arguments, 1)[0])[0].period),
    "METRICS": _named("METRICS"),
    "SEARCH": _named("SEARCH"),
}
SYNTAX = (ast.Constant, ast.Name, ast.Load, ast.List, ast.Call, ast.UnaryOp, ast.USub, ast.UAdd, ast.BinOp, ast.BoolOp)
KNOWN = (*SYNTAX, ast.Compare, *ARITHMETIC, *LOGIC)
