"""Questions as a generator would have noted them, and a service that stalls, without a clock."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile

from tests.load.crowds.measured import Asked
from tests.load.crowds.schedule import chance, coming
from tests.load.crowds.verdict import Generator

FIT = Generator(late_ms=1, cpu_percent=10)


def asked(ms: float, due: float = 0, failure: str | None = None) -> Asked:
    return Asked(due, due, due, due + ms / 1000, failure)


def dues(seconds: float, rate: float, seed: int) -> list[float]:
    ticking = (due for due, _ in coming(0, rate, ["?"], chance(seed, 0)))
    return list(takewhile(lambda due: due < seconds, ticking))


@dataclass(frozen=True)
class Service:
    """Each answer takes `seconds`; what is sent while it stalls is answered when the stall is over."""

    seconds: float
    stall: tuple[float, float]

    def done(self, sent: float) -> float:
        begin, end = self.stall
        return (end if begin <= sent < end else sent) + self.seconds

    def asked_one_by_one(self, due: Iterable[float]) -> Iterator[Asked]:
        """Yield what becomes of questions whose asker has one connection only."""
        free = 0.0
        for moment in due:
            sent = max(moment, free)
            free = self.done(sent)
            yield Asked(moment, moment, sent, free)
