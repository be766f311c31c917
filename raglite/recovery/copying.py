"""Contents of documents and parsed documents into the bucket of backups: read once, kept once, read back once."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from raglite.errors import DependencyUnavailable, NotFound
from raglite.ports.recovery import RESTORED_ID, NamedObject, Recovery, StoredObject
from raglite.recovery.abreast import abreast
from raglite.recovery.ledger import Ledger
from raglite.recovery.lines import named_of, named_row, object_of, object_row


@dataclass
class Tally:
    """What this run has read of the estate, and what of it was new. Bytes. Threads add to it."""

    read: int = 0
    new: int = 0
    new_bytes: int = 0
    vanished: list[str] = field(default_factory=list)  # erased between listing and reading
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, read: int, new: bool) -> None:
        """Note a content that was read."""
        with self._lock:
            self.read += read
            self.new += new
            self.new_bytes += read if new else 0


@dataclass(frozen=True)
class Copier:
    """Copies for one backup of the moment `now`. What ends up in it is locked for at least `days`."""

    estate: Recovery
    ledger: Ledger
    folder: Path
    now: datetime
    days: int
    tally: Tally
    _turns: tuple[threading.Lock, ...] = field(default_factory=lambda: tuple(threading.Lock() for _ in range(64)))

    # --- documents ------------------------------------------------------------------------------------------------

    def documents(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each version and marker of the documents bucket, its content kept."""
        for stored, row in abreast(self._document, self.estate.documents.objects()):
            if row is None:
                self.tally.vanished.append(f"{stored.key} in version {stored.version_id}")
                continue
            self.ledger.meet(document_name(stored.key, stored.version_id))
            yield object_row(row)

    def _document(self, stored: StoredObject) -> tuple[StoredObject, StoredObject | None]:
        if stored.is_delete_marker:
            return stored, stored
        row = self.ledger.known(document_name(stored.key, stored.version_id))
        if row is not None:
            before = object_of(row)
            if before.sha256 and before.size == stored.size and self.ledger.is_kept(before.sha256):
                self._use(before.sha256)
                return stored, replace(before, last_modified=stored.last_modified)
        try:
            return stored, self._new_document(stored)
        except NotFound:
            self._confirm_gone(stored)
            return stored, None

    def _new_document(self, stored: StoredObject) -> StoredObject:
        told = self.estate.documents.described(stored)
        with self._scratch() as path:
            sha256 = self.estate.documents.fetch(stored, path)
            self._take_in(sha256, path, stored.size, f"{stored.key} in version {stored.version_id}")
        metadata = {name: value for name, value in told.metadata.items() if name != RESTORED_ID}
        return replace(told, sha256=sha256, metadata=metadata)

    def _confirm_gone(self, stored: StoredObject) -> None:
        """A version that a second look does not find is gone. One that it finds could not be read."""
        again = (one for one in self.estate.documents.objects(stored.key) if one.key == stored.key)
        if any(one.version_id == stored.version_id for one in again):
            what = f"{stored.key} in version {stored.version_id}"
            raise DependencyUnavailable("S3", f"lists {what} and does not give it; try again.")

    # --- parsed documents -----------------------------------------------------------------------------------------

    def parsed(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each object of the bucket of parsed documents, its content kept."""
        for named, row in abreast(self._parsed_one, self.estate.parsed.objects()):
            if row is None:
                self.tally.vanished.append(named.name)
                continue
            self.ledger.meet(parsed_name(row.name))
            yield named_row(row)

    def _parsed_one(self, named: NamedObject) -> tuple[NamedObject, NamedObject | None]:
        row = self.ledger.known(parsed_name(named.name))
        if row is not None:
            before = named_of(row)
            same = (before.tag, before.size) == (named.tag, named.size)
            if before.sha256 and same and self.ledger.is_kept(before.sha256):
                self._use(before.sha256)
                return named, before
        with self._scratch() as path:
            try:
                sha256 = self.estate.parsed.fetch(named.name, path)
            except NotFound:  # erased, or it would show as missing when records are held against the copies
                return named, None
            # It may have been written anew since it was listed.
            now = replace(named, size=path.stat().st_size)
            self._take_in(sha256, path, now.size, named.name)
        return named, replace(now, sha256=sha256, tag=named.tag if now.size == named.size else "")

    # --- contents -------------------------------------------------------------------------------------------------

    def _take_in(self, sha256: str, path: Path, size: int, what: str) -> None:
        """Keep a content that is not kept yet, and read it back."""
        if path.stat().st_size != size:
            raise DependencyUnavailable("S3", f"gave {path.stat().st_size} of {size} bytes of {what}; try again.")
        with self._turns[int(sha256[:2], 16) % len(self._turns)]:  # two documents may be equal, and read at once
            new = not self._is_kept_well(sha256)
            if new:
                self._keep(sha256, path, what)
                self.ledger.find(sha256, size)
        self.tally.add(size, new)
        self._use(sha256)

    def _is_kept_well(self, sha256: str) -> bool:
        """Whether a content is kept as it should be: one that only lies there, a run that died may have left."""
        if not self.ledger.is_kept(sha256) or self.ledger.is_read(sha256):
            return self.ledger.is_kept(sha256)
        with self._scratch() as again:
            try:
                return self.estate.store.take(sha256, again) == sha256
            except NotFound:
                return False

    def _keep(self, sha256: str, path: Path, what: str) -> None:
        until = self.now + timedelta(days=2 * self.days)
        self.estate.store.keep(sha256, path, until)
        with self._scratch() as again:
            if self.estate.store.take(sha256, again) != sha256:
                raise DependencyUnavailable("S3", f"gives other bytes back than were kept of {what}; try again.")
        self.ledger.lock(sha256, path.stat().st_size, until)

    def _use(self, sha256: str) -> None:
        """Note that the backup needs a content, and see that it stays as long as the backup."""
        needed = self.ledger.use(sha256)
        if needed.until is None or needed.until < self.now + timedelta(days=self.days):
            until = self.now + timedelta(days=2 * self.days)
            self._prolong(sha256, until)
            self.ledger.lock(sha256, needed.size, until)

    def _prolong(self, sha256: str, until: datetime) -> None:
        try:
            self.estate.store.prolong(sha256, until)
        except NotFound as error:
            raise DependencyUnavailable("S3", f"has lost the content {sha256} meanwhile; try again.") from error

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        path = self.folder / uuid.uuid4().hex
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)


def document_name(key: str, version_id: str) -> str:
    """Return what the ledger calls a version."""
    return f"document\n{version_id}\n{key}"


def parsed_name(name: str) -> str:
    """Return what the ledger calls an object of the bucket of parsed documents."""
    return f"parsed\n{name}"
