"""Whether a backup is what it says it is. Every fault is a sentence that names the part and what to do."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from raglite.errors import InvalidBackup, NotFound
from raglite.ports.recovery import Recovery
from raglite.recovery import manifest as names
from raglite.recovery.abreast import abreast
from raglite.recovery.agreeing import lacks
from raglite.recovery.copying import document_name, parsed_name
from raglite.recovery.counting import Census
from raglite.recovery.items import COMMIT, record_of
from raglite.recovery.ledger import Ledger, Needed
from raglite.recovery.manifest import Manifest
from raglite.recovery.opened import ANOTHER, Backups, Opened, read_manifest

MOST_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of a backup; `manifest` is None where it cannot be believed. Whole if there are no faults."""

    backup: str
    manifest: Manifest | None
    faults: tuple[str, ...]


def verify(
    estate: Recovery, backup: str, now: datetime, deep: bool = False, max_age: timedelta | None = None
) -> Verified:
    """Read a backup and return what is wrong with it; `deep` reads every content, too."""
    with tempfile.TemporaryDirectory(prefix="raglite-verify-") as scratch:
        folder = Path(scratch)
        try:
            manifest = read_manifest(Backups(estate.store, estate.signer), backup, folder)
        except InvalidBackup as fault:
            return Verified(backup, None, (str(fault),))
        with Ledger(folder / "ledger") as ledger:
            reading = _Reading(estate, Opened(estate.store, manifest, folder), ledger)
            found = [*_stale(manifest, now, max_age), *islice(reading.faults(deep), MOST_FAULTS)]
    return Verified(backup, manifest, tuple(found))


def _stale(manifest: Manifest, now: datetime, max_age: timedelta | None) -> Iterator[str]:
    age = now - manifest.began
    if max_age is not None and age > max_age:
        hours = f"{age / timedelta(hours=1):.1f} h old, {max_age / timedelta(hours=1):.1f} h are allowed"
        yield f"Backup {manifest.id}: it is {hours}. Make a new one: `raglite backup create`."


class _Reading:
    """One backup, read part by part."""

    def __init__(self, estate: Recovery, opened: Opened, ledger: Ledger) -> None:
        self._estate = estate
        self._opened = opened
        self._ledger = ledger
        self._census = Census()

    def faults(self, deep: bool) -> Iterator[str]:
        """Yield everything that is wrong; what rests on a list is looked at only if all lists can be read."""
        damaged = list(self._damaged()) or list(self._unreadable())
        yield from damaged
        if damaged:
            return
        yield from self._unlike()
        yield from self._missing_contents()
        yield from self._miscounted()
        yield from (self._named(f"{lack}. {ANOTHER}") for lack in lacks(self._ledger, self._estate.parsed.names))
        if deep:
            yield from self._damaged_contents()

    def _damaged(self) -> Iterator[str]:
        """Look at every part, a snapshot at a time on disk."""
        manifest = self._opened.manifest
        for name in (names.DOCUMENTS, names.PARSED, names.REGISTRY, names.CONTENTS, names.ESTATE):
            yield from self._fault_of(self._opened.part, name)
        for collection in manifest.collections:
            if not collection.snapshots:
                yield self._named(f"{collection.name} has no snapshot. {ANOTHER}")
            for name in collection.snapshots:
                yield from self._fault_of(self._opened.part, name)
                self._opened.drop(name)

    def _unreadable(self) -> Iterator[str]:
        """Read the lists that others are held against."""
        readers: tuple[tuple[str, Callable[[Any], None]], ...] = (
            (names.CONTENTS, lambda row: self._ledger.expect(row["sha256"], row["size"])),
            (names.REGISTRY, lambda row: self._ledger.put_items([row])),
        )
        for name, note in readers:
            yield from self._fault_of(self._read, name, note)

    def _fault_of(self, look: Callable[..., Any], *given: Any) -> Iterator[str]:
        try:
            look(*given)
        except InvalidBackup as fault:
            yield str(fault)

    def _read(self, name: str, note: Callable[[Any], None]) -> None:
        for row in self._opened.rows(name):
            note(row)

    def _unlike(self) -> Iterator[str]:
        """Hold the registry's items against the manifest."""
        commit = (self._ledger.item(*COMMIT) or {}).get("number", 0)
        if commit != self._opened.manifest.commit:
            yield self._named(
                f"{names.REGISTRY} is of commit {commit}, the manifest of {self._opened.manifest.commit}. {ANOTHER}"
            )
        for item in self._ledger.items():
            try:
                record_of(item)
            except ValidationError:
                yield self._named(f"{names.REGISTRY} has a record of {item['pk']} that nobody can read. {ANOTHER}")

    def _missing_contents(self) -> Iterator[str]:
        for kept in self._estate.store.contents():
            self._ledger.find(kept.sha256, kept.size)
        for row in self._census.documents(self._opened.rows(names.DOCUMENTS)):
            self._ledger.meet(document_name(row["key"], row["version_id"]))
            if not row.get("is_delete_marker", False):
                yield from self._unkept(row.get("sha256", ""), f"{row['key']} in version {row['version_id']}")
        for row in self._census.parsed(self._opened.rows(names.PARSED)):
            self._ledger.meet(parsed_name(row["name"]))
            yield from self._unkept(row.get("sha256", ""), row["name"])

    def _unkept(self, sha256: str, what: str) -> Iterator[str]:
        if not self._ledger.is_expected(sha256):
            yield self._named(f"{names.CONTENTS} does not name the content of {what}. {ANOTHER}")
        elif not self._ledger.is_kept(sha256):
            yield self._named(f"the content of {what} is missing. {ANOTHER}")

    def _miscounted(self) -> Iterator[str]:
        for _ in self._census.items(self._ledger.items()):
            pass
        for _ in self._census.contents({"size": one.size} for one in self._ledger.needed()):
            pass
        manifest = self._opened.manifest
        found = self._census.counts(sum(one.points for one in manifest.collections))
        for name, number in manifest.counts:
            if getattr(found, name) != number:
                yield self._named(f"it has {getattr(found, name)} {name}, the manifest says {number}. {ANOTHER}")

    def _damaged_contents(self) -> Iterator[str]:
        for needed, found in abreast(self._hash_of, self._ledger.needed()):
            if found != needed.sha256:
                is_gone = "is missing" if found is None else "is damaged: its sha256 is another"
                yield self._named(f"the content {needed.sha256} {is_gone}. {ANOTHER}")

    def _hash_of(self, needed: Needed) -> tuple[Needed, str | None]:
        path = self._opened.folder / f"{needed.sha256}.content"
        try:
            return needed, self._estate.store.take(needed.sha256, path)
        except NotFound:
            return needed, None
        finally:
            path.unlink(missing_ok=True)

    def _named(self, what: str) -> str:
        return f"Backup {self._opened.manifest.id}: {what}"
