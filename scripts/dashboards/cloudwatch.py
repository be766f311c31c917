"""What CloudWatch knows: dashboards, series, alarms' states, log lines."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import boto3
from botocore.exceptions import ClientError

from scripts.dashboards.body import Dashboard, Row

QUERY_SECONDS = 30.0  # how long a log query may take
NO_DASHBOARD = ("ResourceNotFound", "DashboardNotFoundError")  # the code on the wire, and the shape's name
ALARMS_A_CALL = 100  # DescribeAlarms takes no more names

Span = tuple[datetime, datetime]
Point = tuple[datetime, float]


class NoDashboard(LookupError):
    """There is no dashboard of this name."""


@dataclass(frozen=True)
class Series:
    """One row's points, oldest first."""

    row: Row
    points: tuple[Point, ...] = ()
    trouble: str = ""  # why CloudWatch gave none


@dataclass(frozen=True)
class Alarm:
    """A name and its state, and why it is in it."""

    name: str
    state: str  # OK, ALARM or INSUFFICIENT_DATA
    description: str
    reason: str


@dataclass(frozen=True)
class Lines:
    """What a log query found: the fields' names, and one tuple a line."""

    fields: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


class Source(Protocol):
    """Where a page's content comes from."""

    def dashboard(self, name: str) -> Dashboard:
        """Return a dashboard; NoDashboard says that there is none of this name."""

    def series(self, rows: Sequence[Row], span: Span) -> list[Series]:
        """Return the visible rows' series in order: whole periods from the span's start on, perhaps none."""

    def alarms(self, arns: Sequence[str]) -> list[Alarm]:
        """Return these alarms, those that ring first."""

    def lines(self, query: str, span: Span) -> Lines:
        """Return what a log widget's query finds."""


@dataclass(frozen=True)
class CloudWatch:
    """The account and region that the environment's AWS settings lead to."""

    metrics: Any = field(default_factory=lambda: boto3.client("cloudwatch"))
    logs: Any = field(default_factory=lambda: boto3.client("logs"))

    def dashboard(self, name: str) -> Dashboard:
        """Return a dashboard; NoDashboard says that there is none of this name."""
        try:
            return Dashboard.read(name, self.metrics.get_dashboard(DashboardName=name)["DashboardBody"])
        except ClientError as error:
            if error.response["Error"]["Code"] not in NO_DASHBOARD:
                raise
            message = f"there is no dashboard {name}: apply infra/terraform first."
            raise NoDashboard(message) from error

    def series(self, rows: Sequence[Row], span: Span) -> list[Series]:
        """Return the visible rows' series in order: whole periods from the span's start on, perhaps none."""
        points: dict[str, list[Point]] = {row.id: [] for row in rows}
        troubles: dict[str, str] = {}
        pages = self.metrics.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[row.query for row in rows],
            StartTime=_aligned(span[0], max(row.period for row in rows)),
            EndTime=span[1],
        )
        for result in (result for page in pages for result in page["MetricDataResults"]):
            told = zip(result["Timestamps"], result["Values"], strict=True)
            points[result["Id"]] += [point for point in told if point[0] >= span[0]]
            if result["StatusCode"] in {"InternalError", "Forbidden"}:
                troubles[result["Id"]] = _told(result)
        return [Series(row, tuple(sorted(points[row.id])), troubles.get(row.id, "")) for row in rows if row.visible]

    def alarms(self, arns: Sequence[str]) -> list[Alarm]:
        """Return these alarms, those that ring first."""
        names = [arn.rpartition(":")[2] for arn in arns]
        found = [
            alarm
            for start in range(0, len(names), ALARMS_A_CALL)
            for page in self.metrics.get_paginator("describe_alarms").paginate(
                AlarmNames=names[start : start + ALARMS_A_CALL], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
            )
            for kind in ("MetricAlarms", "CompositeAlarms")
            for alarm in page.get(kind, ())
        ]
        order = ("ALARM", "INSUFFICIENT_DATA", "OK")
        return sorted(map(_alarm, found), key=lambda alarm: (order.index(alarm.state), alarm.name))

    def lines(self, query: str, span: Span) -> Lines:
        """Return what a log widget's query finds, as far as it is found within QUERY_SECONDS."""
        groups, rest = split(query)
        begun = self.logs.start_query(
            logGroupNames=groups,
            startTime=int(span[0].timestamp()),
            endTime=int(span[1].timestamp()) + 1,
            queryString=rest,
        )
        until = time.monotonic() + QUERY_SECONDS
        while True:
            answer = self.logs.get_query_results(queryId=begun["queryId"])
            if answer["status"] not in {"Scheduled", "Running"} or time.monotonic() > until:
                return _lines(answer["results"])
            time.sleep(0.5)


def split(query: str) -> tuple[list[str], str]:
    """Return a widget's log groups, and the query without them: the API takes the two apart, a widget does not."""
    groups = re.findall(r"SOURCE '([^']+)'\s*\|", query)
    return groups, re.sub(r"\s*SOURCE '[^']+'\s*\|\s*", "", query)


def _aligned(moment: datetime, period: int) -> datetime:
    """Return the start of the period, because CloudWatch counts periods from the time that is asked for."""
    return datetime.fromtimestamp(moment.timestamp() // period * period, UTC)


def _told(result: Mapping[str, Any]) -> str:
    return "; ".join(message["Value"] for message in result.get("Messages", ())) or str(result["StatusCode"])


def _alarm(described: Mapping[str, Any]) -> Alarm:
    return Alarm(
        described["AlarmName"],
        described["StateValue"],
        described.get("AlarmDescription", ""),
        described.get("StateReason", ""),
    )


def _lines(results: Sequence[Sequence[Mapping[str, str]]]) -> Lines:
    hidden = {"@ptr"}
    fields = tuple(dict.fromkeys(cell["field"] for row in results for cell in row if cell["field"] not in hidden))
    rows = [{cell["field"]: cell.get("value", "") for cell in row} for row in results]
    return Lines(fields, tuple(tuple(row.get(name, "") for name in fields) for row in rows))


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)
