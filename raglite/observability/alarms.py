"""CloudWatch alarms as Terraform plans them: what is watched, and by which rule.

Only what this project uses is read; anything else is refused, so that no simulated alarm is less than the real one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from raglite.errors import ConfigurationError
from raglite.observability.slo import LONGEST

HIGH_RESOLUTION = frozenset({10, 20, 30})  # periods in seconds; such alarms are looked at every ten seconds


class State(StrEnum):
    """An alarm's state."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Silence(StrEnum):
    """What a period without a datapoint stands for (TreatMissingData)."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


class MetricKey(NamedTuple):
    """What identifies a metric: all three, exactly."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str] | None) -> "MetricKey":
        """Return a metric's key."""
        return cls(namespace, name, frozenset((dimensions or {}).items()))

    def __str__(self) -> str:
        where = ", ".join(f"{name} {value}" for name, value in sorted(self.dimensions))
        return f"{self.namespace}/{self.name} ({where})" if where else f"{self.namespace}/{self.name}"


class Watched(NamedTuple):
    """A metric and the statistic that makes one value of each period."""

    key: MetricKey
    statistic: str


@dataclass(frozen=True, slots=True)
class MetricAlarm:
    """A threshold on `expression`, written in the ids of `inputs`; `datapoints` of `periods` periods must be beyond it.

    `period` is in seconds. A plain alarm on one metric is one whose expression is that metric's id.
    """

    name: str
    inputs: Mapping[str, Watched]
    expression: str
    period: int
    periods: int
    datapoints: int
    operator: str
    threshold: float
    silence: Silence
    notifies: bool

    @property
    def is_looked_at_every(self) -> int:
        """How many seconds lie between two looks."""
        return 10 if self.period in HIGH_RESOLUTION else 60


@dataclass(frozen=True, slots=True)
class CompositeAlarm:
    """An alarm on the states of others."""

    name: str
    rule: str
    notifies: bool


Alarm = MetricAlarm | CompositeAlarm


def alarms_in(plan: Mapping[str, Any]) -> dict[str, Alarm]:
    """Return every alarm by name from `terraform show -json` of a plan or a state.

    ConfigurationError if there is none, or one that this simulator would not do justice to.
    """
    values = plan.get("planned_values") or plan.get("values") or plan
    if not isinstance(values, Mapping) or "root_module" not in values:
        raise ConfigurationError("This is no Terraform plan or state: write one with `terraform show -json`.")
    found = {alarm.name: alarm for alarm in _alarms(_resources(values["root_module"]))}
    if not found:
        raise ConfigurationError("The plan holds no alarm: make it from the whole estate.")
    return found


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _resources(child)


def _alarms(resources: Iterable[Mapping[str, Any]]) -> Iterator[Alarm]:
    for resource in resources:
        values = resource["values"]
        if resource["type"] == "aws_cloudwatch_metric_alarm":
            yield _metric_alarm(values)
        elif resource["type"] == "aws_cloudwatch_composite_alarm":
            if values.get("actions_suppressor"):
                raise ConfigurationError(f"{values['alarm_name']}: action suppressors are not simulated.")
            yield CompositeAlarm(values["alarm_name"], values["alarm_rule"], bool(values.get("alarm_actions")))


def _metric_alarm(values: Mapping[str, Any]) -> MetricAlarm:
    name = values["alarm_name"]
    inputs, expression, period = (
        _queried(name, values["metric_query"]) if values.get("metric_query") else _plain(values)
    )
    periods = values["evaluation_periods"]
    if period * periods > LONGEST:
        raise ConfigurationError(f"{name} looks back more than a day; such alarms, judged hourly, are not simulated.")
    if values.get("evaluate_low_sample_count_percentiles") == "ignore":
        raise ConfigurationError(f"{name} ignores percentiles of few samples, which is not simulated.")
    return MetricAlarm(
        name=name,
        inputs=inputs,
        expression=expression,
        period=period,
        periods=periods,
        datapoints=values.get("datapoints_to_alarm") or periods,
        operator=values["comparison_operator"],
        threshold=values["threshold"],
        silence=Silence(values.get("treat_missing_data") or "missing"),
        notifies=bool(values.get("alarm_actions")),
    )


def _plain(values: Mapping[str, Any]) -> tuple[dict[str, Watched], str, int]:
    key = MetricKey.of(values["namespace"], values["metric_name"], values.get("dimensions"))
    return {"m": Watched(key, values.get("statistic") or values["extended_statistic"])}, "m", values["period"]


def _queried(name: str, queries: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Watched], str, int]:
    """Return the metrics by id, the one expression, and the period that all of them must share."""
    inputs, periods, returned = {}, set(), []
    for query in queries:
        for metric in query["metric"] or ():
            key = MetricKey.of(metric["namespace"], metric["metric_name"], metric.get("dimensions"))
            inputs[query["id"]] = Watched(key, metric["stat"])
            periods.add(metric["period"])
        if query.get("return_data"):
            returned.append(query.get("expression") or query["id"])
    if len(returned) != 1 or len(periods) != 1:
        raise ConfigurationError(f"{name} needs one expression that returns data, and one period for all its metrics.")
    return inputs, returned[0], periods.pop()
