"""What a page of dashboards is drawn from: the same of a stored CloudWatch and of moto's behind the real boto3."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from scripts.dashboards.body import Dashboard
from scripts.dashboards.cloudwatch import CloudWatch, Lines, Source
from tests.fakes.cloudwatch import StoredCloudWatch

NAME = "RAGLite-Production"
QUERY = "SOURCE '/raglite/service' | fields @message\n| filter @message like /ERROR/\n| limit 5"
METRIC = ("RAGLite", "QueryLatency", "Environment", "local")
BEGUN = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=30)
POINTS = [(BEGUN + timedelta(seconds=seconds), value) for seconds, value in ((5, 10.0), (20, 30.0), (65, 7.0))]
SPAN = (BEGUN, BEGUN + timedelta(minutes=5))
BODY = {
    "start": "-PT1H",
    "widgets": [
        {
            "type": "metric",
            "x": 0, "y": 0, "width": 12, "height": 6,
            "properties": {
                "title": "Latency",
                "period": 60,
                "metrics": [
                    [*METRIC, {"stat": "Maximum", "label": "slowest"}],
                    [*METRIC, {"stat": "Sum", "visible": False}],
                    [*METRIC[:-1], "production", {"stat": "Maximum"}],
                ],
            },
        }
    ],
}  # fmt: skip


def stored() -> Source:
    board = Dashboard.read(NAME, json.dumps(BODY))
    return StoredCloudWatch([board], {METRIC: POINTS}, {"slow": "ALARM", "fine": "OK"})


def real() -> Source:
    client = boto3.client("cloudwatch")
    client.put_dashboard(DashboardName=NAME, DashboardBody=json.dumps(BODY))
    dimensions = [{"Name": METRIC[2], "Value": METRIC[3]}]
    client.put_metric_data(
        Namespace=METRIC[0],
        MetricData=[
            {"MetricName": METRIC[1], "Dimensions": dimensions, "Timestamp": moment, "Value": value}
            for moment, value in POINTS
        ],
    )
    for name, state in (("fine", "OK"), ("slow", "ALARM")):
        client.put_metric_alarm(
            AlarmName=name, Namespace=METRIC[0], MetricName=METRIC[1], Statistic="Sum", Period=60,
            EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
        client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="said so")
    boto3.client("logs").create_log_group(logGroupName="/raglite/service")
    return CloudWatch()


@pytest.fixture(params=[stored, real])
def source(request: pytest.FixtureRequest, aws: None) -> Source:
    make: Callable[[], Source] = request.param
    return make()


def test_a_dashboard_is_read_as_it_was_put(source: Source) -> None:
    board = source.dashboard(NAME)
    assert board == Dashboard.read(NAME, json.dumps(BODY))
    with pytest.raises(LookupError, match="apply infra/terraform first"):
        source.dashboard("RAGLite-Nothing")


def test_each_visible_row_has_its_own_series_oldest_first_and_an_empty_one_if_nothing_was_measured(
    source: Source,
) -> None:
    rows = source.dashboard(NAME).widgets[0].rows()
    first, last = source.series(rows, SPAN)
    assert first.points == ((BEGUN, 30.0), (BEGUN + timedelta(minutes=1), 7.0))
    assert (first.row.label, last.points, last.trouble) == ("slowest", (), "")


def test_periods_are_whole_ones_wherever_the_span_begins(source: Source) -> None:
    row = source.dashboard(NAME).widgets[0].rows()[0]
    [asked_late] = source.series([row], (BEGUN + timedelta(seconds=15), SPAN[1]))
    [asked_early] = source.series([row], (BEGUN - timedelta(seconds=15), SPAN[1]))
    assert asked_late.points == ((BEGUN + timedelta(minutes=1), 7.0),)
    assert asked_early.points == ((BEGUN, 30.0), (BEGUN + timedelta(minutes=1), 7.0))


def test_alarms_that_ring_come_first_and_those_that_do_not_exist_are_left_out(source: Source) -> None:
    arns = [f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}" for name in ("slow", "fine", "gone")]
    assert [(alarm.name, alarm.state) for alarm in source.alarms(arns)] == [("slow", "ALARM"), ("fine", "OK")]


def test_a_log_query_that_finds_nothing_gives_no_lines(source: Source) -> None:
    assert source.lines(QUERY, SPAN) == Lines()
