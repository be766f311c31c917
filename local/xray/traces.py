"""Traces as their segments arrive: kept, refused, and put together."""

import copy
import json
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from typing import Any

from local.xray.schema import UnusableSegment, checked

Document = dict[str, Any]

KEPT_TRACES = 20_000  # the oldest go first: a laptop's memory is not X-Ray's thirty days
KEPT_REFUSED = 1000
SHOWN = 200  # characters of a refused document


class Traces:
    """The newest traces, each as its documents by id, and what was refused."""

    def __init__(self, kept: int = KEPT_TRACES) -> None:
        self._kept = kept
        self._traces: OrderedDict[str, dict[str, Document]] = OrderedDict()
        self.refused: deque[Document] = deque(maxlen=KEPT_REFUSED)
        self.refusals = 0

    def put(self, text: str) -> None:
        """Keep one segment or subsegment document; UnusableSegment if X-Ray would not take it."""
        try:
            document = json.loads(text)
            checked(document, len(text.encode()))
        except ValueError as error:
            self.refuse(str(error), text)
            raise UnusableSegment(str(error)) from error
        self._keep(document)

    def refuse(self, reason: str, text: str) -> None:
        """Count what is not taken, and remember the last of it."""
        self.refusals += 1
        self.refused.append({"reason": reason, "document": text[:SHOWN]})

    def _keep(self, document: Document) -> None:
        """Keep a document; what is over takes the place of itself in progress, whichever came first."""
        documents = self._traces.setdefault(document["trace_id"], {})
        if not (document["id"] in documents and document.get("in_progress")):
            documents[document["id"]] = document
        while len(self._traces) > self._kept:
            self._traces.popitem(last=False)

    def get(self, trace: str) -> list[Document]:
        """Return a trace's segments by start, each with its subsegments, however they came; empty if it is unknown.

        A subsegment whose parent has not come stands for itself.
        """
        documents = copy.deepcopy(list(self._traces.get(trace, {}).values()))
        known = {part["id"]: part for part in parts(documents)}
        roots = []
        for document in documents:
            parent = known.get(document.get("parent_id", ""))
            if document.get("type") == "subsegment" and parent is not None:
                held = [one for one in parent.get("subsegments", []) if one["id"] != document["id"]]
                parent["subsegments"] = sorted([*held, document], key=start)
            else:
                roots.append(document)
        return sorted(roots, key=start)

    def between(self, begin: float, end: float) -> Iterator[tuple[str, list[Document]]]:
        """Yield the traces that began between two times (seconds since 1970), newest first."""
        for trace in reversed(self._traces):
            documents = self.get(trace)
            if begin <= start(documents[0]) <= end:
                yield trace, documents

    def orphans(self) -> Iterator[Document]:
        """Yield what names a parent that has not come."""
        for trace, documents in self._traces.items():
            known = {part["id"] for part in parts(documents.values())}
            for document in documents.values():
                if (parent := document.get("parent_id")) and parent not in known:
                    yield {"trace_id": trace, "id": document["id"], "name": document["name"], "parent_id": parent}


def parts(documents: Iterable[Document]) -> Iterator[Document]:
    """Yield segments and subsegments, nested ones too, each before what it holds."""
    for document in documents:
        yield document
        yield from parts(document.get("subsegments", ()))


def start(part: Document) -> float:
    """Return when a part began, in seconds since 1970."""
    return float(part["start_time"])


def duration(documents: Iterable[Document]) -> float:
    """Return the seconds from the first start to the last end, of nested parts too."""
    every = list(parts(documents))
    ends = [float(part.get("end_time") or part["start_time"]) for part in every]
    return round(max(ends) - min(map(start, every)), 6)
