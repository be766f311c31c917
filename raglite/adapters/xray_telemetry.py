"""Traces by X-Ray, over UDP to its daemon; metrics in CloudWatch's embedded format, on stdout.

The SDK's own contexts lose or mix up segments under concurrency. Here what is open is a tuple in a context variable:
every asyncio task, and every thread that is given a copy of the context, has its own and shares none.
A daemon that does not listen costs nothing but the traces.
"""

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from aws_xray_sdk.core.context import Context
from aws_xray_sdk.core.models.trace_header import TraceHeader
from aws_xray_sdk.core.models.traceid import TraceId
from aws_xray_sdk.core.recorder import AWSXRayRecorder
from aws_xray_sdk.core.sampling.local.sampler import LocalSampler

from raglite.adapters.json_lines import write_line
from raglite.telemetry import DIMENSION_ENVIRONMENT, NAMESPACE, Metric, Span

INHERITED = "_X_AMZN_TRACE_ID"  # how whoever started this process hands on its trace
TRACE_ID = re.compile("1-[0-9a-f]{8}-[0-9a-f]{24}")
SEGMENT_ID = re.compile("[0-9a-f]{16}")
_open: ContextVar[tuple[Any, ...]] = ContextVar("open", default=())  # segment, subsegment, its subsegment, ...


class _VariableContext(Context):  # type: ignore[misc]  # the SDK ships no types
    """The SDK's store of what is open, in a context variable."""

    def __init__(self) -> None:
        super().__init__("IGNORE_ERROR")

    def put_segment(self, segment: Any) -> None:
        _open.set((segment,))

    def put_subsegment(self, subsegment: Any) -> None:
        self.get_trace_entity().add_subsegment(subsegment)
        _open.set((*_open.get(), subsegment))

    def end_subsegment(self, end_time: float | None = None) -> bool:
        _open.get()[-1].close(end_time)
        _open.set(_open.get()[:-1])
        return True

    def get_trace_entity(self) -> Any:
        opened = _open.get()
        return opened[-1] if opened else None

    def clear_trace_entities(self) -> None:
        _open.set(())


class XrayTelemetry:
    """Telemetry of one process in one environment."""

    def __init__(self, environment: str) -> None:
        self._environment = environment
        self._inherited = os.environ.get(INHERITED)
        self._recorder = AWSXRayRecorder()  # sends to AWS_XRAY_DAEMON_ADDRESS
        # The sampler is never asked, but the SDK's default one makes itself a client of X-Ray's API.
        self._recorder.configure(sampling=False, sampler=LocalSampler(), context=_VariableContext())

    @contextmanager
    def trace(self, name: Span, header: str | None = None, **annotations: str | float | bool) -> Iterator[str]:
        """Open a segment, continuing `header` (X-Amzn-Trace-Id) or this process's own trace; yields the trace id."""
        given = TraceHeader.from_header_str(header or self._inherited)
        trace_id = _if_like(TRACE_ID, given.root) or TraceId().to_id()
        origin = {"traceid": trace_id, "parent_id": _if_like(SEGMENT_ID, given.parent)}
        before = _open.set(())
        try:
            # All is sampled but what a caller asks not to be.
            with self._recorder.in_segment(name.value, sampling=0 if given.sampled == 0 else 1, **origin) as segment:
                _annotate(segment, {"environment": self._environment, **annotations})
                yield trace_id
        finally:
            _open.reset(before)

    @contextmanager
    def span(self, name: Span, **annotations: str | float | bool) -> Iterator[None]:
        """Open a subsegment of what is open now; a no-op outside a trace, and in a thread that outlives its span."""
        entity = self._recorder.get_trace_entity()
        if entity is None or not entity.in_progress:
            yield
            return
        with self._recorder.in_subsegment(name.value) as subsegment:
            _annotate(subsegment, annotations)
            yield

    def metric(self, metric: Metric, value: float) -> None:
        """Record one value of a declared metric."""
        definition = {"Name": metric.name, "Unit": metric.unit.value}
        directive = {"Namespace": NAMESPACE, "Dimensions": [[DIMENSION_ENVIRONMENT]], "Metrics": [definition]}
        envelope = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
        write_line({"_aws": envelope, DIMENSION_ENVIRONMENT: self._environment, metric.name: value})


def _annotate(entity: Any, annotations: Mapping[str, str | float | bool]) -> None:
    for key, value in annotations.items():
        entity.put_annotation(key, value)


def _if_like(pattern: re.Pattern[str], given: str | None) -> str | None:
    """Let nothing but an id through: headers come from anywhere, and trace ids go out in answers."""
    return given if given and pattern.fullmatch(given) else None
