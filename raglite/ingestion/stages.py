"""The stages of a version's ingestion as spans, and the seconds they took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from raglite.ports import Lease, Services
from raglite.telemetry import STAGE_TIME, Span


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a key came to be worked on: asked for, then taken up by a process, which may have begun for its sake."""

    requested: datetime | None
    began: datetime | None  # the process, if this is the key it began with
    taken_up: datetime

    @classmethod
    def of(cls, lease: Lease, began: datetime | None, taken_up: datetime) -> "Arrival":
        """Return a key's arrival. Clocks differ: nothing is later here than its being taken up."""
        requested = None if lease.requested is None else min(lease.requested, taken_up)
        return cls(requested, None if began is None else min(began, taken_up), taken_up)

    @property
    def since(self) -> datetime:
        """When a trace of it begins."""
        return self.requested or self.began or self.taken_up

    def again(self, now: datetime) -> "Arrival":
        """Return the arrival of the next version of the key that is worked on."""
        return replace(self, began=None, taken_up=now)

    def past(self, now: datetime) -> Iterator[tuple[Span, datetime, datetime]]:
        """Yield the stages that are over when a version's work begins: one ends where the next begins."""
        started = max(self.since, self.began) if self.began else self.taken_up
        if self.requested:
            yield Span.WAIT, self.since, started
        if self.began:
            yield Span.START, started, self.taken_up
        yield Span.LOOK, self.taken_up, now


@dataclass
class Stages:
    """Times and traces the stages of one version."""

    services: Services
    seconds: dict[str, float] = field(default_factory=dict)

    def past(self, arrival: Arrival) -> None:
        """Note what was over before there was a trace to note it in."""
        for name, began, ended in arrival.past(self.services.clock.now()):
            self.services.telemetry.past(name, began, ended)
            self._add(name, max(0.0, (ended - began).total_seconds()))  # the clock may have been set back

    @contextmanager
    def stage(self, name: Span) -> Iterator[None]:
        """Run the body in a span and note the seconds it took, however it ended; of a stage in parts, their sum.

        Stages that overlap add up to more than the clock says.
        """
        begun = time.monotonic()
        try:
            with self.services.telemetry.span(name):
                yield
        finally:
            self._add(name, time.monotonic() - begun)

    def report(self) -> None:
        """Record how long each stage took."""
        for name, seconds in self.seconds.items():
            self.services.telemetry.metric(STAGE_TIME, seconds, Stage=name)

    def _add(self, name: Span, seconds: float) -> None:
        self.seconds[name.value] = self.seconds.get(name.value, 0) + seconds
