"""How often something was counted, from CloudWatch."""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import boto3

from raglite.adapters.aws_errors import CLIENT_CONFIG, connecting, translated
from raglite.errors import DependencyUnavailable
from raglite.observability.budget import Counting
from raglite.ports import Clock, SystemClock
from raglite.telemetry import NAMESPACE, Dimension

SERVICE = "CloudWatch"
# Seconds. Longer periods are kept for longer, those of an hour for 455 days:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html, Metrics retention
PERIODS = (60, 300, 3600)
MOST_POINTS = 1440  # of one metric in one window: enough for a day of minutes
FAILED = {"InternalError", "Forbidden"}


class CloudWatchMetrics:
    """Counts of one environment's metrics."""

    def __init__(self, client: Any, environment: str, clock: Clock | None = None) -> None:
        self._client = client
        self._environment = environment
        self._clock = clock or SystemClock()

    @classmethod
    def connect(cls, environment: str) -> "CloudWatchMetrics":
        """Return metrics that reach CloudWatch by the standard AWS environment; nothing is sent yet."""
        with connecting(SERVICE):
            return cls(boto3.client("cloudwatch", config=CLIENT_CONFIG), environment)

    def counted(self, asked: Sequence[Counting]) -> Mapping[Counting, float]:
        """Return each count; 0 where nothing was recorded. Windows end with the present minute, 5 minutes or hour."""
        by_window = groupby(sorted(asked, key=lambda one: one.seconds), key=lambda one: one.seconds)
        return {one: value for seconds, ones in by_window for one, value in self._window(seconds, list(ones))}

    def _window(self, seconds: int, asked: list[Counting]) -> Iterator[tuple[Counting, float]]:
        period = _period(seconds)
        # CloudWatch's periods begin at multiples of their length: whole ones belong to the window or do not.
        end = math.ceil(self._clock.now().timestamp() / period) * period
        until = datetime.fromtimestamp(end, UTC)
        queries = [self._query(f"m{place}", one, period) for place, one in enumerate(asked)]
        pages = self._client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries, StartTime=until - timedelta(seconds=seconds), EndTime=until
        )
        sums = dict.fromkeys((query["Id"] for query in queries), 0.0)
        with translated(SERVICE, f"metrics in {NAMESPACE}"):
            for result in (result for page in pages for result in page["MetricDataResults"]):
                if result["StatusCode"] in FAILED:
                    raise DependencyUnavailable(SERVICE, f"it could not read its own metrics ({result['StatusCode']}).")
                sums[result["Id"]] += sum(result["Values"])
        yield from zip(asked, sums.values(), strict=True)

    def _query(self, identity: str, asked: Counting, period: int) -> dict[str, Any]:
        dimensions = [{"Name": Dimension.ENVIRONMENT.value, "Value": self._environment}]
        metric = {"Namespace": NAMESPACE, "MetricName": asked.what.metric, "Dimensions": dimensions}
        return {"Id": identity, "MetricStat": {"Metric": metric, "Period": period, "Stat": asked.what.statistic}}


def _period(seconds: int) -> int:
    """Return the finest period that covers a window in few enough points."""
    return next((period for period in PERIODS if seconds <= period * MOST_POINTS), PERIODS[-1])
