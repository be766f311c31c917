"""When alarms fire and clear: AWS's rules, played over samples.

Rules: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html: how an alarm is
evaluated, and "Configuring how CloudWatch alarms treat missing data", whose tables stand in the tests.
- Every minute (every ten seconds if the period is 10, 20 or 30) an alarm looks at the periods that end now: windows
  slide, they are not aligned to the clock. A period holds what came from its start until just before its end.
- More datapoints are fetched than needed: the evaluation range. How many more AWS does not say but for its example, 5
  where 3 are needed: here it is always two more (`SPARE`). While the range holds enough real datapoints the latest of
  them decide, and silence is not asked about; else the missing ones are filled, as few as possible.
- Nothing is late here. A real sample arrives seconds or minutes after its time, and the alarm with it.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from raglite.errors import ConfigurationError
from raglite.observability.alarms import Alarm, CompositeAlarm, MetricAlarm, MetricKey, Silence, State, Watched
from raglite.observability.metric_math import evaluate
from raglite.observability.statistics import Samples

SPARE = 2
OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
TERM = re.compile(r'\s*(?:(ALARM|OK|INSUFFICIENT_DATA)\(\s*"?([^")]+?)"?\s*\)|(AND|OR|NOT|TRUE|FALSE|[()]))')


class Change(NamedTuple):
    """An alarm's passing from one state to another, `at` seconds."""

    at: int
    alarm: str
    state: State


class Simulation:
    """Alarms over the samples of their metrics. A metric without samples is silent."""

    def __init__(self, alarms: Iterable[Alarm], samples: Mapping[MetricKey, Samples]) -> None:
        known = tuple(alarms)
        self._metric_alarms = [alarm for alarm in known if isinstance(alarm, MetricAlarm)]
        self._composites = [alarm for alarm in known if isinstance(alarm, CompositeAlarm)]
        self._samples = samples
        self._points: dict[tuple[Watched, int, int], float | None] = {}
        self.states = {alarm.name: State.INSUFFICIENT_DATA for alarm in known}

    def play(self, moments: Iterable[int]) -> list[Change]:
        """Look at every alarm at each of these moments, in seconds; return what changed."""
        changes: list[Change] = []
        for now in moments:
            for alarm in self._metric_alarms:
                if now % alarm.is_looked_at_every == 0:
                    self._set(
                        changes, now, alarm.name, judged(self.datapoints(alarm, now), alarm, self.states[alarm.name])
                    )
            self._combine(changes, now)
        return changes

    def datapoints(self, alarm: MetricAlarm, now: int) -> list[float | None]:
        """Return the values in the alarm's evaluation range, the latest last."""
        places = range(alarm.periods + SPARE)
        ends = [now - alarm.period * place for place in reversed(places)]
        inputs = {
            name: tuple(self._point(watched, end - alarm.period, end) for end in ends)
            for name, watched in alarm.inputs.items()
        }
        return list(inputs.get(alarm.expression) or evaluate(alarm.expression, inputs))

    def _point(self, watched: Watched, start: int, end: int) -> float | None:
        key = (watched, start, end)
        if key not in self._points:
            samples = self._samples.get(watched.key)
            self._points[key] = samples.statistic(watched.statistic, start, end) if samples else None
        return self._points[key]

    def _combine(self, changes: list[Change], now: int) -> None:
        """Let composite alarms follow, until none changes any more: one may stand on another."""
        for _ in self._composites:
            before = len(changes)
            for alarm in self._composites:
                self._set(changes, now, alarm.name, State.ALARM if is_true(alarm.rule, self.states) else State.OK)
            if len(changes) == before:
                break

    def _set(self, changes: list[Change], now: int, name: str, state: State) -> None:
        if self.states[name] is not state:
            self.states[name] = state
            changes.append(Change(now, name, state))


def judged(values: Sequence[float | None], alarm: MetricAlarm, current: State) -> State:
    """Return the state an alarm passes to by the values of its evaluation range, the latest last."""
    is_beyond = OPERATORS[alarm.operator]
    real = [(age, is_beyond(value, alarm.threshold)) for age, value in enumerate(reversed(values)) if value is not None]
    missing = max(alarm.periods - len(real), 0)
    beyond = sum(is_so for _, is_so in real[: alarm.periods])
    if missing and alarm.silence is Silence.BREACHING:
        beyond += missing
    if beyond >= alarm.datapoints:
        return State.ALARM
    is_open = missing > 0 and alarm.silence in {Silence.MISSING, Silence.IGNORE} and all(is_so for _, is_so in real)
    return _undecided(real, alarm, current) if is_open else State.OK


def _undecided(real: Sequence[tuple[int, bool]], alarm: MetricAlarm, current: State) -> State:
    """Return the state where silence decides nothing and whatever is real is beyond the threshold.

    "Avoiding premature transitions to alarm state": one value beyond it is enough once it is as old as `datapoints`.
    """
    if alarm.silence is Silence.IGNORE:
        return current
    is_old_enough = bool(real) and real[-1][0] + 1 >= alarm.datapoints
    return State.ALARM if is_old_enough else State.INSUFFICIENT_DATA


def is_true(rule: str, states: Mapping[str, State]) -> bool:
    """Return whether a composite alarm's rule holds; ConfigurationError if it names no such alarm or is no rule.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    """
    if unknown := named_in(rule) - states.keys():
        raise ConfigurationError(f"The rule {rule} names {', '.join(sorted(unknown))}: there is no such alarm.")
    return _holds(_tree(rule), states)


def named_in(rule: str) -> set[str]:
    """Return the names of the alarms that a composite alarm's rule stands on."""
    return {name for _, name, _ in _terms(rule)} - {""}


@cache
def _tree(rule: str) -> ast.expr:
    """Return the rule's tree: in Python's words, and in its place of each state a pair of it and the alarm's name."""
    python = [
        repr((state, name)) if state else word.capitalize() if word in {"TRUE", "FALSE"} else word.lower()
        for state, name, word in _terms(rule)
    ]
    try:
        tree = ast.parse(" ".join(python), mode="eval").body
    except SyntaxError as error:
        raise ConfigurationError(f"The rule {rule} cannot be read: {error.msg}.") from error
    if any(isinstance(node, ast.Call) or (isinstance(node, ast.Tuple) and not node.elts) for node in ast.walk(tree)):
        raise ConfigurationError(f"The rule {rule} cannot be read: a term is missing, or two stand side by side.")
    return tree


def _holds(node: ast.expr, states: Mapping[str, State]) -> bool:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_holds(value, states) for value in values)
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(_holds(value, states) for value in values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _holds(operand, states)
        case ast.Tuple(elts=[ast.Constant(value=str() as state), ast.Constant(value=str() as name)]):
            return states[name].value == state
        case ast.Constant(value=bool() as word):
            return word
    raise AssertionError(ast.unparse(node))


@cache
def _terms(rule: str) -> tuple[tuple[str, str, str], ...]:
    """Return the rule's terms: a state and the alarm that should be in it, or else a word or a parenthesis."""
    found, place = [], 0
    while rule[place:].strip():
        term = TERM.match(rule, place)
        if term is None:
            raise ConfigurationError(f"The rule {rule} cannot be read from `{rule[place:].strip()}` on.")
        found.append((term[1] or "", (term[2] or "").rpartition(":")[2], term[3] or ""))  # of an ARN the name only
        place = term.end()
    return tuple(found)
