"""A metric's samples, and CloudWatch's statistics of a window of them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate

from raglite.errors import ConfigurationError

PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")
OF_VALUES: Mapping[str, Callable[[Sequence[float]], float]] = {"Minimum": min, "Maximum": max, "SampleCount": len}
BETWEEN = re.compile(r"(TC|PR)\((\d+(?:\.\d+)?)?:(\d+(?:\.\d+)?)?\)")  # absolute bounds only


class Samples:
    """Values with their times in seconds, which may come in any order."""

    def __init__(self, timed: Iterable[tuple[float, float]] = ()) -> None:
        ordered = sorted(timed)
        self._times = [time for time, _ in ordered]
        self._values = [value for _, value in ordered]
        self._sums: dict[str, list[float]] = {}

    def statistic(self, name: str, start: float, end: float) -> float | None:
        """Return a statistic of what came from `start` until just before `end`; None if nothing came.

        A percentile is the nearest rank: AWS does not say how it estimates one. Bounds as in TC(low:high), the count,
        and PR(low:high), the percentage, leave `low` itself out and `high` in.
        """
        first, last = bisect_left(self._times, start), bisect_left(self._times, end)
        if first >= last:
            return None
        if name in OF_VALUES:
            return OF_VALUES[name](self._values[first:last])
        if name in {"Sum", "Average"}:
            return self._total("Sum", float, first, last) / (1 if name == "Sum" else last - first)
        if found := PERCENTILE.fullmatch(name):
            values = sorted(self._values[first:last])
            return values[max(math.ceil(float(found[1]) / 100 * len(values)), 1) - 1]
        return self._between(name, first, last)

    def _between(self, name: str, first: int, last: int) -> float:
        found = BETWEEN.fullmatch(name)
        if found is None:
            raise ConfigurationError(f"The statistic {name} is not simulated.")
        low, high = float(found[2] or "-inf"), float(found[3] or "inf")
        count = self._total(name, lambda value: float(low < value <= high), first, last)
        return count if found[1] == "TC" else 100 * count / (last - first)

    def _total(self, name: str, of: Callable[[float], float], first: int, last: int) -> float:
        """Return a sum over a slice by two running sums, which makes long windows as cheap as short ones."""
        if name not in self._sums:
            self._sums[name] = [0.0, *accumulate(map(of, self._values))]
        return self._sums[name][last] - self._sums[name][first]
