"""How much of the processors others had while something was measured: if much, a time says nothing of the code."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

QUIET_PERCENT = 10.0  # of all processors
BUSY = ("user", "nice", "system", "irq", "softirq", "steal")  # what is idle or waits is nobody's


@dataclass(frozen=True)
class Spent:
    """Seconds of processors until a moment of a clock: everybody's, and those of this process and what it started."""

    clock: float
    everybody: float
    ours: float

    @classmethod
    def now(cls) -> "Spent":
        """Return what was spent until now."""
        whole = psutil.cpu_times()
        return cls(time.monotonic(), sum(getattr(whole, name, 0.0) for name in BUSY), _ours())


@dataclass
class Others:
    """Their share of all processors, in percent."""

    percent: float = 0.0

    @property
    def quiet(self) -> bool:
        """Whether they left the machine to what was measured."""
        return self.percent <= QUIET_PERCENT

    @contextmanager
    def watched(self) -> Iterator["Others"]:
        """Note their share while the body runs."""
        before = Spent.now()
        try:
            yield self
        finally:
            self.percent = share(before, Spent.now(), os.cpu_count() or 1)


def share(before: Spent, after: Spent, processors: int) -> float:
    """Return what others took of the processors between two moments, in percent."""
    theirs = (after.everybody - before.everybody) - (after.ours - before.ours)
    return max(0.0, 100 * theirs / (processors * (after.clock - before.clock)))


def _ours() -> float:
    """Return the seconds of this process, of all that it has waited for, and of all that runs below it."""
    spent = sum(os.times()[:4])
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            spent += sum(process.cpu_times()[:4])
    return spent
