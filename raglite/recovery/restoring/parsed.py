"""The bucket of parsed documents out of a backup: what it holds of versions whose bytes it holds, too."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from raglite.errors import InvalidBackup, InvalidRequest
from raglite.ports.recovery import NamedObject, ParsedArchive
from raglite.recovery.abreast import abreast
from raglite.recovery.lines import named_of
from raglite.recovery.manifest import PARSED
from raglite.recovery.opened import Opened
from raglite.recovery.restoring.documents import wanted_objects


@dataclass(frozen=True, slots=True)
class ParsedRestore:
    """From a backup into a bucket that holds nothing but what is parsed of this backup's versions.

    What was parsed of a version that was erased while the backup was made stays away: nobody would remove it.
    """

    backup: Opened
    bucket: ParsedArchive

    def refuse_others(self) -> None:
        """InvalidRequest if the bucket holds what is of no version that the backup holds."""
        ours = self._names()
        for there in self.bucket.objects():
            if there.name not in ours:
                raise InvalidRequest(
                    f"The bucket {self.bucket.name} holds {there.name}, which is of no version in backup "
                    f"{self.backup.manifest.id}: nothing is overwritten, restore into an empty one."
                )

    def run(self) -> Counter[str]:
        """Write what is missing and return how much that was."""
        there = {one.name for one in self.bucket.objects()}
        missing = (one for one in self.wanted() if one.name not in there)
        written = Counter[str]()
        for one in abreast(self._put, missing):
            written.update({"parsed": 1, "bytes": one.size})
        return written

    def wanted(self) -> Iterator[NamedObject]:
        """Yield what is to be there."""
        ours = self._names()
        return (one for one in map(named_of, self.backup.rows(PARSED)) if one.name in ours)

    def _names(self) -> set[str]:
        """Return what the parsed documents of all versions are called: about 300 bytes of memory a version."""
        kept = (one for one in wanted_objects(self.backup) if not one.is_delete_marker)
        return {name for one in kept for name in self.bucket.names(one.key, one.version_id)}

    def _put(self, one: NamedObject) -> NamedObject:
        if one.sha256 is None:
            raise InvalidBackup(f"Backup {self.backup.manifest.id}: {PARSED} does not say what bytes {one.name} has.")
        with tempfile.TemporaryDirectory(prefix="raglite-restore-") as scratch:
            path = Path(scratch) / "content"
            self.backup.content(one.sha256, path, one.name)
            self.bucket.put(one.name, path)
        return one
