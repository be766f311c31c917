"""A Telemetry that remembers. What is open is kept per context, as in the real one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from raglite.telemetry import Metric, Span

_open: ContextVar["Traced | None"] = ContextVar("open", default=None)
_segment: ContextVar["Traced | None"] = ContextVar("segment", default=None)


@dataclass
class Traced:
    """A segment, or a subsegment of one."""

    name: Span
    trace_id: str
    parent: str | None = None
    annotations: Mapping[str, Any] = field(default_factory=dict)
    fault: bool = False
    http: tuple[str, str, int] | None = None
    spans: list["Traced"] = field(default_factory=list)

    @contextmanager
    def opened(self) -> Iterator[None]:
        token = _open.set(self)
        try:
            yield
        except BaseException:
            self.fault = True
            raise
        finally:
            _open.reset(token)


class FakeTelemetry:
    """`segments` are the traces with what happened in them; `traces` and `spans` what was asked for, in that order."""

    def __init__(self) -> None:
        self.segments: list[Traced] = []
        self.traces: list[tuple[Span, str | None, Mapping[str, Any]]] = []
        self.begun: list[datetime | None] = []  # of each trace, where it began before it was opened
        self.spans: list[Span] = []
        self.metrics: list[tuple[str, float]] = []

    @contextmanager
    def trace(
        self, name: Span, header: str | None = None, since: datetime | None = None, **annotations: str | float | bool
    ) -> Iterator[str]:
        self.traces.append((name, header, annotations))
        self.begun.append(since)
        given = dict(part.partition("=")[::2] for part in (header or "").split(";"))
        trace_id = given.get("Root") or f"1-00000000-{len(self.traces):024x}"
        segment = Traced(name, trace_id, given.get("Parent"), annotations)
        self.segments.append(segment)
        within = _segment.set(segment)
        try:
            with segment.opened():
                yield trace_id
        finally:
            _segment.reset(within)

    @contextmanager
    def span(self, name: Span, **annotations: str | float | bool) -> Iterator[None]:
        self.spans.append(name)
        above = _open.get()
        if above is None:
            yield
            return
        subsegment = Traced(name, above.trace_id, annotations=annotations)
        above.spans.append(subsegment)
        with subsegment.opened():
            yield

    def past(self, name: Span, began: datetime, ended: datetime) -> None:
        above = _open.get()
        if above is not None and ended >= began:
            above.spans.append(Traced(name, above.trace_id))

    def annotate(self, **annotations: str | float | bool) -> None:
        segment = _segment.get()
        if segment is not None:
            segment.annotations = {**segment.annotations, **annotations}

    def served(self, method: str, path: str, status: int) -> None:
        segment = _segment.get()
        if segment is not None:
            segment.http, segment.fault = (method, path, status), segment.fault or status >= 500

    def adopt(self, header: str) -> str | None:
        segment = _segment.get()
        if segment is None:
            return None
        given = dict(part.partition("=")[::2] for part in header.split(";"))
        if "Root" in given:
            segment.trace_id, segment.parent = given["Root"], given.get("Parent")
        return segment.trace_id

    def metric(self, metric: Metric, value: float, **dimensions: str) -> None:
        assert set(dimensions) == set(metric.dimensions), f"{metric.name} has the dimensions {metric.dimensions}"
        self.metrics.append((metric.name, value))
