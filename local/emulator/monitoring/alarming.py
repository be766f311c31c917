"""When an alarm goes off.

Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html (evaluated every minute over a
sliding window, every ten seconds where periods are shorter than a minute, every hour where the window is longer than a
day) and alarms-and-missing-data.html (evaluation range, the four treatments, premature transitions).
"""

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.emulator.monitoring.aggregation import NotUnderstood
from local.emulator.monitoring.expressions import Span
from local.emulator.monitoring.queries import Queries, series_of
from local.emulator.monitoring.series import Series, Store

ALARM, OK, INSUFFICIENT = "ALARM", "OK", "INSUFFICIENT_DATA"
EXTRA = 2  # periods looked at beyond the evaluation periods: AWS's tables show 5 for 3, its text gives no rule
LATE = 2.0  # seconds that a value may take to arrive before its period is judged
MINUTE, HOUR, DAY, SHORT_STEP = 60, 3600, 86_400, 10
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
Alarm = Mapping[str, Any]


@dataclass(frozen=True)
class Point:
    """A period that has a value; `age` counts periods back, the newest one's is 1."""

    age: int
    at: int
    value: float
    breaching: bool


@dataclass(frozen=True)
class Verdict:
    """What an evaluation came to: a state, None to keep the one there is, and what it rests on, newest first."""

    state: str | None
    points: Sequence[Point]


def queries_of(alarm: Alarm) -> list[Mapping[str, Any]]:
    """Return an alarm's queries; one on a single metric is one of a single query."""
    if "Metrics" in alarm:
        return list(alarm["Metrics"])
    metric = {name: alarm[name] for name in ("Namespace", "MetricName", "Dimensions") if name in alarm}
    statistic = alarm.get("ExtendedStatistic") or alarm["Statistic"]
    return [{"Id": "m1", "MetricStat": {"Metric": metric, "Period": alarm["Period"], "Stat": statistic}}]


def period_of(alarm: Alarm) -> int:
    """Return the length of an alarm's periods in seconds."""
    periods = {int(query["MetricStat"]["Period"]) for query in queries_of(alarm) if "MetricStat" in query}
    if len(periods) != 1:
        raise NotUnderstood("All metrics of an alarm have the same period.")
    return periods.pop()


def series_watched(alarm: Alarm) -> list[Series]:
    """Return the series an alarm looks at."""
    return [series_of(query["MetricStat"]["Metric"]) for query in queries_of(alarm) if "MetricStat" in query]


def span_at(alarm: Alarm, now: float) -> Span:
    """Return the evaluation range that is looked at from `now`."""
    period, count = period_of(alarm), int(alarm["EvaluationPeriods"])
    step = SHORT_STEP if period < MINUTE else HOUR if period * count > DAY else MINUTE
    end = int((now - LATE) // step) * step
    return Span(end - period * (count + EXTRA), end)


def evaluate(alarm: Alarm, store: Store, span: Span) -> Verdict:
    """Return what an alarm's state should be.

    Raises:
        NotUnderstood: its expression cannot be evaluated.
    """
    asked = queries_of(alarm)
    returned = next(query["Id"] for query in asked if query.get("ReturnData", True))
    lines = Queries(store, asked, span).lines(returned)
    if len(lines) != 1:
        raise NotUnderstood(f"An alarm watches one series; {returned} yields {len(lines)}.")
    compare, threshold = COMPARISONS[alarm["ComparisonOperator"]], float(alarm["Threshold"])
    period, values = period_of(alarm), lines[0].points
    points = [
        Point(age, at, values[at], compare(values[at], threshold))
        for age, at in enumerate(reversed(span.starts(period)), 1)
        if at in values
    ]
    wanted = int(alarm["EvaluationPeriods"])
    return Verdict(
        judge(points, wanted, int(alarm.get("DatapointsToAlarm", wanted)), alarm["TreatMissingData"]), points
    )


def judge(points: Sequence[Point], wanted: int, to_alarm: int, treat: str) -> str | None:
    """Return the state that real points (newest first) of the evaluation range mean; None to keep the present one."""
    breaching = sum(point.breaching for point in points[:wanted])
    missing = max(0, wanted - len(points))
    if not missing or breaching >= to_alarm:
        return ALARM if breaching >= to_alarm else OK
    if treat == "breaching":
        return ALARM if breaching + missing >= to_alarm else OK
    if treat == "notBreaching":
        return OK
    if not all(point.breaching for point in points):
        return OK
    if treat == "ignore":
        return None
    return ALARM if points and points[-1].age >= to_alarm else INSUFFICIENT  # "avoiding premature transitions"


def reason(alarm: Alarm, verdict: Verdict) -> tuple[str, str]:
    """Return why, as a sentence and as the JSON that AWS gives along."""
    shown = verdict.points[: int(alarm["EvaluationPeriods"])]
    moments = ", ".join(f"{point.value} ({datetime.fromtimestamp(point.at, UTC):%d/%m/%y %H:%M:%S})" for point in shown)
    data = {
        "version": "1.0",
        "queryDate": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000"),
        "statistic": alarm.get("ExtendedStatistic") or alarm.get("Statistic"),
        "period": period_of(alarm),
        "recentDatapoints": [point.value for point in shown],
        "threshold": alarm["Threshold"],
    }
    number = f"{len(shown)} datapoint{'s' * (len(shown) != 1)}"
    if not shown:
        return (
            f"No datapoints were received; {alarm['TreatMissingData']} data is what this alarm makes of that.",
            json.dumps(data),
        )
    crossed = "Threshold Crossed" if verdict.state == ALARM else "Threshold Not Crossed"
    return f"{crossed}: {number} [{moments}] against {alarm['ComparisonOperator']} {alarm['Threshold']}.", json.dumps(
        data
    )
