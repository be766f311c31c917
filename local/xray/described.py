"""Traces as X-Ray's API tells of them: whole, summed up, and as who called whom."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from local.xray.schema import MOST_ANNOTATIONS
from local.xray.traces import Document, duration, parts


def whole(trace: str, documents: list[Document]) -> Document:
    """Return a trace as BatchGetTraces does: every document as a JSON string."""
    segments = [{"Id": document["id"], "Document": json.dumps(document)} for document in documents]
    return {"Id": trace, "Duration": duration(documents), "LimitExceeded": False, "Segments": segments}


def summary(trace: str, documents: list[Document]) -> Document:
    """Return a trace as GetTraceSummaries does."""
    root = documents[0]
    http = root.get("http", {})
    request, response = http.get("request", {}), http.get("response", {})
    called = {"HttpURL": request.get("url"), "HttpMethod": request.get("method"), "HttpStatus": response.get("status")}
    every = list(parts(documents))
    return {
        "Id": trace,
        "StartTime": root["start_time"],
        "Duration": duration(documents),
        "ResponseTime": duration([{**root, "subsegments": []}]),
        "HasFault": any(part.get("fault") for part in every),
        "HasError": any(part.get("error") for part in every),
        "HasThrottle": any(part.get("throttle") for part in every),
        "IsPartial": any(part.get("in_progress") for part in every),
        "Http": {name: value for name, value in called.items() if value is not None},
        "Annotations": _annotations(documents),
        "ServiceIds": [_service(name) for name in sorted(services(documents))],
        "EntryPoint": _service(root["name"]),
    }


def graph(documents: list[Document]) -> list[Document]:
    """Return the services of a trace and their edges as GetTraceGraph does.

    A call to a service that sends no segment of its own ends at one inferred from the call.
    """
    numbers: dict[tuple[str, str], int] = {}
    edges: dict[int, set[int]] = {}

    def number(name: str, kind: str) -> int:
        found = numbers.setdefault((name, kind), len(numbers))
        edges.setdefault(found, set())
        return found

    owners = {part["id"]: document["name"] for document in documents for part in parts([document])}
    answered = {document.get("parent_id") for document in documents}
    for document in documents:
        here = number(document["name"], "segment")
        if (caller := owners.get(document.get("parent_id", ""))) is not None:
            edges[number(caller, "segment")].add(here)
        for part in parts([document]):
            if "namespace" in part and part["id"] not in answered:
                edges[here].add(number(part["name"], part["namespace"]))
    reached = {one for found in edges.values() for one in found}
    return [
        {
            "ReferenceId": reference,
            "Name": name,
            "Names": [name],
            "Type": kind,
            "Root": reference not in reached,
            "Edges": [{"ReferenceId": one} for one in sorted(edges[reference])],
        }
        for (name, kind), reference in numbers.items()
    ]


def services(documents: Iterable[Document]) -> set[str]:
    """Return the names of the services that took part."""
    return {document["name"] for document in documents if document.get("type") != "subsegment"}


def annotations(documents: Iterable[Document]) -> Iterator[tuple[str, str | float | bool, str]]:
    """Yield (name, value, service) of the annotations that X-Ray indexes, those of nested subsegments too."""
    found = (
        (name, value, document["name"])
        for document in documents
        for part in parts([document])
        for name, value in part.get("annotations", {}).items()
    )
    return islice(found, MOST_ANNOTATIONS)


def _annotations(documents: list[Document]) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = {}
    for name, value, service in annotations(documents):
        kind = {bool: "BooleanValue", str: "StringValue"}.get(type(value), "NumberValue")
        entry = {"AnnotationValue": {kind: value}, "ServiceIds": [_service(service)]}
        found.setdefault(name, []).append(entry)
    return found


def _service(name: str) -> dict[str, Any]:
    return {"Name": name, "Names": [name]}
