"""Alarms and dashboard agree with the thresholds of dashboards/slo.json and with the metrics the code declares."""

import json
import re
from typing import Any

from raglite.telemetry import DIMENSION_ENVIRONMENT, METRICS, NAMESPACE
from tests.unit.infra.estate import ROOT, Estate, statements

SLO = json.loads((ROOT / "dashboards" / "slo.json").read_text())


def test_every_alarm_of_the_slo_file_watches_a_declared_metric_and_tells_somebody(estate: Estate) -> None:
    topic = estate["module.observability.aws_sns_topic.alerts"]["arn"]
    alarms = {alarm["alarm_name"]: alarm for alarm in estate.all("aws_cloudwatch_metric_alarm").values()}
    assert alarms.keys() == SLO["alarms"].keys()
    for name, alarm in alarms.items():
        wanted = SLO["alarms"][name]
        assert alarm["alarm_actions"] == [topic]
        assert all(alarm["dimensions"].values())
        assert (alarm["threshold"], alarm["period"], alarm["evaluation_periods"]) == (
            wanted["above"], wanted["period_seconds"], wanted["periods"],
        )  # fmt: skip
        assert wanted["statistic"] in {alarm["statistic"], alarm["extended_statistic"]}
        if alarm["namespace"] == NAMESPACE:
            assert alarm["metric_name"] in {metric.name for metric in METRICS}
            assert alarm["dimensions"] == {DIMENSION_ENVIRONMENT: "production"}
    [speaking] = statements(estate["module.observability.aws_sns_topic_policy.alerts"]["policy"])
    assert (speaking["Principal"], speaking["Resource"]) == ({"Service": "cloudwatch.amazonaws.com"}, topic)


def test_the_specifications_alarms_stand_as_specified(estate: Estate) -> None:
    def told(name: str) -> tuple[Any, ...]:
        alarm = estate[f'module.observability.aws_cloudwatch_metric_alarm.slo["{name}"]']
        statistic = alarm["extended_statistic"] or alarm["statistic"]
        return alarm["metric_name"], statistic, alarm["threshold"], alarm["period"], alarm["evaluation_periods"]

    assert told("raglite-high-error-rate") == ("Errors", "Sum", 10, 300, 2)
    assert told("raglite-high-latency") == ("QueryLatency", "p95", 15000, 300, 2)


def widgets(estate: Estate) -> list[dict[str, Any]]:
    body = estate["module.observability.aws_cloudwatch_dashboard.operations"]["dashboard_body"]
    assert "${" not in body
    found: list[dict[str, Any]] = json.loads(body)["widgets"]
    return found


def test_the_dashboard_shows_every_metric_we_emit_and_no_other(estate: Estate) -> None:
    rows = [row for widget in widgets(estate) for row in widget["properties"].get("metrics", [])]
    ours = {row[1] for row in rows if row[0] == NAMESPACE}
    assert ours == {metric.name for metric in METRICS}
    assert all(row[2:4] == [DIMENSION_ENVIRONMENT, "production"] for row in rows if row[0] == NAMESPACE)


def test_the_dashboard_draws_its_thresholds_from_alarms_that_exist(estate: Estate) -> None:
    drawn = [arn for widget in widgets(estate) for arn in widget["properties"].get("annotations", {}).get("alarms", [])]
    [listed_alarms] = [widget["properties"]["alarms"] for widget in widgets(estate) if widget["type"] == "alarm"]
    prefix = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:"
    assert set(listed_alarms) == {prefix + name for name in SLO["alarms"]}
    assert set(drawn) <= set(listed_alarms)
    assert not any("horizontal" in widget["properties"].get("annotations", {}) for widget in widgets(estate))


def test_the_error_widget_reads_the_tasks_own_log_groups(estate: Estate) -> None:
    [errors] = [widget["properties"]["query"] for widget in widgets(estate) if widget["type"] == "log"]
    groups = {group["name"] for group in estate.all("aws_cloudwatch_log_group").values()}
    assert set(re.findall(r"SOURCE '([^']+)'", errors)) == {g for g in groups if g.startswith("/raglite/")}
