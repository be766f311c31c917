"""What CloudWatch would count of values that a test records."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from raglite.observability.budget import Counting
from raglite.observability.slo import Count
from raglite.ports import Clock, SystemClock


class FakeCounts:
    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.recorded: list[tuple[datetime, str, float]] = []

    def record(self, metric: str, *values: float, seconds_ago: float = 0) -> None:
        at = self.clock.now() - timedelta(seconds=seconds_ago)
        self.recorded += [(at, metric, value) for value in values]

    def __call__(self, asked: Sequence[Counting]) -> Mapping[Counting, float]:
        return {one: self._counted(one.what, one.seconds) for one in asked}

    def _counted(self, what: Count, seconds: int) -> float:
        since = self.clock.now() - timedelta(seconds=seconds)
        values = [value for at, metric, value in self.recorded if metric == what.metric and at >= since]
        if what.statistic == "Sum":
            return float(sum(values))
        if what.statistic == "SampleCount":
            return float(len(values))
        above = float(what.statistic.removeprefix("TC(").removesuffix(":)"))
        return float(sum(value > above for value in values))
