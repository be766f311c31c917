"""What AWS has counted of an environment, by boto3 with whatever credentials the standard environment gives."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3

from raglite.errors import InvalidRequest
from raglite.release.validation.observation import Drawn, Ingested, Minutes
from raglite.telemetry import CANARY_FAILURES, INGESTION_LATENCY, NAMESPACE, Dimension
from scripts.dashboards.__main__ import NAMES
from scripts.dashboards.cloudwatch import CloudWatch, NoDashboard, Span

MINUTE, HOUR = 60, 3600  # seconds of a period
CANARY, BACKUP, CLUSTER, SERVICE = "raglite-canary", "raglite-backup", "raglite-cluster", "raglite-service"
Point = tuple[datetime, float]


@dataclass(frozen=True)
class Cloud:
    """One environment's account and region."""

    environment: str
    metrics: Any = field(default_factory=partial(boto3.client, "cloudwatch"))
    functions: Any = field(default_factory=partial(boto3.client, "lambda"))
    tasks: Any = field(default_factory=partial(boto3.client, "ecs"))

    @property
    def endpoint(self) -> str:
        """Where AWS is asked, if it is not AWS's own address."""
        url = str(self.metrics.meta.endpoint_url)
        return "" if url.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws")) else url

    def service_url(self) -> str:
        """Return the service's own name, as the canary asks it; InvalidRequest if this is another environment."""
        told = self.functions.get_function_configuration(FunctionName=CANARY)["Environment"]["Variables"]
        if (found := told["RAGLITE_ENVIRONMENT"]) != self.environment:
            raise InvalidRequest(
                f"These AWS settings lead to {found!r}, not to {self.environment!r}: take that environment's."
            )
        return str(told["SERVICE_URL"]).rstrip("/")

    def commit(self) -> str:
        """Return the commit that Terraform deployed last, as backups are labelled with it."""
        found = self.tasks.describe_task_definition(taskDefinition=BACKUP)["taskDefinition"]
        told = {one["name"]: one["value"] for one in found["containerDefinitions"][0]["environment"]}
        return str(told["RAGLITE_REVISION"])

    def deployed(self) -> datetime:
        """Return since when the service's present deployment has been."""
        found = self.tasks.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]["deployments"]
        begun: datetime = next(one["createdAt"] for one in found if one["status"] == "PRIMARY")
        return begun.astimezone(UTC)

    def minutes(self, span: Span) -> Minutes:
        """Return a minute as down if any question of the canary failed in it."""
        worst = [value for _, value in self._ours(CANARY_FAILURES.name, "Maximum", MINUTE, span)]
        down = sum(value > 0 for value in worst)
        whole = round((span[1] - span[0]).total_seconds() / MINUTE)
        return Minutes(up=len(worst) - down, down=down, silent=whole - len(worst))

    def ingested(self, span: Span) -> Ingested:
        """Return how many documents became searchable, and the slowest."""
        name = INGESTION_LATENCY.name
        documents = sum(value for _, value in self._ours(name, "SampleCount", HOUR, span))
        slowest = [value for _, value in self._ours(name, "Maximum", HOUR, span)]
        return Ingested(documents=round(documents), slowest=max(slowest, default=None))

    def running(self, span: Span) -> tuple[int | None, int | None]:
        """Return the fewest and the most tasks of the service that ran at once; None if nobody counted."""
        dimensions = {"ClusterName": CLUSTER, "ServiceName": SERVICE}
        asked = ("ECS/ContainerInsights", "RunningTaskCount", dimensions)
        fewest = [value for _, value in self._points(asked, "Minimum", MINUTE, span)]
        most = [value for _, value in self._points(asked, "Maximum", MINUTE, span)]
        return (round(min(fewest)), round(max(most))) if fewest and most else (None, None)

    def dashboards(self, span: Span) -> list[Drawn]:
        """Return the dashboards that are there, and how many values each metric that they draw has had."""
        source = CloudWatch(self.metrics, None)
        return [drawn for name in NAMES for drawn in _drawn(source, name, span)]

    def _ours(self, name: str, statistic: str, period: int, span: Span) -> Iterator[Point]:
        asked = (NAMESPACE, name, {Dimension.ENVIRONMENT.value: self.environment})
        return self._points(asked, statistic, period, span)

    def _points(
        self, asked: tuple[str, str, dict[str, str]], statistic: str, period: int, span: Span
    ) -> Iterator[Point]:
        namespace, name, dimensions = asked
        metric = {
            "Namespace": namespace,
            "MetricName": name,
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        }
        query = {"Id": "asked", "MetricStat": {"Metric": metric, "Period": period, "Stat": statistic}}
        pages = self.metrics.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[query], StartTime=span[0], EndTime=span[1]
        )
        for result in (result for page in pages for result in page["MetricDataResults"]):
            yield from zip(result["Timestamps"], result["Values"], strict=True)


def _drawn(source: CloudWatch, name: str, span: Span) -> Iterator[Drawn]:
    try:
        board = source.dashboard(name)
    except NoDashboard:
        return
    values: dict[str, int] = {}
    for widget in (one for one in board.widgets if one.kind == "metric" and "metrics" in one.properties):
        rows = [row for row in widget.rows(HOUR) if row.metric]
        for series in source.series(rows, span) if rows else ():
            drawn = series.row.metric[1]
            values[drawn] = max(values.get(drawn, 0), len(series.points))
    yield Drawn(name=name, metrics=values)


def minute(moment: datetime) -> datetime:
    """Return the whole minute that a moment lies in, in UTC."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)
