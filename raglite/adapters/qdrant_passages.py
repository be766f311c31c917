"""What points say, kept between questions: a passage is read from Qdrant once, not with every question that finds it.

A point's id and the fingerprint of its payload name one content for ever, so that whatever is kept under both is what
Qdrant would send again. Which passages a question may see is Qdrant's to say, each time.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from raglite.adapters import qdrant_points as points
from raglite.ports import FoundChunk

OVERHEAD = 2048  # bytes that a passage takes beside its texts: tests/contracts/test_passages.py measures it

Name = tuple[str, str]  # point id, payload fingerprint


@dataclass(frozen=True, slots=True)
class _Kept:
    passage: FoundChunk
    size: int


class Passages:
    """The passages that were asked for last, up to `budget` bytes. Safe to share between threads."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._kept: OrderedDict[Name, _Kept] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def known(self, hits: Iterable[Any]) -> dict[str, FoundChunk]:
        """Return those of Qdrant's hits whose content is kept, by point id."""
        names = [name for hit in hits if (name := name_of(hit))]
        with self._lock:
            found = {name[0]: self._kept[name].passage for name in names if name in self._kept}
            for name in names:
                if name in self._kept:
                    self._kept.move_to_end(name)
        return found

    def keep(self, records: Iterable[Any]) -> dict[str, FoundChunk]:
        """Return records with their payloads as passages, by point id, and keep them."""
        read = {str(one.id): (name_of(one), points.found_chunk(one)) for one in records}
        with self._lock:
            for name, passage in read.values():
                if name and name not in self._kept:
                    self._add(name, _Kept(passage, OVERHEAD + len(passage.chunk.text) + len(passage.chunk.header)))
        return {identity: passage for identity, (_, passage) in read.items()}

    def _add(self, name: Name, kept: _Kept) -> None:
        self._kept[name] = kept
        self._size += kept.size
        while self._size > self._budget:
            self._size -= self._kept.popitem(last=False)[1].size


def name_of(hit: Any) -> Name | None:
    """Return what names a hit's content; None for a point that was written before there were fingerprints."""
    payload: Mapping[str, Any] = hit.payload or {}
    fingerprint = payload.get(points.FINGERPRINT)
    return (str(hit.id), fingerprint) if fingerprint else None
