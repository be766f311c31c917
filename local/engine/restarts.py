"""How long to wait before a server that keeps dying starts again.

ECS slows such a service down; the emulator would start it as fast as it dies and take the whole machine.
"""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

YOUNG = 30.0  # seconds; who dies younger did not start properly
LONGEST = 30.0  # seconds


@dataclass(frozen=True)
class Deaths:
    """Young deaths in a row, and when the last one was (monotonic seconds)."""

    count: int
    last: float


class Restarts:
    """Deaths of servers, counted apart per kind."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._deaths: dict[Hashable, Deaths] = {}

    def died(self, kind: Hashable, age: float) -> None:
        """Count a death that nobody asked for, at `age` seconds."""
        if age >= YOUNG:
            self._deaths.pop(kind, None)
        else:
            self._deaths[kind] = Deaths(self.deaths(kind) + 1, self._clock())

    def deaths(self, kind: Hashable) -> int:
        """Return how many died young in a row; they are forgotten when none followed in the longest time."""
        deaths = self._deaths.get(kind)
        return deaths.count if deaths and self._clock() - deaths.last < YOUNG + LONGEST else 0

    def delay(self, kind: Hashable) -> float:
        """Return the seconds to wait: none after a first death, then 1, 2, 4 ... up to the longest."""
        deaths = self.deaths(kind)
        return min(LONGEST, 2.0 ** (deaths - 2)) if deaths > 1 else 0.0

    def sentence(self, kind: Hashable) -> bytes:
        """Return a line for the log of one that has to wait."""
        return (
            f"the last {self.deaths(kind)} died within {YOUNG:.0f} s of their start: "
            f"this one starts in {self.delay(kind):.0f} s\n"
        ).encode()
