"""Target tracking: how many tasks a service should have, from what was measured minute by minute. Pure rules, no I/O.

Source: docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html and
docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html. The two alarms of a policy
(3 minutes above the target, 15 minutes below 90 % of it) are those that AWS creates. Its pages only say that scaling
out is proportional and that scaling in goes in small increments: here one task goes at a time.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from local.emulator.monitoring.alarming import ALARM, EXTRA, Point, judge

HIGH, LOW = 3, 15  # minutes that have to breach
BELOW = 0.9  # of the target: what counts as low
READINGS = LOW + EXTRA  # as many as an alarm ever looks at
COOLDOWN = 300.0  # seconds; AWS's default for ECS services
NEVER = -math.inf


@dataclass(frozen=True)
class Policy:
    """A target-tracking policy; cooldowns are in seconds."""

    name: str
    target: float
    out_cooldown: float = COOLDOWN
    in_cooldown: float = COOLDOWN
    scales_in: bool = True


@dataclass(frozen=True)
class Tracked:
    """A policy and its metric's average of each minute, newest first; None where nothing was measured."""

    policy: Policy
    readings: Sequence[float | None]

    @property
    def newest(self) -> float:
        """What was measured last; a number, wherever an alarm is on."""
        return next(reading for reading in self.readings if reading is not None)

    @property
    def is_high(self) -> bool:
        """Whether the upper alarm is on."""
        return self._is_on(HIGH, lambda value: value > self.policy.target)

    @property
    def is_low(self) -> bool:
        """Whether the lower alarm is on."""
        return self._is_on(LOW, lambda value: value < BELOW * self.policy.target)

    def _is_on(self, minutes: int, breaches: Callable[[float], bool]) -> bool:
        looked_at = enumerate(self.readings[: minutes + EXTRA], 1)
        points = [Point(age, -age, value, breaches(value)) for age, value in looked_at if value is not None]
        return judge(points, minutes, minutes, "missing") == ALARM

    def needs(self, capacity: int) -> int:
        """Return the tasks that would bring the newest value to the target, had `capacity` tasks measured it."""
        return math.ceil(capacity * self.newest / self.policy.target)


@dataclass(frozen=True)
class Past:
    """The activities before: when the last ones ended (seconds on any clock), and from how many tasks the last grew."""

    out_at: float = NEVER
    grew_from: int = 0
    in_at: float = NEVER


@dataclass(frozen=True)
class Service:
    """What is scaled. `may_grow` and `may_shrink` are False while that direction is suspended."""

    capacity: int
    least: int
    most: int
    may_grow: bool = True
    may_shrink: bool = True

    def within(self, wanted: int) -> int:
        """Return the number of tasks that comes nearest within the bounds."""
        return max(self.least, min(wanted, self.most))


@dataclass(frozen=True)
class Decision:
    """A new number of tasks, and the policy and the alarm it comes from."""

    capacity: int
    policy: str
    alarm: str


def decide(service: Service, tracked: Sequence[Tracked], past: Past, now: float) -> Decision | None:
    """Return what to change; None leaves everything as it is.

    Out, if any policy wants it; in, only if all that ever scale in want it, and then as far as the most careful does.
    A number that somebody has set beyond the bounds is brought back by whatever next changes it in that direction:
    service-auto-scaling.html, considerations.
    """
    if high := [one for one in tracked if one.is_high]:
        return max(_growths(service, high, past, now), key=lambda decision: decision.capacity, default=None)
    able = [one for one in tracked if one.policy.scales_in]
    if not able or not all(one.is_low for one in able) or not service.may_shrink:
        return None
    if any(now - past.in_at < one.policy.in_cooldown for one in able):
        return None
    careful = max(able, key=lambda one: one.needs(service.capacity))
    wanted = service.within(max(careful.needs(service.capacity), service.capacity - 1))
    return Decision(wanted, careful.policy.name, "AlarmLow") if wanted < service.capacity else None


def _growths(service: Service, high: Sequence[Tracked], past: Past, now: float) -> Iterator[Decision]:
    """Yield what grows the service. While an earlier growth cools down, it counts as a part of the next one."""
    for one in high if service.may_grow else ():
        cools = now - past.out_at < one.policy.out_cooldown
        wanted = service.within(one.needs(past.grew_from if cools else service.capacity))
        if wanted > service.capacity:
            yield Decision(wanted, one.policy.name, "AlarmHigh")
