"""Token buckets: how much each of many may do at once and in the long run, and how long who has done more must wait."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

SECOND = 10**9  # all times are whole nanoseconds, so that rounding neither grants nor withholds anything
MOST = 10_000  # buckets that are kept: about 2 MB of them


@dataclass(frozen=True, slots=True)
class Pace:
    """So many a minute in the long run, and `burst` at once by who has not asked for a while."""

    per_minute: int
    burst: int

    @property
    def interval(self) -> int:
        """Nanoseconds in which a token comes in."""
        return -(-60 * SECOND // self.per_minute)

    @property
    def depth(self) -> int:
        """Nanoseconds in which an empty bucket is full again."""
        return self.burst * self.interval


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether there was a token, how many are left, and after how many seconds there is one more."""

    allowed: bool
    left: int
    seconds: int


class Buckets:
    """A bucket for each name, from any number of threads.

    A bucket is the moment at which it is full again, and one that is full need not be kept. Of more than `most` names
    the one that took longest ago is forgotten: its bucket is full the soonest.
    """

    def __init__(self, pace: Pace, most: int = MOST, now: Callable[[], int] = time.monotonic_ns) -> None:
        self.pace = pace
        self._most = most
        self._now = now
        self._full_at: OrderedDict[str, int] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, name: str) -> Standing:
        """Take a token if there is one."""
        with self._lock:
            now = self._now()
            full_at = max(self._full_at.get(name, now), now)
            room = self.pace.depth - (full_at - now)
            allowed = room >= self.pace.interval
            if allowed:
                self._keep(name, full_at + self.pace.interval)
                room -= self.pace.interval
        left, begun = divmod(room, self.pace.interval)
        return Standing(allowed, left, -(-(self.pace.interval - begun) // SECOND))

    def put_back(self, name: str) -> None:
        """Give back a token that was taken for nothing."""
        with self._lock:
            if name in self._full_at:
                self._full_at[name] -= self.pace.interval

    def _keep(self, name: str, full_at: int) -> None:
        self._full_at[name] = full_at
        self._full_at.move_to_end(name)
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)


def buckets(per_minute: int, burst: int) -> Buckets | None:
    """Return buckets of this pace; None for 0 a minute, which is no limit."""
    return Buckets(Pace(per_minute, burst)) if per_minute else None
