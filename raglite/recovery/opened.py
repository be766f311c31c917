"""A backup opened for reading: nothing is believed before signature, size and sha256 say that it is what it was."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from raglite.errors import InvalidBackup, NotFound
from raglite.ports.recovery import BackupStore, Signer
from raglite.recovery.lines import read_lines
from raglite.recovery.manifest import FORMAT, MANIFEST, SIGNATURE, Manifest, Part, moment_of

INDEX = "index/"  # what the parts are called that are snapshots
ANOTHER = "Choose another one by --backup; `raglite backup list` shows what there is."


@dataclass(frozen=True, slots=True)
class Backups:
    """Where backups lie, and whose signature they bear."""

    store: BackupStore
    signer: Signer


@dataclass(frozen=True, slots=True)
class Which:
    """Which backup is meant: the one of an `id`, else the newest, or that which was the newest at a moment.

    One that is older than `max_age` is meant only if it is named.
    """

    id: str | None = None
    as_of: datetime | None = None
    max_age: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A backup whose manifest is as it was signed. Its parts are fetched into `folder` when they are asked for."""

    store: BackupStore
    manifest: Manifest
    folder: Path
    _fetched: set[str] = field(default_factory=set)

    def part(self, name: str) -> Path:
        """Return a part as a file; InvalidBackup if it is missing, or another than the manifest says."""
        part = _part(self.manifest, name)
        path = self.folder / part.sha256
        if name not in self._fetched:
            self._fetch(part, path)
            self._fetched.add(name)
        return path

    def drop(self, name: str) -> None:
        """Let go of a part's file."""
        (self.folder / _part(self.manifest, name).sha256).unlink(missing_ok=True)
        self._fetched.discard(name)

    def check(self) -> None:
        """InvalidBackup unless every part but the index's snapshots, which may be large, is there and undamaged."""
        for part in self.manifest.parts:
            if not part.name.startswith(INDEX):
                self.part(part.name)

    def rows(self, name: str) -> Iterator[Any]:
        """Yield the lines of a part that is a list; InvalidBackup if they are fewer or more than the manifest says."""
        path, count = self.part(name), 0
        for count, row in enumerate(read_lines(path), 1):  # noqa: B007  counted on to the end
            yield row
        if count != _part(self.manifest, name).entries:
            entries = _part(self.manifest, name).entries
            raise InvalidBackup(f"{self._named(name)} has {count} entries and not {entries}. {ANOTHER}")

    def content(self, sha256: str, into: Path, of: str) -> None:
        """Write a content to a file; InvalidBackup if it is missing or damaged. `of` says what it is the content of."""
        try:
            found = self.store.take(sha256, into)
        except NotFound as error:
            raise InvalidBackup(f"{self._named(f'the content of {of}')} is missing. {ANOTHER}") from error
        if found != sha256:
            raise InvalidBackup(f"{self._named(f'the content of {of}')} is damaged: its sha256 is another. {ANOTHER}")

    def _fetch(self, part: Part, path: Path) -> None:
        try:
            found = self.store.fetch(self.manifest.id, part.name, path)
        except NotFound as error:
            raise InvalidBackup(f"{self._named(part.name)} is missing. {ANOTHER}") from error
        if found != part.sha256 or path.stat().st_size != part.size:
            raise InvalidBackup(f"{self._named(part.name)} is damaged: its sha256 is another. {ANOTHER}")

    def _named(self, what: str) -> str:
        return f"Backup {self.manifest.id}: {what}"


@contextmanager
def opened(backups: Backups, which: Which, now: datetime) -> Iterator[Opened]:
    """Open the backup that is meant; InvalidBackup if there is none, or if it is not to be believed."""
    with tempfile.TemporaryDirectory(prefix="raglite-restore-") as scratch:
        manifest = _chosen(backups, which, Path(scratch))
        age = now - manifest.began
        if which.max_age is not None and which.id is None and which.as_of is None and age > which.max_age:
            raise InvalidBackup(
                f"Backup {manifest.id} is the newest and {_hours(age)} old; {_hours(which.max_age)} are allowed. Take "
                f"it all the same by --backup {manifest.id}, or allow more by --max-age."
            )
        yield Opened(backups.store, manifest, Path(scratch))


def read_manifest(backups: Backups, backup: str, folder: Path) -> Manifest:
    """Return a backup's manifest; InvalidBackup if it is missing, not signed by our key, or another backup's."""
    message, signature = (_fetched(backups.store, backup, name, folder) for name in (MANIFEST, SIGNATURE))
    if not backups.signer.verify(message, signature):
        raise InvalidBackup(f"Backup {backup}: {MANIFEST} is not signed by the key of our backups. {ANOTHER}")
    try:
        manifest = Manifest.model_validate_json(message)
    except ValidationError as error:
        raise InvalidBackup(f"Backup {backup}: {MANIFEST} is not one that this release reads. {ANOTHER}") from error
    if manifest.format != FORMAT:
        raise InvalidBackup(f"Backup {backup}: it has format {manifest.format}, this release reads {FORMAT}.")
    if manifest.id != backup:
        raise InvalidBackup(f"Backup {backup}: its {MANIFEST} is that of backup {manifest.id}. {ANOTHER}")
    return manifest


def _chosen(backups: Backups, which: Which, folder: Path) -> Manifest:
    if which.id is not None:
        return read_manifest(backups, which.id, folder)
    for backup in backups.store.complete():
        begun = moment_of(backup)
        if begun is None or (which.as_of is not None and begun > which.as_of):  # foreign, or complete too late
            continue
        manifest = read_manifest(backups, backup, folder)
        if which.as_of is None or manifest.completed <= which.as_of:
            return manifest
    when = "" if which.as_of is None else f" that was complete at {which.as_of.isoformat()}"
    raise InvalidBackup(f"There is no backup{when}: `raglite backup list` shows what there is.")


def _fetched(store: BackupStore, backup: str, name: str, folder: Path) -> bytes:
    path = folder / name
    try:
        store.fetch(backup, name, path)
    except NotFound as error:
        raise InvalidBackup(f"Backup {backup}: {name} is missing. {ANOTHER}") from error
    return path.read_bytes()


def _part(manifest: Manifest, name: str) -> Part:
    try:
        return manifest.part(name)
    except KeyError as error:
        raise InvalidBackup(f"Backup {manifest.id}: its manifest names no {name}. {ANOTHER}") from error


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:.1f} h"
