"""How much of each objective's error budget is left, and how fast it burns.

The budget is the share of events that may be bad; a burn rate of 1 spends it exactly by the end of the window
(https://sre.google/workbook/alerting-on-slos/). What CloudWatch's alarms on budgets compare is computed here from the
same file, so that a person can see how far from firing they are.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from raglite.model import Frozen
from raglite.observability.slo import SECONDS_A_DAY, Count, Objective, Policy, Slo


class Counting(NamedTuple):
    """What is to be counted, over how many seconds up to now."""

    what: Count
    seconds: int


Counter = Callable[[Sequence[Counting]], Mapping[Counting, float]]


class Share(Frozen):
    """The events of one window, and how many of them were bad."""

    seconds: int
    events: float
    bad: float
    burn_rate: float

    @classmethod
    def of(cls, objective: Objective, seconds: int, counted: Mapping[Counting, float]) -> "Share":
        """Return what was counted for an objective; without events nothing burns."""
        events, bad = (counted[Counting(count, seconds)] for count in (objective.total, objective.bad))
        bad_percent = 100 * bad / events if events else 0.0
        return cls(seconds=seconds, events=events, bad=bad, burn_rate=bad_percent / objective.budget_percent)


class Burning(Frozen):
    """What one policy looks at: it calls if both windows burn faster than `limit` and the long one has enough events.

    `alarm` is the CloudWatch alarm that does; None for an objective that has none.
    """

    policy: str
    alarm: str | None
    limit: float
    long: Share
    short: Share
    has_enough_events: bool

    @property
    def is_on_fire(self) -> bool:
        """Whether the policy calls."""
        return self.has_enough_events and min(self.long.burn_rate, self.short.burn_rate) > self.limit


class Standing(Frozen):
    """Where an objective stands: of 100 events `achieved_percent` were good (None without any event).

    `budget_left_percent` is below 0 where more was spent than there was.
    """

    objective: str
    meaning: str
    target_percent: float
    achieved_percent: float | None
    budget_left_percent: float
    window: Share
    has_enough_events: bool
    burning: tuple[Burning, ...]

    @property
    def is_spent(self) -> bool:
        """Whether the budget is gone; of a few events nothing is said."""
        return self.has_enough_events and self.budget_left_percent <= 0


def standings(slo: Slo, counter: Counter, window_seconds: int | None = None) -> tuple[Standing, ...]:
    """Return where every objective stands over a window, the file's own if none is given."""
    window = window_seconds or slo.window_days * SECONDS_A_DAY
    windows = {window, *(seconds for policy in slo.burn.policies.values() for seconds in _windows(policy))}
    counts = {count for objective in slo.objectives.values() for count in (objective.total, objective.bad)}
    counted = counter([Counting(count, seconds) for seconds in sorted(windows) for count in sorted(counts)])
    return tuple(_standing(slo, name, window, counted) for name in slo.objectives)


def _standing(slo: Slo, name: str, window: int, counted: Mapping[Counting, float]) -> Standing:
    objective = slo.objectives[name]
    share = Share.of(objective, window, counted)
    return Standing(
        objective=name,
        meaning=objective.meaning,
        target_percent=objective.at_least_percent,
        achieved_percent=100 * (1 - share.bad / share.events) if share.events else None,
        budget_left_percent=100 * (1 - share.burn_rate),
        window=share,
        has_enough_events=share.events >= slo.burn.events_at_least,
        burning=tuple(_burning(slo, name, policy, counted) for policy in slo.burn.policies),
    )


def _burning(slo: Slo, name: str, policy_name: str, counted: Mapping[Counting, float]) -> Burning:
    objective, policy = slo.objectives[name], slo.burn.policies[policy_name]
    long, short = (Share.of(objective, seconds, counted) for seconds in _windows(policy))
    alarm = f"raglite-{name}-burn-{policy_name}"
    return Burning(
        policy=policy_name,
        alarm=alarm if alarm in slo.burn_alarms else None,
        limit=policy.burn_rate(slo.window_days),
        long=long,
        short=short,
        has_enough_events=long.events >= slo.burn.events_at_least,
    )


def _windows(policy: Policy) -> tuple[int, int]:
    return policy.long_seconds, policy.short_seconds
