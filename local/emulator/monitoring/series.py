"""What was measured: every series with its values, kept by the second or the minute until the emulator stops."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

STANDARD, HIGH = 60, 1  # seconds: the two storage resolutions that CloudWatch has
Weighed = tuple[float, float]  # a value and how often it was seen


class Series(NamedTuple):
    """A metric: another dimension or another value of one is another metric."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str]) -> "Series":
        """Return the series; dimensions have no order."""
        return cls(namespace, name, tuple(sorted(dimensions.items())))


@dataclass
class Bucket:
    """All values of one series in one stretch of time."""

    count: float = 0.0
    total: float = 0.0
    low: float = float("inf")
    high: float = float("-inf")
    parts: list[list[Weighed]] = field(default_factory=lambda: [[]])  # the first is its own, the rest are borrowed
    whole: bool = True  # whether `values` tell everything, which a published statistic set does not
    touched: int = 0  # the store's number of the last write

    @property
    def values(self) -> Iterator[Weighed]:
        """Every value with how often it was seen, in no order."""
        return chain.from_iterable(self.parts)

    def add(self, value: float, times: float = 1.0) -> None:
        """Add a value that was seen so often."""
        self.add_set(times, value * times, value, value)

    def add_set(self, count: float, total: float, low: float, high: float) -> None:
        """Add values of which only these four are known."""
        self.count += count
        self.total += total
        self.low, self.high = min(self.low, low), max(self.high, high)
        if low == high:
            self.parts[0].append((low, count))
        else:
            self.whole = False

    def merge(self, other: "Bucket") -> None:
        """Add what another stretch has."""
        self.count += other.count
        self.total += other.total
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        self.parts.extend(other.parts)
        self.whole = self.whole and other.whole


class Store:
    """Every series; safe to use from several threads."""

    def __init__(self) -> None:
        self._buckets: dict[Series, dict[int, Bucket]] = defaultdict(dict)
        self._units: dict[Series, str] = {}
        self._writes = 0
        self._lock = threading.Lock()

    def put(self, series: Series, at: float, values: Iterable[float], unit: str = "None") -> None:
        """Add values of a moment (seconds since the epoch) at standard resolution."""
        with self.open(series, at, unit) as bucket:
            for value in values:
                bucket.add(float(value))

    def open(self, series: Series, at: float, unit: str = "None", resolution: int = STANDARD) -> "_Open":
        """Return a context that yields the bucket of a moment, to add to."""
        return _Open(self._lock, lambda: self._bucket(series, int(at // resolution) * resolution, unit))

    def all(self) -> list[Series]:
        """Return every series that ever had a value."""
        with self._lock:
            return list(self._buckets)

    def unit(self, series: Series) -> str:
        """Return the unit that was published last."""
        return self._units.get(series, "None")

    def windows(self, series: Series, start: int, end: int, period: int) -> dict[int, Bucket]:
        """Return what was measured in each period, by its start: the first is `start`, empty ones are left out."""
        found: dict[int, Bucket] = {}
        with self._lock:
            for at, bucket in self._buckets.get(series, {}).items():
                if start <= at < end:
                    found.setdefault(at - (at - start) % period, Bucket()).merge(bucket)
        return found

    def touched(self, series: Iterable[Series], start: int, end: int) -> int:
        """Return a number that grows whenever anything is written into this stretch of one of these series."""
        with self._lock:
            return max(
                (
                    bucket.touched
                    for one in series
                    for at, bucket in self._buckets.get(one, {}).items()
                    if start <= at < end
                ),
                default=0,
            )

    def _bucket(self, series: Series, at: int, unit: str) -> Bucket:
        self._writes += 1
        self._units[series] = unit
        bucket = self._buckets[series].setdefault(at, Bucket())
        bucket.touched = self._writes
        return bucket


class _Open:
    def __init__(self, lock: threading.Lock, bucket: Callable[[], Bucket]) -> None:
        self._lock, self._bucket = lock, bucket

    def __enter__(self) -> Bucket:
        self._lock.acquire()
        return self._bucket()

    def __exit__(self, *_: object) -> None:
        self._lock.release()
