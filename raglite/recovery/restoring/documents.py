"""The documents bucket out of a backup: every version and marker of every key, in its order."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from raglite.errors import InvalidBackup, InvalidRequest
from raglite.ports.recovery import RESTORED_ID, DocumentsArchive, StoredObject
from raglite.recovery.abreast import abreast
from raglite.recovery.lines import object_of, read_lines, write_lines
from raglite.recovery.manifest import DOCUMENTS
from raglite.recovery.opened import Opened
from raglite.recovery.restoring.pairing import Pair, pairs


def wanted_objects(backup: Opened) -> Iterator[StoredObject]:
    """Yield every version and marker that a backup holds, by key, the oldest of a key first."""
    return map(object_of, backup.rows(DOCUMENTS))


@dataclass(frozen=True, slots=True)
class DocumentsRestore:
    """From a backup into a bucket that holds nothing, or a part of this backup: what an earlier run has written."""

    backup: Opened
    bucket: DocumentsArchive

    def refuse_others(self) -> None:
        """InvalidRequest if the bucket holds anything that the backup does not, or in another order."""
        settled = self.bucket.settled()
        for _ in abreast(lambda pair: self._refuse(pair, settled), self._pairs()):
            pass

    def run(self) -> Counter[str]:
        """Write what is missing, then under which ids it is known; return how much was written."""
        written = Counter[str]()
        if self.bucket.settled():
            return written
        with tempfile.TemporaryDirectory(prefix="raglite-restore-") as scratch:
            ids = Path(scratch) / "ids"
            write_lines(ids, self._written(written))
            self.bucket.settle((at_s3, known) for at_s3, known in read_lines(ids))
        return written

    def _pairs(self) -> Iterator[Pair]:
        return pairs(wanted_objects(self.backup), self.bucket.objects())

    def _refuse(self, pair: Pair, settled: bool) -> None:
        if len(pair.held) > len(pair.wanted) or (settled and len(pair.held) < len(pair.wanted)):
            raise self._foreign(pair.key)
        if not all(self._is(one, there, settled) for one, there in zip(pair.wanted, pair.held, strict=False)):
            raise self._foreign(pair.key)

    def _is(self, wanted: StoredObject, there: StoredObject, settled: bool) -> bool:
        if (wanted.is_delete_marker, wanted.size) != (there.is_delete_marker, there.size):
            return False
        if settled:
            return wanted.version_id == there.version_id
        return there.is_delete_marker or self.bucket.described(there).metadata.get(RESTORED_ID) == wanted.version_id

    def _foreign(self, key: str) -> InvalidRequest:
        return InvalidRequest(
            f"The bucket {self.bucket.name} holds of {key} what backup {self.backup.manifest.id} does not, or in "
            "another order: nothing is overwritten, restore into an empty one."
        )

    def _written(self, count: Counter[str]) -> Iterator[tuple[str, str]]:
        """Yield under which id the bucket has, and by which is known, every version and marker."""
        for ids, written in abreast(self._copy, self._pairs()):
            count.update(written)
            yield from ids

    def _copy(self, pair: Pair) -> tuple[list[tuple[str, str]], Counter[str]]:
        """Write what is missing of a key, one after the other: their order is what their history is read from."""
        written = Counter[str]()
        ids = [there.version_id for there in pair.held]
        for one in pair.wanted[len(pair.held) :]:
            ids.append(self._put(one))
            written["markers" if one.is_delete_marker else "versions"] += 1
            written["bytes"] += one.size
        return list(zip(ids, (one.version_id for one in pair.wanted), strict=True)), written

    def _put(self, one: StoredObject) -> str:
        if one.is_delete_marker:
            return self.bucket.put(one, None)
        if one.sha256 is None:
            raise InvalidBackup(f"Backup {self.backup.manifest.id}: {DOCUMENTS} does not say what bytes {one.key} has.")
        with tempfile.TemporaryDirectory(prefix="raglite-restore-") as scratch:
            path = Path(scratch) / "content"
            self.backup.content(one.sha256, path, one.key)
            return self.bucket.put(one, path)
