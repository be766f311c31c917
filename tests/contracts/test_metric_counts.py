"""Counting events: on the fake, and by CloudWatch's GetMetricData from values that were put there."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from local.twin.programs import EMULATOR_PYTHON
from raglite.adapters.cloudwatch_metrics import CloudWatchMetrics
from raglite.errors import ConfigurationError, DependencyUnavailable
from raglite.observability.budget import Counter, Counting
from raglite.observability.slo import Count
from raglite.telemetry import NAMESPACE
from tests.emulators import clients, running
from tests.fakes.counts import FakeCounts

MINUTE, HOUR, DAY = 60, 3600, 86_400
WINDOWS = (5 * MINUTE, HOUR, DAY, 28 * DAY)
Record = Callable[..., None]


@pytest.fixture(scope="module")
def cloudwatch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if not EMULATOR_PYTHON.exists():
        pytest.skip("no .venv-emulator here: `make setup` makes it")
    with running(tmp_path_factory.mktemp("emulator")) as endpoint:
        yield clients(endpoint)("cloudwatch")


@pytest.fixture(params=["fake", "cloudwatch"])
def counted(request: pytest.FixtureRequest) -> tuple[Counter, Record]:
    """A counter, and what records values in its environment, so and so many seconds ago."""
    if request.param == "fake":
        fake = FakeCounts()
        return fake, fake.record
    client, environment = request.getfixturevalue("cloudwatch"), request.node.name

    def record(metric: str, *values: float, seconds_ago: float = 0) -> None:
        put(client, environment, metric, values, seconds_ago)

    return CloudWatchMetrics(client, environment).counted, record


def put(client: Any, environment: str, metric: str, values: tuple[float, ...], seconds_ago: float = 0) -> None:
    at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    dimensions = [{"Name": "Environment", "Value": environment}]
    datum = {"MetricName": metric, "Dimensions": dimensions, "Timestamp": at, "Values": list(values)}
    client.put_metric_data(Namespace=NAMESPACE, MetricData=[datum])


def count(counter: Counter, metric: str, statistic: str, *windows: int) -> list[float]:
    asked = [Counting(Count(metric, statistic), seconds) for seconds in windows]
    found = counter(asked)
    return [found[one] for one in asked]


def test_values_are_added_up_counted_and_counted_above_a_bound(counted: tuple[Counter, Record]) -> None:
    counter, record = counted
    record("QueryLatency", 900, 1000, 1001, 5000)
    for statistic, expected in (("Sum", 7901), ("SampleCount", 4), ("TC(1000:)", 2)):
        assert count(counter, "QueryLatency", statistic, *WINDOWS) == [expected] * len(WINDOWS)


def test_each_window_holds_what_came_within_it(counted: tuple[Counter, Record]) -> None:
    counter, record = counted
    for seconds_ago in (0, 30 * MINUTE, 12 * HOUR, 10 * DAY):
        record("Queries", 1, seconds_ago=seconds_ago)
    assert count(counter, "Queries", "Sum", *WINDOWS) == [1, 2, 3, 4]


def test_of_what_was_never_recorded_there_is_nothing(counted: tuple[Counter, Record]) -> None:
    counter, _ = counted
    assert count(counter, "Errors", "Sum", *WINDOWS) == [0] * len(WINDOWS)


def test_another_environments_values_are_not_counted(cloudwatch: Any) -> None:
    put(cloudwatch, "staging", "Queries", (1, 1))
    assert count(CloudWatchMetrics(cloudwatch, "production").counted, "Queries", "Sum", HOUR) == [0]
    assert count(CloudWatchMetrics(cloudwatch, "staging").counted, "Queries", "Sum", HOUR) == [2]


# --- what CloudWatch may refuse -----------------------------------------------------------------------------------


def stubbed(answer: Callable[[Stubber], None]) -> list[float]:
    """Count once over a client that answers so."""
    client = boto3.client("cloudwatch", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as says:
        answer(says)
        return count(CloudWatchMetrics(client, "production").counted, "Queries", "Sum", HOUR)


def test_an_answer_in_several_pages_is_added_up() -> None:
    def page(value: float, **more: str) -> dict[str, Any]:
        result = {"Id": "m0", "StatusCode": "PartialData", "Values": [value], "Timestamps": [datetime.now(UTC)]}
        return {"MetricDataResults": [result], **more}

    def answer(says: Stubber) -> None:
        says.add_response("get_metric_data", page(3, NextToken="more"))
        says.add_response("get_metric_data", page(4))

    assert stubbed(answer) == [7]


def test_a_role_that_may_not_read_metrics_is_told_so() -> None:
    with pytest.raises(ConfigurationError, match="refused"):
        stubbed(lambda says: says.add_client_error("get_metric_data", "AccessDenied", "no"))


def test_a_throttled_request_may_be_tried_again() -> None:
    with pytest.raises(DependencyUnavailable):
        stubbed(lambda says: says.add_client_error("get_metric_data", "Throttling", "slow down"))


def test_a_result_that_cloudwatch_could_not_compute_is_not_taken_for_nought() -> None:
    result = {"Id": "m0", "StatusCode": "InternalError", "Values": [], "Timestamps": []}
    with pytest.raises(DependencyUnavailable, match="InternalError"):
        stubbed(lambda says: says.add_response("get_metric_data", {"MetricDataResults": [result]}))
