"""Removing backups whose time is over, and contents that no backup needs any more: mark and sweep.

Never the newest backup whose manifest can be read. A backup that is being made loses nothing: what it needs it has
locked for longer than a backup is kept, and what it has just kept is too young.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from raglite.errors import AccessDenied, InvalidBackup
from raglite.ports.recovery import Kept, Recovery
from raglite.recovery.ledger import Ledger
from raglite.recovery.manifest import CONTENTS, Manifest, moment_of
from raglite.recovery.opened import Backups, Opened, read_manifest

YOUNG = timedelta(days=1)  # a backup that was begun later may still be made


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed, and what would have been but for its lock. Bytes."""

    removed: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    contents: int = 0
    bytes: int = 0
    locked_contents: int = 0


def prune(estate: Recovery, days: float, now: datetime, told: Callable[[str], None]) -> Pruned:
    """Remove complete backups older than `days`, incomplete ones older than a day, and what none needs.

    InvalidBackup if a backup that stays cannot be read: nobody knows what it needs, so no content is removed then.
    """
    with tempfile.TemporaryDirectory(prefix="raglite-prune-") as scratch:
        removed, locked = _remove_expired(estate, _expired(estate, days, now, Path(scratch)), told)
        with Ledger(Path(scratch) / "ledger") as needed:
            for backup in list(_complete(estate)):
                _mark(estate, backup, needed, Path(scratch))
            unneeded = (one for one in estate.store.contents() if not needed.is_expected(one.sha256))
            swept = _sweep(estate, (one for one in unneeded if one.since < now - YOUNG))
    return Pruned(tuple(removed), tuple(locked), *swept)


def _complete(estate: Recovery) -> Iterator[str]:
    """Yield the complete backups, newest first; what bears no backup's name is somebody else's."""
    return (backup for backup in estate.store.complete() if moment_of(backup) is not None)


def _expired(estate: Recovery, days: float, now: datetime, folder: Path) -> list[str]:
    complete = list(_complete(estate))
    newest = next((backup for backup in complete if _readable(estate, backup, folder)), None)
    expired = []
    for backup in estate.store.begun():
        kept_for = timedelta(days=days) if backup in complete else YOUNG
        begun = moment_of(backup)
        if backup != newest and begun is not None and begun < now - kept_for:
            expired.append(backup)
    return expired


def _remove_expired(
    estate: Recovery, expired: Iterable[str], told: Callable[[str], None]
) -> tuple[list[str], list[str]]:
    removed, locked = [], []
    for backup in expired:
        try:
            estate.store.remove(backup)
        except AccessDenied as refused:
            told(str(refused))
            locked.append(backup)
        else:
            removed.append(backup)
    return removed, locked


def _readable(estate: Recovery, backup: str, folder: Path) -> Manifest | None:
    try:
        return read_manifest(Backups(estate.store, estate.signer), backup, folder)
    except InvalidBackup:
        return None


def _mark(estate: Recovery, backup: str, needed: Ledger, folder: Path) -> None:
    manifest = read_manifest(Backups(estate.store, estate.signer), backup, folder)
    opened = Opened(estate.store, manifest, folder)
    for row in opened.rows(CONTENTS):
        needed.expect(row["sha256"], row["size"])
    opened.drop(CONTENTS)


def _sweep(estate: Recovery, unneeded: Iterable[Kept]) -> tuple[int, int, int]:
    contents, size, locked = 0, 0, 0
    for one in unneeded:
        try:
            estate.store.forget(one.sha256)
        except AccessDenied:
            locked += 1
        else:
            contents, size = contents + 1, size + one.size
    return contents, size, locked
