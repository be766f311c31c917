"""Holding what was brought back against the backup, to the byte. Each fault is a sentence; none means that it is whole.

What came after the backup is no fault: the documents bucket goes on, and registry and index follow it.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from raglite.errors import NotFound
from raglite.ingestion.reconciling import reconcile
from raglite.ports.recovery import CollectionState, Item, NamedObject, StoredObject
from raglite.recovery.abreast import abreast
from raglite.recovery.items import COMMIT, COMMITS, VERSION, is_searchable, place_of, record_of
from raglite.recovery.manifest import REGISTRY, Collection
from raglite.recovery.opened import Opened
from raglite.recovery.restoring.agreement import since
from raglite.recovery.restoring.documents import wanted_objects
from raglite.recovery.restoring.pairing import Pair, pairs
from raglite.recovery.restoring.parsed import ParsedRestore
from raglite.recovery.restoring.target import Target


@dataclass(frozen=True, slots=True)
class Verification:
    """A backup, and what was filled from it."""

    backup: Opened
    target: Target

    def of_backup(self) -> Iterator[str]:
        """Yield what the backup says was answered from, and whose bytes it does not hold."""
        held = {(one.key, one.version_id) for one in wanted_objects(self.backup)}
        for item in self.backup.rows(REGISTRY):
            record = record_of(item) if is_searchable(item) else None
            if record is not None and (record.key, record.version_id) not in held:
                yield f"{record.key}, version {record.version_id}: was answered from, and is not in the backup."

    # --- documents ------------------------------------------------------------------------------------------------

    def of_documents(self) -> Iterator[str]:
        """Yield what is missing, changed or in another order in the documents bucket; all bytes are read."""
        bucket = self.target.documents
        if not bucket.settled():
            yield f"The bucket {bucket.name} was not restored to its end: nothing says what its versions are known by."
            return
        for faults in abreast(self._of_key, pairs(wanted_objects(self.backup), bucket.objects())):
            yield from faults

    def _of_key(self, pair: Pair) -> list[str]:
        there = {one.version_id: one for one in pair.held}
        wanted = [one.version_id for one in pair.wanted]
        faults = [fault for one in pair.wanted for fault in self._of_version(one, there.get(one.version_id))]
        if not faults and [one for one in there if one in set(wanted)] != wanted:
            faults.append(f"{pair.key}: its versions are in another order.")
        return faults

    def _of_version(self, wanted: StoredObject, there: StoredObject | None) -> Iterator[str]:
        what = "delete marker" if wanted.is_delete_marker else "version"
        named = f"{wanted.key}, {what} {wanted.version_id}"
        if there is None:
            yield f"{named}: is missing in the bucket {self.target.documents.name}."
        elif wanted.is_delete_marker is not there.is_delete_marker:
            yield f"{named}: is something else in the bucket {self.target.documents.name}."
        elif not wanted.is_delete_marker and self._sha256(there) != wanted.sha256:
            yield f"{named}: has other bytes in the bucket {self.target.documents.name}."

    def _sha256(self, there: StoredObject) -> str | None:
        with tempfile.TemporaryDirectory(prefix="raglite-restore-") as scratch:
            try:
                return self.target.documents.fetch(there, Path(scratch) / "content")
            except NotFound:
                return None

    # --- parsed documents -----------------------------------------------------------------------------------------

    def of_parsed(self) -> Iterator[str]:
        """Yield what is missing or changed of parsed documents, but of what was parsed again since."""
        bucket = self.target.parsed
        again = self._parsed_again()
        wanted = (one for one in ParsedRestore(self.backup, bucket).wanted() if one.name not in again)
        for fault in abreast(self._of_named, wanted):
            if fault:
                yield fault

    def _of_named(self, wanted: NamedObject) -> str | None:
        bucket = self.target.parsed
        with tempfile.TemporaryDirectory(prefix="raglite-restore-") as scratch:
            try:
                found = bucket.fetch(wanted.name, Path(scratch) / "content")
            except NotFound:
                return f"{wanted.name}: is missing in the bucket {bucket.name}."
        return None if found == wanted.sha256 else f"{wanted.name}: has other bytes in the bucket {bucket.name}."

    def _parsed_again(self) -> set[str]:
        """Return the names of what belongs to versions of which the registry says something else by now."""
        found: set[str] = set()
        for item in self.backup.rows(REGISTRY):
            record = record_of(item)
            if record is not None and self.target.services.registry.find(record.key, record.version_id) != record:
                found.update(self.target.parsed.names(record.key, record.version_id))
        return found

    # --- registry -------------------------------------------------------------------------------------------------

    def of_registry(self) -> Iterator[str]:
        """Yield what is missing in the registry: records of versions, commits, and the commit number."""
        table = self.target.registry
        there = {place_of(item) for item in table.items()}
        for item in self.backup.rows(REGISTRY):
            if self._stays(item) and place_of(item) not in there:
                yield f"The table {table.name} lacks {' / '.join(place_of(item))}."
        number = table.commit()
        if number < self.backup.manifest.commit:
            yield (
                f"The table {table.name} is at commit {number}, the backup was made at {self.backup.manifest.commit}."
            )
        yield from self.of_live(None)

    def of_live(self, name: str | None) -> Iterator[str]:
        """Yield it if the registry calls live what the alias does not lead to, or (unless None) not this collection."""
        live, said = self.target.index.live(), self.target.services.registry.roster().live
        if said is None:
            yield f"The table {self.target.registry.name} does not say which collection is the live one."
        elif live is not None and live.name != said.name:
            yield f"The registry calls {said.name} the live collection, and the alias leads to {live.name}."
        if name is not None and live is not None and live.name != name:
            yield f"The alias {self.target.alias} leads to {live.name}, and not to {name}."

    def _stays(self, item: Item) -> bool:
        """Whether an item is never removed again: commits that were being made may yet have come to nothing."""
        if item["pk"] == COMMITS:
            return bool(item["number"] <= self.backup.manifest.commit)
        return place_of(item) == COMMIT or str(item["sk"]).startswith(VERSION)

    # --- index ----------------------------------------------------------------------------------------------------

    def expected(self) -> Collection | None:
        """Return the backup's collection, if the live one is built with the same spec: else it was built anew since."""
        live, found = self.target.index.live(), self.backup.manifest.collections
        anew = live is not None and bool(found) and live.spec != found[0].spec and live.spec == self._spec()
        return None if anew or not found else found[0]

    def _spec(self) -> object:
        return self.target.services.embedder.spec

    def of_index(self, expected: Collection | None) -> Iterator[str]:
        """Yield what the live collection lacks besides points: aliases, payload indexes, parameters, its spec."""
        live = self.target.index.live()
        if live is None:
            yield f"The alias {self.target.alias} leads to no collection."
            return
        if live.spec != self._spec():
            yield (
                f"The collection {live.name} is built with another embedding spec than this process has "
                f"({live.spec.digest[:12]}...): its questions find nothing that is right."
            )
        if expected is not None:
            yield from self._of_collection(live, expected)

    def _of_collection(self, live: CollectionState, expected: Collection) -> Iterator[str]:
        before = self.backup.manifest.alias
        for alias in expected.aliases:
            renamed = self.target.alias + alias.removeprefix(before) if alias.startswith(before) else alias
            if renamed not in live.aliases:
                yield f"The alias {renamed} does not lead to the collection {live.name}."
        for name, schema in expected.payload_indexes.items():
            if name not in live.payload_indexes:
                yield f"The collection {live.name} has no payload index of {name}."
            elif live.payload_indexes[name] != schema:
                yield f"The payload index of {name} in the collection {live.name} is another than in the backup."
        if live.spec != expected.spec:
            yield f"The collection {live.name} is built with another embedding spec than the backup's."
        changed = sorted(one for one, value in expected.parameters.items() if live.parameters.get(one) != value)
        if changed:
            yield f"The collection {live.name} has another {' and '.join(changed)} than in the backup."

    def of_agreement(self) -> Iterator[str]:
        """Yield where bucket, registry and index disagree, points that are missing among it."""
        return agreement_faults(self.target)


def agreement_faults(target: Target) -> Iterator[str]:
    """Yield where bucket, registry and index disagree about what was there when it began."""
    for one in reconcile(target.services, since(target.began, target.services)).findings:
        yield f"{one.key}, version {one.version_id}: {one.sentence}"
