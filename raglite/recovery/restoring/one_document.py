"""One document: what was answered from in the backup becomes its newest version in the bucket."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from raglite.errors import InvalidBackup, NotFound
from raglite.ingestion.reconciling import wake
from raglite.ports.recovery import RESTORED_ID, StoredObject
from raglite.recovery.items import is_searchable, record_of
from raglite.recovery.manifest import REGISTRY
from raglite.recovery.opened import Opened
from raglite.recovery.restoring.documents import wanted_objects
from raglite.recovery.restoring.target import Mended, Restored, Target
from raglite.telemetry import AuditAction


@dataclass(frozen=True, slots=True)
class OneDocument:
    """Into the live bucket, as an upload: nothing that is there is removed or overwritten, tasks do the rest."""

    backup: Opened
    target: Target
    key: str

    def run(self) -> Restored:
        """Add the version unless the newest has the same bytes; NotFound if it was not answered from."""
        target, services = self.target, self.target.services
        self.backup.check()
        stored = self._stored()
        put = self._put(stored)
        services.registry.request(self.key)
        asleep = wake(services)
        told = {"backup": self.backup.manifest.id, "document": self.key, "version": stored.version_id}
        services.audit.append(AuditAction.RESTORED, target.actor, told)
        notes = () if put else (f"The newest version of {self.key} has these bytes already.",)
        return Restored(
            backup=self.backup.manifest.id,
            commit=services.registry.commit_number(),
            targets=self.names,
            written={"versions": 1, "bytes": stored.size} if put else {},
            mended=Mended(),
            notes=notes if asleep is None else (*notes, asleep),
        )

    @property
    def names(self) -> dict[str, str]:
        """What is added to."""
        return {"documents": self.target.documents.name}

    def faults(self) -> Iterator[str]:
        """Yield it if the newest version in the bucket has other bytes than the backup answered from."""
        stored = self._stored()
        with tempfile.TemporaryDirectory(prefix="raglite-restore-") as scratch:
            if not self._is_newest(stored, Path(scratch) / "content"):
                yield f"{self.key}: its newest version has other bytes than version {stored.version_id} in the backup."

    def _stored(self) -> StoredObject:
        version_id = self._answered_from()
        found = (one for one in wanted_objects(self.backup) if (one.key, one.version_id) == (self.key, version_id))
        stored = next(found, None)
        if stored is None or stored.sha256 is None:
            raise InvalidBackup(f"Backup {self.backup.manifest.id} does not hold {self.key} in version {version_id}.")
        return stored

    def _answered_from(self) -> str:
        for item in self.backup.rows(REGISTRY):
            record = record_of(item) if is_searchable(item) else None
            if record is not None and record.key == self.key:
                return record.version_id
        raise NotFound(
            f"Backup {self.backup.manifest.id} had no answers from {self.key}: try an earlier one by --as-of."
        )

    def _put(self, stored: StoredObject) -> bool:
        with tempfile.TemporaryDirectory(prefix="raglite-restore-") as scratch:
            path = Path(scratch) / "content"
            if self._is_newest(stored, path):
                return False
            self.backup.content(str(stored.sha256), path, self.key)
            told = {name: value for name, value in stored.metadata.items() if name != RESTORED_ID}
            self.target.documents.put(replace(stored, version_id="", metadata=told), path)
        return True

    def _is_newest(self, stored: StoredObject, path: Path) -> bool:
        """Whether the key's newest version has these bytes already."""
        bucket = self.target.documents
        ours = [one for one in bucket.objects(self.key) if one.key == self.key]
        return bool(ours) and not ours[-1].is_delete_marker and bucket.fetch(ours[-1], path) == stored.sha256
