"""What was measured of each question, and what that amounts to. All times are seconds since the run began."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from raglite.model import Frozen
from raglite.observability.statistics import Samples
from raglite.telemetry import ERRORS, QUERIES, QUERY_LATENCY
from tests.load.crowds.messages import TIMEOUT

STATISTICS = ("Minimum", "Average", "p50", "p90", "p95", "p99", "p99.9", "Maximum")
BUCKETS_PER_DECADE = 10
LEAST_MS = 0.01  # what takes less is counted as if it took so long
WINDOWS = 120  # of a drawing, at most


class Asked(NamedTuple):
    """A question from when it was due until its answer was read, or until it had failed."""

    due: float
    woke: float  # when the generator came to it
    sent: float  # when it had room to be sent
    done: float
    failure: str | None = None

    @property
    def from_due_ms(self) -> float:
        """How long whoever asked has waited."""
        return 1000 * (self.done - self.due)

    @property
    def service_ms(self) -> float:
        """How long the request took, once it was sent: what a closed loop would call latency."""
        return 1000 * (self.done - self.sent)

    @property
    def late_ms(self) -> float:
        """How late the generator was: nothing but itself has kept it."""
        return 1000 * (self.woke - self.due)


class Bucket(Frozen):
    """How many answers took at most so long, and longer than the bucket before."""

    up_to_ms: float
    from_due: int
    service: int


class Window(Frozen):
    """What became of the questions that were due in a stretch of the run; no latency where none was answered."""

    begin: float
    seconds: float
    asked: int
    failed: int
    from_due_ms: Mapping[str, float]
    service_ms: Mapping[str, float]


def settled(asked: Asked, timeout: float) -> Asked:
    """Return it as whoever asked has seen it: an answer that comes too late is none."""
    late = asked.done - asked.due > timeout
    return asked._replace(failure=TIMEOUT) if late and asked.failure is None else asked


def answered(asked: Iterable[Asked]) -> list[Asked]:
    """Return those that have an answer."""
    return [one for one in asked if one.failure is None]


def samples(asked: Sequence[Asked]) -> dict[str, list[float]]:
    """Return the events as evidence has them: by metric of raglite/telemetry.py, one value each."""
    good = answered(asked)
    return {
        QUERIES.name: [1.0] * len(asked),
        ERRORS.name: [1.0] * (len(asked) - len(good)),
        QUERY_LATENCY.name: [one.from_due_ms for one in good],
    }


def statistic(values: Iterable[float], name: str) -> float | None:
    """Return a statistic by CloudWatch's name, None of no values."""
    return Samples((0, value) for value in values).statistic(name, 0, 1)


def statistics(values: Iterable[float]) -> dict[str, float]:
    """Return all that are reported; none of no values."""
    known = Samples((0, value) for value in values)
    found = {name: known.statistic(name, 0, 1) for name in STATISTICS}
    return {name: round(value, 3) for name, value in found.items() if value is not None}


def histogram(asked: Sequence[Asked]) -> tuple[Bucket, ...]:
    """Return ten buckets a decade, from the first to the last that holds anything."""
    good = answered(asked)
    if not good:
        return ()
    bounds = _bounds([value for one in good for value in (one.from_due_ms, one.service_ms)])
    from_due = _counted(bounds, (one.from_due_ms for one in good))
    service = _counted(bounds, (one.service_ms for one in good))
    rows = zip(bounds, from_due, service, strict=True)
    return tuple(Bucket(up_to_ms=bound, from_due=due, service=sent) for bound, due, sent in rows)


def windows(asked: Sequence[Asked], seconds: float) -> tuple[Window, ...]:
    """Return the run in stretches of whole seconds, all equally long but for the last."""
    size = max(1, math.ceil(seconds / WINDOWS))
    groups: list[list[Asked]] = [[] for _ in range(max(1, round(seconds / size)))]
    for one in asked:
        groups[min(int(one.due // size), len(groups) - 1)].append(one)
    ends = [size * number for number in range(1, len(groups))] + [seconds]
    return tuple(_window(number * size, ends[number], group) for number, group in enumerate(groups))


def _window(begin: float, end: float, asked: Sequence[Asked]) -> Window:
    good = answered(asked)
    return Window(
        begin=begin,
        seconds=end - begin,
        asked=len(asked),
        failed=len(asked) - len(good),
        from_due_ms=statistics(one.from_due_ms for one in good),
        service_ms=statistics(one.service_ms for one in good),
    )


def _bounds(values: Sequence[float]) -> list[float]:
    first, last = (
        math.ceil(BUCKETS_PER_DECADE * math.log10(max(value, LEAST_MS))) for value in (min(values), max(values))
    )
    return [round(10 ** (number / BUCKETS_PER_DECADE), 3) for number in range(first, last + 1)]


def _counted(bounds: Sequence[float], values: Iterable[float]) -> list[int]:
    counts = [0] * len(bounds)
    for value in values:
        counts[min(bisect_left(bounds, value), len(bounds) - 1)] += 1
    return counts
