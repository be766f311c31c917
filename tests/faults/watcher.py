"""Somebody who looks at the index all the time, at the commit number of the moment, as every question does."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Self

from qdrant_client import QdrantClient

from tests.faults.evidence import Name, StoredPoint

SECONDS_BETWEEN = 0.15
MOST_POINTS = 10_000

Shown = tuple[str, int, int]  # version id, edition, number of points


def stored_points(client: QdrantClient, collection: str) -> list[StoredPoint]:
    """Return all points of a collection as they lie there, past the product's own adapter; none without one."""
    if not any(alias.alias_name == collection for alias in client.get_aliases().aliases):
        return []
    records, rest = client.scroll(collection, limit=MOST_POINTS, with_payload=True, with_vectors=False)
    assert rest is None, "more points than one look can take in"
    return [_point(str(record.id), record.payload or {}) for record in records]


def _point(identity: str, payload: dict[str, object]) -> StoredPoint:
    named = ("key", "version", "edition", "kind", "ordinal", "committed", "superseded")
    return StoredPoint(identity, *(payload.get(name) for name in named))  # type: ignore[arg-type]  # as was written


@dataclass
class Seen:
    """What the commits have shown so far, and what was wrong with it. Pure: `look` is told everything."""

    faults: list[str] = field(default_factory=list)
    looks: int = 0
    _shown: dict[int, dict[str, Shown]] = field(default_factory=dict)  # by commit and key
    _answered: dict[str, str] = field(default_factory=dict)  # by key, the version that was last seen

    def look(self, commit: int, points: Iterable[StoredPoint], removed: set[str], erased: set[Name]) -> None:
        """Compare one look with those before. `removed` keys were deleted, `erased` versions removed, at some time."""
        self.looks += 1
        shown = self._whole(commit, list(points), erased)
        for key in self._answered:
            if key not in shown and key not in removed:
                self._blame(f"commit {commit} shows nothing of {key}, which nobody has deleted")
        before = self._shown.get(commit, {})
        for key, view in before.items():
            if shown.get(key) != view and (key, view[0]) not in erased:
                self._blame(f"commit {commit} showed {view} of {key}, and later {shown.get(key)}")
        self._shown[commit] = before | shown
        self._answered |= {key: view[0] for key, view in shown.items()}

    def _whole(self, commit: int, points: list[StoredPoint], erased: set[Name]) -> dict[str, Shown]:
        held = Counter((point.name, point.edition) for point in points)
        visible = Counter((point.name, point.edition) for point in points if point.visible(commit))
        by_key: defaultdict[str, dict[str, Shown]] = defaultdict(dict)
        for ((key, version), edition), number in visible.items():
            if number != held[(key, version), edition] and (key, version) not in erased:
                self._blame(f"commit {commit} shows {number} of {held[(key, version), edition]} points of {key}")
            by_key[key][f"{version} {edition}"] = version, edition, number
        for key, editions in by_key.items():
            if len(editions) > 1:
                self._blame(f"commit {commit} shows {len(editions)} editions of {key}: {', '.join(sorted(editions))}")
        return {key: next(iter(editions.values())) for key, editions in by_key.items()}

    def _blame(self, fault: str) -> None:
        if fault not in self.faults:
            self.faults.append(fault)


class Watcher:
    """Looks in a thread of its own while it is open; a look that fails, because Qdrant was killed, is no look."""

    def __init__(self, look: Callable[[Seen], None]) -> None:
        self.seen = Seen()
        self._look = look
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(SECONDS_BETWEEN):
            self._look(self.seen)
