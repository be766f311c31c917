"""Alarms agree with dashboards/slo.json, with the metrics the code declares, and with the runbooks and the cases."""

import tomllib
from collections.abc import Mapping
from typing import Any

import pytest

from raglite.observability import slo
from raglite.observability.alarms import Alarm, CompositeAlarm, MetricAlarm, MetricKey, Silence, Watched, alarms_in
from raglite.observability.simulation import named_in
from raglite.telemetry import METRICS, NAMESPACE, Dimension
from tests.unit.infra.estate import ROOT, Estate, statements

SLO = slo.load(ROOT / "dashboards" / "slo.json")
CASES = ROOT / "tests" / "data" / "alarms"
ENVIRONMENT = {str(Dimension.ENVIRONMENT): "production"}
KINDS = ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm")


@pytest.fixture(scope="module")
def alarms(estate: Estate) -> Mapping[str, Alarm]:
    resources = [{"type": kind, "values": values} for kind in KINDS for values in estate.all(kind).values()]
    return alarms_in({"values": {"root_module": {"resources": resources}}})


def described(estate: Estate) -> dict[str, Any]:
    return {values["alarm_name"]: values for kind in KINDS for values in estate.all(kind).values()}


def test_there_is_an_alarm_for_every_threshold_and_every_way_to_burn_and_no_other(alarms: Mapping[str, Alarm]) -> None:
    assert alarms.keys() == SLO.alarm_names


@pytest.mark.parametrize("name", SLO.alarms)
def test_a_threshold_alarm_watches_what_the_file_says(alarms: Mapping[str, Alarm], name: str) -> None:
    wanted, found = SLO.alarms[name], alarms[name]
    assert isinstance(found, MetricAlarm)
    assert sorted((watched.key.name, watched.statistic) for watched in found.inputs.values()) == sorted(
        (metric, wanted.statistic) for metric in wanted.metrics
    )
    assert (found.period, found.periods, found.datapoints) == (
        wanted.period_seconds,
        wanted.periods,
        wanted.datapoints or wanted.periods,
    )
    assert found.threshold == SLO.threshold(wanted)
    assert found.operator == ("LessThanThreshold" if wanted.below else "GreaterThanThreshold")
    assert found.silence == (Silence.BREACHING if wanted.silence_is_alarming else Silence.NOT_BREACHING)


@pytest.mark.parametrize(
    ("objective", "policy"),
    [(o, p) for o, stated in SLO.objectives.items() if stated.has_burn_alarms for p in SLO.burn.policies],
)
def test_a_burn_alarm_stands_on_both_windows_of_its_policy(
    alarms: Mapping[str, Alarm], objective: str, policy: str
) -> None:
    stated, rule = SLO.objectives[objective], SLO.burn.policies[policy]
    name = f"raglite-{objective}-burn-{policy}"
    composite = alarms[name]
    assert isinstance(composite, CompositeAlarm)
    assert named_in(composite.rule) == set(SLO.burn_alarms[name])
    assert " OR " not in composite.rule
    windows = zip(SLO.burn_alarms[name], (rule.long_seconds, rule.short_seconds), strict=True)
    for (window, seconds), least in zip(windows, (SLO.burn.events_at_least, 1), strict=True):
        found = alarms[window]
        assert isinstance(found, MetricAlarm)
        assert found.inputs == {
            "bad": Watched(MetricKey.of(NAMESPACE, stated.bad.metric, ENVIRONMENT), stated.bad.statistic),
            "total": Watched(MetricKey.of(NAMESPACE, stated.total.metric, ENVIRONMENT), stated.total.statistic),
        }
        assert (found.period, found.periods) == (seconds, 1)
        assert found.threshold == pytest.approx(rule.burn_rate(SLO.window_days))
        assert found.expression == f"IF(FILL(total, 0) >= {least}, 100 * bad / total / {stated.budget_percent:g}, 0)"


def test_every_metric_of_ours_that_is_watched_is_declared_and_of_this_environment(alarms: Mapping[str, Alarm]) -> None:
    metric_alarms = [alarm for alarm in alarms.values() if isinstance(alarm, MetricAlarm)]
    watched = {one.key for alarm in metric_alarms for one in alarm.inputs.values()}
    ours = {key for key in watched if key.namespace == NAMESPACE}
    assert {key.name for key in ours} <= {metric.name for metric in METRICS}
    assert {key.dimensions for key in ours} == {frozenset(ENVIRONMENT.items())}
    assert all(value for key in watched for _, value in key.dimensions)


def test_alarms_tell_the_topic_when_they_fire_and_when_they_clear_but_windows_tell_nobody(estate: Estate) -> None:
    topic = estate["module.observability.aws_sns_topic.alerts"]["arn"]
    windows = {window for both in SLO.burn_alarms.values() for window in both}
    for name, alarm in described(estate).items():
        told = [] if name in windows else [topic]
        assert (list(alarm["alarm_actions"] or []), list(alarm["ok_actions"] or [])) == (told, told), name
    [speaking] = statements(estate["module.observability.aws_sns_topic_policy.alerts"]["policy"])
    assert (speaking["Principal"], speaking["Resource"]) == ({"Service": "cloudwatch.amazonaws.com"}, topic)


def test_whoever_hears_an_alarm_is_told_how_urgent_it_is_and_where_its_runbook_stands(estate: Estate) -> None:
    for name, alarm in described(estate).items():
        text = alarm["alarm_description"]
        assert text.startswith(("PAGE: ", "TICKET: ")), name
        assert (ROOT / text.split()[-1]).is_file(), f"{name}: no runbook {text.split()[-1]}"


def test_the_specifications_alarms_stand_as_specified(alarms: Mapping[str, Alarm]) -> None:
    def told(name: str) -> tuple[Any, ...]:
        alarm = alarms[name]
        assert isinstance(alarm, MetricAlarm)
        [watched] = alarm.inputs.values()
        return watched.key.name, watched.statistic, alarm.threshold, alarm.period, alarm.periods

    assert told("raglite-high-error-rate") == ("Errors", "Sum", 10, 300, 2)
    assert told("raglite-high-latency") == ("QueryLatency", "p95", 15000, 300, 2)


def test_a_release_is_sent_back_by_the_specifications_alarms(estate: Estate) -> None:
    [service] = estate.all("aws_ecs_service").values()
    [rollback] = service["alarms"]
    assert set(rollback["alarm_names"]) == {"raglite-high-error-rate", "raglite-high-latency"}


def test_every_alarm_has_a_fault_of_its_own_that_make_alarms_injects(alarms: Mapping[str, Alarm]) -> None:
    files = [tomllib.loads(path.read_text()) for path in CASES.glob("*.toml")]
    proven = {name for file in files for case in file.get("case", ()) for name in case.get("alarms", ())}
    assert proven == alarms.keys()


def test_the_healthy_hour_names_every_metric_that_is_watched(alarms: Mapping[str, Alarm]) -> None:
    streams = tomllib.loads((CASES / "healthy.toml").read_text())["stream"]
    named = {MetricKey.of(*stream["metric"].rsplit("/", 1), stream["dimensions"]) for stream in streams}
    metric_alarms = [alarm for alarm in alarms.values() if isinstance(alarm, MetricAlarm)]
    assert named == {one.key for alarm in metric_alarms for one in alarm.inputs.values()}
