"""What points say, kept between questions: a passage is read from Qdrant once, not with every question that finds it.

A point's id and the fingerprint of its payload name one content for ever, so that whatever is kept under both is what
Qdrant would send again. Which passages a question may see is Qdrant's to say, each time.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from qdrant_client import models

from raglite.adapters import qdrant_points as points
from raglite.model import lean
from raglite.ports import FoundChunk

OVERHEAD = 1280  # bytes that a passage takes beside its texts: tests/contracts/test_passages.py measures it


class Hit(NamedTuple):
    """A point that was found; `fingerprint` is None for one that was written before there were fingerprints."""

    id: str
    fingerprint: str | None
    score: float


@dataclass(frozen=True, slots=True)
class _Kept:
    passage: FoundChunk
    size: int


class Passages:
    """The passages that were asked for last, up to `budget` bytes. Safe to share between threads."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._kept: OrderedDict[tuple[str, str | None], _Kept] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def known(self, hits: Sequence[Hit]) -> dict[str, FoundChunk]:
        """Return those hits whose content is kept, by point id."""
        found = {}
        with self._lock:
            for hit in hits:
                name = hit[:2]
                if kept := self._kept.get(name):
                    self._kept.move_to_end(name)
                    found[hit.id] = kept.passage
        return found

    def keep(self, records: Sequence[models.Record]) -> dict[str, FoundChunk]:
        """Return points with their payloads as passages, by point id, and keep them."""
        read = {str(one.id): points.found_chunk(one) for one in records}
        lean(passage.chunk for passage in read.values())
        fingerprints = {str(one.id): fingerprint_of(one) for one in records}
        with self._lock:
            for identity, passage in read.items():
                if fingerprints[identity] and (identity, fingerprints[identity]) not in self._kept:
                    size = OVERHEAD + len(passage.chunk.text) + len(passage.chunk.header)
                    self._add((identity, fingerprints[identity]), _Kept(passage, size))
        return read

    def _add(self, name: tuple[str, str | None], kept: _Kept) -> None:
        self._kept[name] = kept
        self._size += kept.size
        while self._size > self._budget:
            self._size -= self._kept.popitem(last=False)[1].size


def fingerprint_of(record: models.Record) -> str | None:
    """Return the fingerprint of a point that was read; None if it was written before there were any."""
    found: str | None = (record.payload or {}).get(points.FINGERPRINT)
    return found
