"""Traces read back from X-Ray.

What was sent is found there some seconds later, for thirty days:
https://docs.aws.amazon.com/general/latest/gr/xray.html, Trace data retention.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3

from raglite.adapters.aws_errors import CLIENT_CONFIG, connecting, translated
from raglite.errors import InvalidRequest
from raglite.observability.traces import Kind, Part, Trace
from raglite.ports import Clock, SystemClock
from raglite.telemetry import Annotation, Span

SERVICE = "X-Ray"
TRACE_ID = re.compile("1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}")
KEPT = timedelta(days=30)
LONGEST = timedelta(hours=24)  # between the start and the end of one question for summaries
LONGEST_VALUE = 1000  # characters of an annotation
FIRST = timedelta(minutes=10)  # what is asked for has mostly just happened
OURS = {Span.TRIGGER, Span.INGEST, Span.QUERY}  # Lambda, too, sends segments, of its invocations
FAULTS = ("fault", "error", "throttle")


class XrayTraces:
    """The traces of one account and region."""

    def __init__(self, client: Any, clock: Clock | None = None) -> None:
        self._client = client
        self._clock = clock or SystemClock()

    @classmethod
    def connect(cls) -> "XrayTraces":
        """Return traces that are read by the standard AWS environment; nothing is sent yet."""
        with connecting(SERVICE):
            return cls(boto3.client("xray", config=CLIENT_CONFIG))

    def trace(self, trace_id: str) -> Trace | None:
        """Return a trace; None if there is none, or none yet. InvalidRequest for what is no id."""
        if not TRACE_ID.fullmatch(trace_id):
            raise InvalidRequest(f"{trace_id!r} is no trace id: it looks like 1-67891233-abcdef012345678912345678.")
        pages = self._client.get_paginator("batch_get_traces").paginate(TraceIds=[trace_id])
        with translated(SERVICE, "the traces"):
            found = [trace for page in pages for trace in page["Traces"]]
        documents = [json.loads(segment["Document"]) for trace in found for segment in trace["Segments"]]
        parts = tuple(_nested(documents))
        return Trace(id=trace_id, parts=parts) if parts else None

    def newest(self) -> str | None:
        """Return the id of the newest trace of a document or of somebody's question."""
        return self._newest("")

    def newest_of(self, document: str) -> str | None:
        """Return the id of the newest trace that is annotated with a document's key."""
        return self._newest(
            f"annotation.{Annotation.DOCUMENT} = {json.dumps(document[:LONGEST_VALUE], ensure_ascii=False)}"
        )

    def _newest(self, expression: str) -> str | None:
        for window in self._windows():
            with translated(SERVICE, "the traces"):
                found = [one for one in self._summaries(window, expression) if _is_of_interest(one)]
            if found:
                return str(max(found, key=lambda one: (one["StartTime"], one["Id"]))["Id"])
        return None

    def _windows(self) -> Iterator[dict[str, Any]]:
        """Yield spans of time from now back to the oldest trace that is kept."""
        end = now = self._clock.now() + timedelta(minutes=1)  # clocks differ
        length = FIRST
        while end > now - KEPT:
            yield {"StartTime": end - length, "EndTime": end}
            end, length = end - length, LONGEST

    def _summaries(self, window: Mapping[str, Any], expression: str) -> Iterator[dict[str, Any]]:
        asked = {**window, **({"FilterExpression": expression} if expression else {})}
        for page in self._client.get_paginator("get_trace_summaries").paginate(**asked):
            yield from page["TraceSummaries"]


def _is_of_interest(summary: Mapping[str, Any]) -> bool:
    """Whether it is of a document, or of a question that somebody asked."""
    names = {service.get("Name") for service in summary.get("ServiceIds", ())}
    return bool(names & OURS) and Span.CANARY not in names


def _nested(documents: list[dict[str, Any]]) -> Iterator[Part]:
    """Yield the parts that nothing called, each with what it called and what is known of it.

    What X-Ray infers of other services from calls is left out: the calls tell it all.
    """
    ours = [document for document in documents if not document.get("inferred")]
    known = {part["id"] for part in _every(ours)}
    called: dict[str, list[dict[str, Any]]] = {}
    for document in ours:
        parent = str(document.get("parent_id"))
        called.setdefault(parent if parent in known else "", []).append(document)
    yield from (_part(document, called) for document in called.get("", ()))


def _every(documents: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for document in documents:
        yield document
        yield from _every(document.get("subsegments", ()))


def _part(document: Mapping[str, Any], called: Mapping[str, list[dict[str, Any]]]) -> Part:
    below = [*document.get("subsegments", ()), *called.get(document["id"], ())]
    return Part(
        name=document["name"],
        kind=_kind(document),
        began=document["start_time"],
        ended=document.get("end_time"),
        operation=_operation(document),
        faulty=any(document.get(flag) for flag in FAULTS),
        annotations=document.get("annotations", {}),
        parts=tuple(_part(one, called) for one in sorted(below, key=lambda one: float(one["start_time"]))),
    )


def _operation(document: Mapping[str, Any]) -> str | None:
    """Return what a call asked for: AWS's name for it, or method and end of the path."""
    request = document.get("http", {}).get("request", {})
    if "namespace" not in document:
        return None
    if "operation" in document.get("aws", {}):
        return str(document["aws"]["operation"])
    path = urlsplit(request.get("url", "")).path.strip("/").split("/")
    return " ".join(word for word in (request.get("method"), "/".join(path[-2:])) if word) or None


def _kind(document: Mapping[str, Any]) -> Kind:
    if "namespace" in document:
        return Kind.CALL
    # Only a segment of its own names its trace, unless it says that it is a subsegment sent apart.
    return Kind.SEGMENT if "trace_id" in document and document.get("type") != "subsegment" else Kind.STEP
