"""Making a backup: the registry at one commit number, then documents, parsed documents and index, then the manifest.

Whatever is read later than the registry may know more than it, never less. What does not fit together, perhaps because
the estate has changed meanwhile, is read again. Without the manifest, which is written last, there is no backup.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from raglite.errors import DependencyUnavailable, InvalidBackup
from raglite.ports import AuditLog, Clock, Telemetry
from raglite.ports.recovery import Recovery
from raglite.recovery import manifest as names
from raglite.recovery.agreeing import MOST_NAMED, is_still_so, lacks
from raglite.recovery.copying import Copier, Tally
from raglite.recovery.counting import Census
from raglite.recovery.former import remember
from raglite.recovery.indexed import Changed, collections
from raglite.recovery.items import COMMIT
from raglite.recovery.ledger import Ledger
from raglite.recovery.manifest import Collection, Manifest, new_id
from raglite.recovery.parts import Writer
from raglite.recovery.scanning import scan
from raglite.telemetry import BACKUP_TIME, BACKUPS, AuditAction

ROUNDS = 3
PAUSE = 10.0  # seconds until what is being changed has come to rest: an upload or an erasure is looked at within that


@dataclass(frozen=True)
class Making:
    """By whom and of what a backup is made. `settings` are the estate's, without secrets; `days` it is locked."""

    environment: str
    revision: str
    alias: str
    settings: Mapping[str, Any]
    days: int
    actor: str
    clock: Clock
    telemetry: Telemetry
    audit: AuditLog
    told: Callable[[str], None]
    pause: Callable[[float], None]
    without_index: bool = False


@dataclass(frozen=True)
class Made:
    """A backup that is complete, and what it took. `written` are bytes of its parts."""

    manifest: Manifest
    tally: Tally
    written: int
    seconds: float
    rounds: int

    @property
    def moved(self) -> int:
        """Bytes that were read of the estate's objects and written as parts."""
        return self.tally.read + self.written


def create(estate: Recovery, making: Making) -> Made:
    """Make a backup and return it, read back and signed.

    InvalidBackup if the estate is damaged, and says how: a backup of a disaster is none. TransientError if something
    did not answer, or changed too fast.
    """
    began = making.clock.now()
    with tempfile.TemporaryDirectory(prefix="raglite-backup-") as scratch, Ledger(Path(scratch) / "ledger") as ledger:
        remember(estate, ledger, began, making.told)
        for number in range(1, ROUNDS + 1):
            try:
                made = _Round(estate, making, ledger, Path(scratch)).make()
            except Changed as change:
                making.told(f"{change}: what was read does not fit together.")
                if number == ROUNDS:
                    raise _given_up(change) from change
                making.pause(PAUSE)
                ledger.clear_met()
            else:
                break
    seconds = (making.clock.now() - began).total_seconds()
    _tell(making, made.manifest, made.tally, seconds)
    return Made(made.manifest, made.tally, made.written, seconds, number)


def _given_up(change: Changed) -> InvalidBackup | DependencyUnavailable:
    if not change.lasting:
        return DependencyUnavailable("estate", f"changes faster than it can be copied ({change}); try again.")
    return InvalidBackup(
        f"There is no backup, because the estate does not fit together, at {ROUNDS} looks: {change}. See `raglite "
        "reconcile`; what is lost is restored from an earlier backup (docs/how-to/restore.md)."
    )


def _tell(making: Making, manifest: Manifest, tally: Tally, seconds: float) -> None:
    held = manifest.counts
    told: dict[str, Any] = {"backup": manifest.id, "commit": manifest.commit, "versions": held.versions}
    told |= {"points": held.points, "bytes": held.bytes, "new_bytes": tally.new_bytes}
    making.audit.append(AuditAction.BACKUP_MADE, making.actor, told)
    making.telemetry.metric(BACKUP_TIME, seconds)
    making.telemetry.metric(BACKUPS, 1)


@dataclass(frozen=True)
class _Written:
    manifest: Manifest
    tally: Tally
    written: int


class _Round:
    """One reading of the whole estate."""

    def __init__(self, estate: Recovery, making: Making, ledger: Ledger, folder: Path) -> None:
        self._estate = estate
        self._making = making
        self._ledger = ledger
        self._folder = folder
        self._began = making.clock.now()
        self._tally = Tally()
        self._census = Census()
        self._writer = Writer(estate.store, new_id(self._began), folder)

    def make(self) -> _Written:
        """Return what was written; Changed if it does not fit together."""
        commit = scan(self._estate.registry, self._ledger)
        self._making.told(f"Backup {self._writer.backup}: the registry is read at commit {commit}.")
        self._copy()
        self._refuse_lacks()
        indexed = () if self._making.without_index else collections(self._estate, self._ledger, commit, self._writer)
        self._writer.keep_written()
        self._writer.keep_bytes(names.ESTATE, json.dumps(self._described(), sort_keys=True).encode())
        self._see_contents()
        manifest = self._manifest(commit, indexed)
        self._writer.keep_bytes(names.SIGNATURE, self._estate.signer.sign(manifest.signed()))
        self._writer.keep_bytes(names.MANIFEST, manifest.signed())
        return _Written(manifest, self._tally, sum(part.size for part in manifest.parts))

    def _copy(self) -> None:
        days = self._making.days
        copier = Copier(self._estate, self._ledger, self._folder, self._began, days, self._tally)
        self._writer.write(names.DOCUMENTS, self._census.documents(copier.documents()))
        self._writer.write(names.PARSED, self._census.parsed(copier.parsed()))
        self._writer.write(names.REGISTRY, self._census.items(self._ledger.items()))
        self._writer.write(names.CONTENTS, self._census.contents(_content_rows(self._ledger)))
        read, new = f"{self._tally.read:,} bytes were read", f"{self._tally.new:,} contents were new"
        self._making.told(f"Documents and parsed documents are kept: {read}, {new} ({self._tally.new_bytes:,} bytes).")

    def _refuse_lacks(self) -> None:
        found = list(islice(lacks(self._ledger, self._estate.parsed.names), MOST_NAMED))
        if found:
            lasting = any(is_still_so(one.item, self._estate) for one in found)
            raise Changed("; ".join(map(str, found)), lasting=lasting)

    def _see_contents(self) -> None:
        """See that every content is there to the end: somebody may be pruning. Both come by sha256."""
        kept = (one.sha256 for one in self._estate.store.contents())
        for needed in self._ledger.needed():
            if next((one for one in kept if one >= needed.sha256), None) != needed.sha256:
                raise DependencyUnavailable("S3", f"has lost the content {needed.sha256} meanwhile; try again.")

    def _described(self) -> dict[str, Any]:
        secrets = [{"name": one.name, "version_id": one.version_id} for one in self._estate.secrets.current()]
        return {"secrets": secrets, "settings": dict(self._making.settings)}

    def _manifest(self, commit: int, indexed: tuple[Collection, ...]) -> Manifest:
        current = self._ledger.item(*COMMIT)
        return Manifest(
            id=self._writer.backup,
            environment=self._making.environment,
            git_sha=self._making.revision,
            began=self._began,
            completed=self._making.clock.now(),
            commit=commit,
            committed_at=datetime.fromisoformat(current["committed_at"]) if current else None,
            counts=self._census.counts(sum(one.points for one in indexed)),
            parts=tuple(self._writer.parts),
            collections=indexed,
            alias=self._making.alias,
        )


def _content_rows(ledger: Ledger) -> Iterator[dict[str, Any]]:
    for one in ledger.needed():
        until = None if one.until is None else one.until.isoformat()
        yield {"sha256": one.sha256, "size": one.size, "until": until}
