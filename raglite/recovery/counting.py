"""Counts of what a backup holds, taken from its lists as they pass: when it is written, and when it is verified."""

from collections.abc import Iterable, Iterator
from typing import Any

from raglite.recovery.items import is_searchable
from raglite.recovery.manifest import Counts


class Census:
    """Counts while others read. An error that ends the reading leaves it unfinished."""

    def __init__(self) -> None:
        self._seen = dict.fromkeys(Counts.model_fields, 0)
        self._last: str | None = None

    def documents(self, rows: Iterable[Any]) -> Iterator[Any]:
        """Pass on the versions and markers, which come by key."""
        for row in rows:
            is_marker = row.get("is_delete_marker", False)
            self._seen["keys"] += row["key"] != self._last
            self._seen["markers" if is_marker else "versions"] += 1
            self._last = row["key"]
            yield row

    def parsed(self, rows: Iterable[Any]) -> Iterator[Any]:
        """Pass on the objects of parsed documents."""
        for row in rows:
            self._seen["parsed"] += 1
            yield row

    def items(self, rows: Iterable[Any]) -> Iterator[Any]:
        """Pass on the registry's items."""
        for row in rows:
            self._seen["items"] += 1
            self._seen["searchable"] += is_searchable(row)
            yield row

    def contents(self, rows: Iterable[Any]) -> Iterator[Any]:
        """Pass on the contents."""
        for row in rows:
            self._seen["contents"] += 1
            self._seen["bytes"] += row["size"]
            yield row

    def counts(self, points: int) -> Counts:
        """Return what was counted."""
        return Counts(**self._seen | {"points": points})
