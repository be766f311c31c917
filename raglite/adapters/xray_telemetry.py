"""Traces by X-Ray, over UDP to its daemon; metrics in CloudWatch's embedded format, on stdout.

A daemon that does not listen costs nothing but the traces. Of the SDK serve the segments, the trace header and the way
to the daemon (docs/decisions/0014-tracing.md).
"""

import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any

from raglite.adapters import xray_segments as segments
from raglite.adapters.json_lines import write_line
from raglite.adapters.xray_calls import follow_calls
from raglite.adapters.xray_documents import Emitter
from raglite.adapters.xray_sdk import SERVICE_INFO, Segment, TraceId, global_sdk_config
from raglite.telemetry import NAMESPACE, Annotation, Dimension, Metric, Span

INHERITED = "_X_AMZN_TRACE_ID"  # how whoever started this process hands on its trace
TRACE_ID = re.compile("1-[0-9a-f]{8}-[0-9a-f]{24}")
HEADER = {"Root": TRACE_ID, "Parent": re.compile("[0-9a-f]{16}"), "Sampled": re.compile("[01]")}


class XrayTelemetry:
    """Telemetry of one process in one environment.

    `remotes` are the names under which services that are called over HTTP stand in traces, by their hosts.
    """

    def __init__(self, environment: str, remotes: Mapping[str, str] | None = None) -> None:
        self._environment = environment
        self._inherited = os.environ.get(INHERITED)
        self._emitter = Emitter(remotes or {})
        follow_calls()

    @contextmanager
    def trace(
        self, name: Span, header: str | None = None, since: datetime | None = None, **annotations: str | float | bool
    ) -> Iterator[str]:
        """Open a segment, continuing `header` (X-Amzn-Trace-Id), and yield the trace id.

        Work that was under way already (`since`) is going to take a while: X-Ray is told at once that it goes on.
        A process's first trace continues the one that the process was started in, if it is given none.
        """
        inherited, self._inherited = self._inherited, None
        given = _parts(header or inherited or "")
        trace_id = given.get("Root") or TraceId().to_id()
        segment = Segment(name.value, traceid=trace_id, parent_id=given.get("Parent"))
        # All is sampled but what a caller asks not to be.
        segment.sampled = given.get("Sampled") != "0" and global_sdk_config.sdk_enabled()
        segment.service = SERVICE_INFO
        if since is not None:
            segment.start_time = since.timestamp()
        segments.annotate(segment, {Annotation.ENVIRONMENT.value: self._environment, **annotations})
        with segments.within(segment, self._emitter, announced=since is not None):
            yield trace_id

    def span(self, name: Span, **annotations: str | float | bool) -> AbstractContextManager[Any]:
        """Open a subsegment of what is open now; a no-op outside a trace, and in a thread that outlives its span."""
        return segments.subsegment(name.value, annotations)

    def past(self, name: Span, began: datetime, ended: datetime) -> None:
        """Record a subsegment for something that is over; a no-op outside a trace, and if it ended before it began."""
        if ended >= began:
            segments.past(name.value, began.timestamp(), ended.timestamp())

    def annotate(self, **annotations: str | float | bool) -> None:
        """Annotate the segment that is open; a no-op outside a trace."""
        if (segment := segments.segment()) is not None:
            segments.annotate(segment, annotations)

    def served(self, method: str, path: str, status: int) -> None:
        """Say which HTTP request the open segment served; its flags follow from the status. A no-op outside a trace."""
        if (segment := segments.segment()) is not None:
            segment.http = {"request": {"method": method, "url": path}, "response": {"status": status}}
            segment.apply_status_code(status)

    def adopt(self, header: str) -> str | None:
        """Let the open segment continue another trace, unless a part of it was sent ahead already."""
        segment = segments.segment()
        if segment is None:
            return None
        given = _parts(header)
        if "Root" in given and not segment.has_begun_to_leave:
            segment.trace_id, segment.parent_id = given["Root"], given.get("Parent")
        return str(segment.trace_id)

    def metric(self, metric: Metric, value: float, **dimensions: str) -> None:
        """Record one value of a declared metric; on a terminal nobody would take it up, and people read."""
        by = {Dimension.ENVIRONMENT.value: self._environment, **dimensions}
        if set(by) != {Dimension.ENVIRONMENT, *metric.dimensions}:
            raise ValueError(f"{metric.name} is told apart by {metric.dimensions}, not by {tuple(dimensions)}.")
        if sys.stdout.isatty():
            return
        definition = {"Name": metric.name, "Unit": metric.unit.value}
        directive = {"Namespace": NAMESPACE, "Dimensions": [list(by)], "Metrics": [definition]}
        envelope = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
        write_line({"_aws": envelope, **by, metric.name: float(value)})


def _parts(header: str) -> dict[str, str]:
    """Return Root, Parent and Sampled, where they are what they claim to be.

    Nothing else is let through: headers come from anywhere, and trace ids go out in answers.
    """
    given = dict(part.strip().partition("=")[::2] for part in header.split(";"))
    return {name: given[name] for name, pattern in HEADER.items() if name in given and pattern.fullmatch(given[name])}
