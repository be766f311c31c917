"""What X-Ray holds of a run, read by boto3 as anybody would read it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import httpx

from tests.integration.estate import Estate

AT_ONCE = 5  # traces that BatchGetTraces takes
Span = tuple[float, float]


@dataclass(frozen=True)
class XRay:
    """The API, and what the twin tells beyond it."""

    client: Any
    url: str

    @classmethod
    def of(cls, estate: Estate) -> "XRay":
        url = estate.facts["xray_endpoint_url"]
        keys = (estate.environment[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))
        session = boto3.Session(*keys, region_name=estate.environment["AWS_DEFAULT_REGION"])
        return cls(session.client("xray", endpoint_url=url), url)

    def ids(self, expression: str = "") -> list[str]:
        """Return the traces of the last day that a filter lets through, newest first."""
        now = datetime.now(UTC)
        span = {"StartTime": now - timedelta(hours=23), "EndTime": now + timedelta(minutes=1)}
        pages = self.client.get_paginator("get_trace_summaries").paginate(**span, FilterExpression=expression)
        return [one["Id"] for page in pages for one in page["TraceSummaries"]]

    def segments(self, ids: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
        """Return the segments of each trace by its start."""
        found = {}
        for some in batched_by(list(ids), AT_ONCE):
            for trace in self.client.batch_get_traces(TraceIds=some)["Traces"]:
                found[trace["Id"]] = [json.loads(segment["Document"]) for segment in trace["Segments"]]
        return found

    def edges(self, trace: str) -> set[tuple[str, str]]:
        """Return who called whom."""
        services = self.client.get_trace_graph(TraceIds=[trace])["Services"]
        names = {service["ReferenceId"]: service["Name"] for service in services}
        return {(service["Name"], names[edge["ReferenceId"]]) for service in services for edge in service["Edges"]}

    def doubtful(self) -> dict[str, Any]:
        """Return what was refused, and what names a parent that has not come."""
        return dict(httpx.get(f"{self.url}/_refused").json())


def batched_by(items: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def named(segments: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Return the one segment of that name."""
    (found,) = [segment for segment in segments if segment["name"] == name]
    return found


def steps(part: dict[str, Any]) -> Iterator[Span]:
    """Yield the spans of the steps that no other step lies below; what a step calls is within its own time."""
    below = [one for one in part.get("subsegments", []) if "namespace" not in one]
    for one in below:
        yield from steps(one)
    if not below:
        yield part["start_time"], part["end_time"]


def share(spans: Iterable[Span], begin: float, end: float) -> float:
    """Return which share of the time between two moments the spans cover together."""
    covered, reached = 0.0, begin
    for started, ended in sorted(spans):
        first, last = max(started, reached), min(ended, end)
        covered += max(0.0, last - first)
        reached = max(reached, last)
    return covered / (end - begin)
