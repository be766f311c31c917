"""Traces as their segments arrive, and the summaries X-Ray makes of them."""

import json
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

Document = dict[str, Any]

KEPT_TRACES = 20_000  # the oldest go first: a laptop's memory is not X-Ray's thirty days


class UnusableSegment(ValueError):
    """A document without a trace id, an id or a start."""


class Traces:
    """The newest traces, each as its documents by id: a finished segment replaces itself in progress."""

    def __init__(self, kept: int = KEPT_TRACES) -> None:
        self._kept = kept
        self._traces: OrderedDict[str, dict[str, Document]] = OrderedDict()

    def put(self, text: str) -> None:
        """Keep one segment or subsegment document."""
        try:
            document = json.loads(text)
            trace, identity = document["trace_id"], document["id"]
            float(document["start_time"])
        except (ValueError, KeyError, TypeError) as error:
            raise UnusableSegment(f"no segment document ({error}): {text[:200]}") from error
        self._traces.setdefault(trace, {})[identity] = document
        while len(self._traces) > self._kept:
            self._traces.popitem(last=False)

    def get(self, trace: str) -> list[Document]:
        """Return a trace's documents by start; empty if it is unknown."""
        return sorted(self._traces.get(trace, {}).values(), key=lambda document: float(document["start_time"]))

    def between(self, start: float, end: float) -> Iterable[tuple[str, list[Document]]]:
        """Yield the traces that began between two times (seconds since 1970), newest first."""
        for trace in reversed(self._traces):
            documents = self.get(trace)
            if start <= documents[0]["start_time"] <= end:
                yield trace, documents


def described(trace: str, documents: list[Document]) -> Document:
    """Return a trace as BatchGetTraces does: every document as a JSON string."""
    segments = [{"Id": document["id"], "Document": json.dumps(document)} for document in documents]
    return {"Id": trace, "Duration": _duration(documents), "LimitExceeded": False, "Segments": segments}


def summary(trace: str, documents: list[Document]) -> Document:
    """Return a trace as GetTraceSummaries does."""
    root = documents[0]
    http = root.get("http", {})
    request, response = http.get("request", {}), http.get("response", {})
    called = {"HttpURL": request.get("url"), "HttpMethod": request.get("method"), "HttpStatus": response.get("status")}
    return {
        "Id": trace,
        "StartTime": root["start_time"],
        "Duration": _duration(documents),
        "ResponseTime": _duration([root]),
        "HasFault": any(document.get("fault") for document in documents),
        "HasError": any(document.get("error") for document in documents),
        "HasThrottle": any(document.get("throttle") for document in documents),
        "IsPartial": any(document.get("in_progress") for document in documents),
        "Http": {name: value for name, value in called.items() if value is not None},
        "Annotations": _annotations(documents),
        "ServiceIds": [{"Name": name, "Names": [name]} for name in sorted(services(documents))],
    }


def services(documents: list[Document]) -> set[str]:
    """Return the names of the services that took part."""
    return {document["name"] for document in documents if document.get("type") != "subsegment" and "name" in document}


def annotations(documents: list[Document]) -> Iterable[tuple[str, str | float | bool, str]]:
    """Yield (name, value, service) of every annotation, those of nested subsegments too."""
    for document in documents:
        pending = [document]
        while pending:
            part = pending.pop()
            pending += part.get("subsegments", [])
            for name, value in part.get("annotations", {}).items():
                yield name, value, document.get("name", "")


def _annotations(documents: list[Document]) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = {}
    for name, value, service in annotations(documents):
        kind = {bool: "BooleanValue", str: "StringValue"}.get(type(value), "NumberValue")
        entry = {"AnnotationValue": {kind: value}, "ServiceIds": [{"Name": service, "Names": [service]}]}
        found.setdefault(name, []).append(entry)
    return found


def _duration(documents: list[Document]) -> float:
    starts = [float(document["start_time"]) for document in documents]
    ends = [float(document.get("end_time") or document["start_time"]) for document in documents]
    return round(max(ends) - min(starts), 6)
