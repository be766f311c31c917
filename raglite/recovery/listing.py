"""Which backups there are."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from raglite.errors import InvalidBackup
from raglite.ports.recovery import Recovery
from raglite.recovery.manifest import Manifest, moment_of
from raglite.recovery.opened import Backups, read_manifest


@dataclass(frozen=True, slots=True)
class Listed:
    """A backup that was begun. `manifest` is None if there is none that can be believed: `fault` says why."""

    backup: str
    begun: datetime | None
    manifest: Manifest | None
    fault: str | None
    locked_until: datetime | None


def listed(estate: Recovery) -> Iterator[Listed]:
    """Yield all backups, newest first."""
    complete = set(estate.store.complete())
    with tempfile.TemporaryDirectory(prefix="raglite-backups-") as scratch:
        for backup in estate.store.begun():
            manifest, fault = None, "it was not completed" if backup not in complete else None
            if backup in complete:
                try:
                    manifest = read_manifest(Backups(estate.store, estate.signer), backup, Path(scratch))
                except InvalidBackup as error:
                    fault = str(error)
            yield Listed(backup, moment_of(backup), manifest, fault, estate.store.locked_until(backup))
