"""dashboards/slo.json: promises, objectives, how fast a budget may burn, and every threshold, each number once.

Terraform builds the alarms from the same file, so names and burn rates are derived by the same rules there
(infra/terraform/modules/observability/alarms.tf); tests/unit/infra/test_telemetry.py holds the two to each other.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field, ValidationError, model_validator

from raglite.errors import ConfigurationError
from raglite.model import Frozen
from raglite.telemetry import METRICS, NAMESPACE

SECONDS_A_DAY = 86_400
LONGEST = SECONDS_A_DAY  # of one period, and of all that an alarm looks at: beyond it CloudWatch looks once an hour
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, Period and Statistic
STATISTIC = r"^(SampleCount|Sum|Average|Minimum|Maximum|p\d{1,2}(\.\d+)?)$"

Positive = Annotated[float, Field(gt=0)]
Period = Annotated[int, Field(gt=0, le=LONGEST, multiple_of=60)]
Statistic = Annotated[str, Field(pattern=STATISTIC)]
AlarmName = Annotated[str, Field(pattern=r"^raglite-[a-z0-9-]+$")]


class Urgency(StrEnum):
    """What an alarm asks of whoever hears it: to get up, or to look within the day."""

    PAGE = "page"
    TICKET = "ticket"


class Count(NamedTuple):
    """How events are counted: a metric of ours and a statistic of CloudWatch, whose values over windows add up."""

    metric: str
    statistic: str


class Promise(Frozen):
    """What the specification promises of one metric; `at_most` has the metric's unit."""

    meaning: str
    metric: str
    statistic: Statistic
    at_most: Positive


class Objective(Frozen):
    """Of all events in the window, how many are good.

    Bad ones are counted by a metric of their own (`bad_metric`), or are those whose value is above `within`.
    """

    meaning: str
    at_least_percent: Annotated[float, Field(gt=0, lt=100)]
    metric: str
    bad_metric: str | None = None
    within: Positive | None = None
    has_burn_alarms: bool

    @model_validator(mode="after")
    def _is_counted_in_one_way(self) -> "Objective":
        if (self.bad_metric is None) == (self.within is None):
            raise ValueError("say either bad_metric or within: that is what tells bad events from good ones")
        return self

    @property
    def budget_percent(self) -> float:
        """Of 100 events, how many may be bad."""
        return 100 - self.at_least_percent

    @property
    def total(self) -> Count:
        """All events."""
        return Count(self.metric, "Sum" if self.bad_metric else "SampleCount")

    @property
    def bad(self) -> Count:
        """The bad ones: TC(n:) is CloudWatch's count of values above n."""
        return Count(self.bad_metric, "Sum") if self.bad_metric else Count(self.metric, f"TC({self.within:g}:)")


class Policy(Frozen):
    """Call when a long window has spent this much of the budget and a short one shows that it goes on.

    Multi-window, multi-burn-rate: https://sre.google/workbook/alerting-on-slos/ (approach 6).
    """

    meaning: str
    budget_spent_percent: Annotated[float, Field(gt=0, le=100)]
    long_seconds: Period
    short_seconds: Period
    urgency: Urgency

    @model_validator(mode="after")
    def _short_is_shorter(self) -> "Policy":
        if self.short_seconds >= self.long_seconds:
            raise ValueError("short_seconds must be less than long_seconds: the short window is what lets go again")
        return self

    def burn_rate(self, window_days: int) -> float:
        """Return how many times as fast as the window allows the budget burns when it spends its share."""
        return self.budget_spent_percent / 100 * window_days * SECONDS_A_DAY / self.long_seconds


class Burn(Frozen):
    """`events_at_least` in the long window, else it says nothing: of three questions, one that fails is no trend."""

    events_at_least: Annotated[int, Field(gt=0)]
    policies: Mapping[str, Policy]


class Alarm(Frozen):
    """One threshold on a metric, or on the sum of several; `datapoints` of the last `periods` must be beyond it."""

    meaning: str
    urgency: Urgency
    namespace: str
    metrics: Annotated[tuple[str, ...], Field(min_length=1, max_length=10)]  # ten are what an alarm may watch
    dimensions: tuple[str, ...]
    statistic: Statistic
    period_seconds: Period
    periods: Annotated[int, Field(gt=0)]
    datapoints: Annotated[int, Field(gt=0)] | None = None
    above: Annotated[float, Field(ge=0)] | None = None
    above_promise: str | None = None
    below: Positive | None = None
    silence_is_alarming: bool = False
    rolls_back_a_release: bool = False

    @model_validator(mode="after")
    def _can_be_evaluated(self) -> "Alarm":
        if [self.above, self.above_promise, self.below].count(None) != 2:  # noqa: PLR2004  one of three
            raise ValueError("say exactly one of above, above_promise and below: that is the threshold")
        if self.datapoints is not None and self.datapoints > self.periods:
            raise ValueError("datapoints is more than periods: the alarm could never fire")
        if self.period_seconds * self.periods > LONGEST:
            raise ValueError("period_seconds times periods is more than a day: CloudWatch would look once an hour only")
        return self


class Slo(Frozen):
    """The whole file."""

    window_days: Annotated[int, Field(gt=0)]
    promises: Mapping[str, Promise]
    objectives: Mapping[str, Objective]
    burn: Burn
    alarms: Mapping[AlarmName, Alarm]

    @model_validator(mode="after")
    def _names_what_exists(self) -> "Slo":
        promised = {alarm.above_promise for alarm in self.alarms.values()} - {None}
        if unknown := promised - self.promises.keys():
            raise ValueError(f"above_promise names {_listed(unknown)}: there is no such promise")
        declared = {metric.name for metric in METRICS}
        if undeclared := self.metrics - declared:
            raise ValueError(f"{_listed(undeclared)}: raglite/telemetry.py declares no such metric")
        return self

    @property
    def metrics(self) -> set[str]:
        """Every metric of ours that is watched, promised or counted."""
        watched = {name for alarm in self.alarms.values() if alarm.namespace == NAMESPACE for name in alarm.metrics}
        counted = {count.metric for one in self.objectives.values() for count in (one.total, one.bad)}
        return watched | counted | {promise.metric for promise in self.promises.values()}

    @property
    def burn_alarms(self) -> dict[str, tuple[str, str]]:
        """The names of the composite alarms on budgets, each with the alarms on its long and its short window."""
        names = [
            f"raglite-{objective}-burn-{policy}"
            for objective, stated in self.objectives.items()
            if stated.has_burn_alarms
            for policy in self.burn.policies
        ]
        return {name: (f"{name}-long", f"{name}-short") for name in names}

    @property
    def alarm_names(self) -> set[str]:
        """Every alarm there is."""
        windows = {window for both in self.burn_alarms.values() for window in both}
        return {*self.alarms, *self.burn_alarms, *windows}

    def threshold(self, alarm: Alarm) -> float:
        """Return an alarm's threshold, which a promise may state."""
        stated = (alarm.above, alarm.below, self.promises[alarm.above_promise].at_most if alarm.above_promise else None)
        return next(value for value in stated if value is not None)


def load(path: Path) -> Slo:
    """Read the file; ConfigurationError says in sentences what is wrong with it."""
    try:
        return Slo.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read ({error.strerror}): name the file with --file.") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ConfigurationError(f"{path} is no description of objectives and alarms. {faults}.") from error


def _listed(names: Iterable[str | None]) -> str:
    return ", ".join(sorted(name for name in names if name))
