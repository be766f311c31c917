"""What a backup has met so far, on disk: an estate may have more documents than fit into memory."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from raglite.ports.recovery import Item

_TABLES = """
CREATE TABLE item (pk TEXT, sk TEXT, json TEXT, PRIMARY KEY (pk, sk)) WITHOUT ROWID;
CREATE TABLE met (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE known (name TEXT PRIMARY KEY, row TEXT) WITHOUT ROWID;
CREATE TABLE content (
  sha256 TEXT PRIMARY KEY, size INTEGER, until TEXT, there INTEGER DEFAULT 0, used INTEGER DEFAULT 0
) WITHOUT ROWID;
"""
BATCH = 1000  # rows read ahead of who reads them, who may write meanwhile


class Needed(NamedTuple):
    """A content that the backup needs, with when its lock ends, as far as that is known."""

    sha256: str
    size: int
    until: datetime | None


class Ledger:
    """One SQLite file, used by several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._base = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._base.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(sqlite3.Error):
            self._base.close()

    # --- the registry's items -------------------------------------------------------------------------------------

    def clear_items(self) -> None:
        """Forget all items."""
        self._do("DELETE FROM item")

    def put_items(self, items: Iterable[Item]) -> None:
        """Put items in the places of those with the same keys."""
        for item in items:
            self._do("INSERT OR REPLACE INTO item VALUES (?, ?, ?)", item["pk"], item["sk"], json.dumps(item))

    def drop_items(self, pk: str) -> None:
        """Forget the items of a partition."""
        self._do("DELETE FROM item WHERE pk = ?", pk)

    def drop_item(self, pk: str, sk: str) -> None:
        """Forget an item."""
        self._do("DELETE FROM item WHERE pk = ? AND sk = ?", pk, sk)

    def item(self, pk: str, sk: str) -> Item | None:
        """Return an item; None if there is none."""
        rows = self._all("SELECT json FROM item WHERE pk = ? AND sk = ?", pk, sk)
        return json.loads(rows[0][0]) if rows else None

    def items(self) -> Iterator[Item]:
        """Yield all items by their keys."""
        at = ("", "")
        while rows := self._all(
            "SELECT pk, sk, json FROM item WHERE (pk, sk) > (?, ?) ORDER BY pk, sk LIMIT ?", *at, BATCH
        ):
            yield from (json.loads(row[2]) for row in rows)
            at = rows[-1][:2]

    # --- what the bucket has, and what the last backup knew of it -------------------------------------------------

    def meet(self, name: str) -> None:
        """Note that something is part of the backup."""
        self._do("INSERT OR IGNORE INTO met VALUES (?)", name)

    def has_met(self, name: str) -> bool:
        """Whether something is part of the backup."""
        return bool(self._all("SELECT 1 FROM met WHERE name = ?", name))

    def clear_met(self) -> None:
        """Forget what is part of the backup: it is made anew."""
        self._do("DELETE FROM met")
        self._do("UPDATE content SET used = 0")

    def know(self, name: str, row: Any) -> None:
        """Note what the last backup says of something."""
        self._do("INSERT OR REPLACE INTO known VALUES (?, ?)", name, json.dumps(row))

    def known(self, name: str) -> Any:
        """Return what the last backup says of something; None if it says nothing."""
        rows = self._all("SELECT row FROM known WHERE name = ?", name)
        return json.loads(rows[0][0]) if rows else None

    # --- contents -------------------------------------------------------------------------------------------------

    def lock(self, sha256: str, size: int, until: datetime) -> None:
        """Note until when a content is locked."""
        self._do(
            "INSERT INTO content (sha256, size, until) VALUES (?, ?, ?) "
            "ON CONFLICT DO UPDATE SET until = excluded.until, size = excluded.size",
            sha256,
            size,
            until.isoformat(),
        )

    def find(self, sha256: str, size: int) -> None:
        """Note that a content is kept; one of another size than it ought to have is none."""
        self._do(
            "INSERT INTO content (sha256, size, there) VALUES (?, ?, 1) "
            "ON CONFLICT DO UPDATE SET there = (size = excluded.size)",
            sha256,
            size,
        )

    def expect(self, sha256: str, size: int) -> None:
        """Note that the backup needs a content, whether it is kept or not."""
        self._do("INSERT OR IGNORE INTO content (sha256, size, used) VALUES (?, ?, 1)", sha256, size)

    def is_expected(self, sha256: str) -> bool:
        """Whether the backup needs a content."""
        return bool(self._all("SELECT 1 FROM content WHERE sha256 = ? AND used", sha256))

    def is_kept(self, sha256: str) -> bool:
        """Whether a content is kept."""
        return bool(self._all("SELECT 1 FROM content WHERE sha256 = ? AND there", sha256))

    def is_read(self, sha256: str) -> bool:
        """Whether somebody has read a content back: this run, or the backup before, which is signed."""
        return bool(self._all("SELECT 1 FROM content WHERE sha256 = ? AND there AND until IS NOT NULL", sha256))

    def use(self, sha256: str) -> Needed:
        """Note that the backup needs a content that is kept, and return it."""
        self._do("UPDATE content SET used = 1 WHERE sha256 = ?", sha256)
        return _needed(self._all("SELECT sha256, size, until FROM content WHERE sha256 = ?", sha256)[0])

    def needed(self) -> Iterator[Needed]:
        """Yield every content that the backup needs, by its sha256."""
        last = ""
        chosen = "SELECT sha256, size, until FROM content WHERE used AND sha256 > ? ORDER BY sha256 LIMIT ?"
        while rows := self._all(chosen, last, BATCH):
            yield from map(_needed, rows)
            last = rows[-1][0]

    def _do(self, sentence: str, *values: Any) -> None:
        with self._lock:
            self._base.execute(sentence, values)

    def _all(self, sentence: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._base.execute(sentence, values).fetchall()


def _needed(row: Any) -> Needed:
    sha256, size, until = row
    return Needed(sha256, size, None if until is None else datetime.fromisoformat(until))
