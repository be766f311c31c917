"""A CloudWatch that holds what a test puts into it."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import mean, median

from scripts.dashboards.body import Dashboard, Row
from scripts.dashboards.cloudwatch import Alarm, Lines, Point, Series, Span

STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Average": mean,
    "SampleCount": len,
    "p50": median,
    "p95": max,
}


@dataclass
class StoredCloudWatch:
    """Values by namespace, metric and dimensions; alarms' states; what log queries find. It computes no expressions."""

    stored: list[Dashboard] = field(default_factory=list)
    values: dict[tuple[str, ...], list[Point]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    found: dict[str, Lines] = field(default_factory=dict)

    def dashboard(self, name: str) -> Dashboard:
        try:
            return next(one for one in self.stored if one.name == name)
        except StopIteration:
            message = f"there is no dashboard {name}: apply infra/terraform first."
            raise LookupError(message) from None

    def series(self, rows: Sequence[Row], span: Span) -> list[Series]:
        return [Series(row, self._points(row, span)) for row in rows if row.visible]

    def _points(self, row: Row, span: Span) -> tuple[Point, ...]:
        periods: dict[datetime, list[float]] = defaultdict(list)
        for moment, value in self.values.get(row.metric, []):
            start = datetime.fromtimestamp(moment.timestamp() // row.period * row.period, UTC)
            if span[0] <= start and moment < span[1]:
                periods[start].append(value)
        return tuple((start, STATISTICS[row.stat](values)) for start, values in sorted(periods.items()))

    def alarms(self, arns: Sequence[str]) -> list[Alarm]:
        names = [arn.rpartition(":")[2] for arn in arns]
        return [Alarm(name, self.states[name], "", "") for name in names if name in self.states]

    def lines(self, query: str, span: Span) -> Lines:
        return self.found.get(query, Lines()) if span[0] < span[1] else Lines()
