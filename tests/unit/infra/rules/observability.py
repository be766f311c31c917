"""What is drawn is sent, and whoever is told of an alarm hears of it."""

import json
from collections.abc import Iterator
from typing import Any

from raglite.telemetry import METRICS, NAMESPACE
from tests.unit.infra.estate import ROOT, Estate

VENDED = json.loads((ROOT / "tests" / "data" / "dashboards" / "vended.json").read_text())


def dashboards_draw_what_is_sent(estate: Estate) -> Iterator[str]:
    sent = {(NAMESPACE, metric.name) for metric in METRICS} | {
        (namespace, name) for namespace, known in VENDED.items() if isinstance(known, dict) for name in known["metrics"]
    }
    for address, board in estate.kind("aws_cloudwatch_dashboard").items():
        drawn = {names[:2] for names in _drawn(json.loads(board["dashboard_body"]))}
        yield from (f"{address} draws {'/'.join(names)}, which nobody sends" for names in sorted(drawn - sent))


def alarms_watch_what_is_sent(estate: Estate) -> Iterator[str]:
    ours = {metric.name for metric in METRICS}
    for address, alarm in estate.kind("aws_cloudwatch_metric_alarm").items():
        queried = [metric for query in alarm["metric_query"] or () for metric in query["metric"]]
        watched = queried or [{"namespace": alarm["namespace"], "metric_name": alarm["metric_name"]}]
        for metric in watched:
            if metric["namespace"] == NAMESPACE and metric["metric_name"] not in ours:
                yield f"{address} watches {metric['metric_name']}, which nobody sends"


def alarms_tell_a_topic_of_ours(estate: Estate) -> Iterator[str]:
    """Itself, or as a part of one that does."""
    topics = {topic["arn"] for topic in estate.kind("aws_sns_topic").values()}
    composites = estate.kind("aws_cloudwatch_composite_alarm")
    parts = " ".join(alarm["alarm_rule"] for alarm in composites.values())
    for address, alarm in (estate.kind("aws_cloudwatch_metric_alarm") | composites).items():
        if not topics & {*(alarm["alarm_actions"] or ())} and f'"{alarm["alarm_name"]}"' not in parts:
            yield f"{address} tells nobody"


RULES = (dashboards_draw_what_is_sent, alarms_watch_what_is_sent, alarms_tell_a_topic_of_ours)


def _drawn(body: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """The names of every row that has some; an expression has none."""
    for widget in body["widgets"]:
        for row in widget["properties"].get("metrics", ()) if widget["type"] == "metric" else ():
            if names := tuple(part for part in row if isinstance(part, str)):
                yield names
