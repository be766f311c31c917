"""What questions need to know of the registry: the commit number, the companies' names, the list of documents.

The first two are shared by the questions of a moment, so that a burst of them costs one read each.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from raglite.model import DocumentVersion, VersionState, group_of
from raglite.ports import Clock, DocumentRegistry

COMMIT_AGE = timedelta(seconds=1)  # how old an answer's commit number may be
NAMES_AGE = timedelta(seconds=5)  # how soon the names are listed again after the index has changed
PRESENT = frozenset({VersionState.RECEIVED, VersionState.PROCESSING, VersionState.SEARCHABLE, VersionState.QUARANTINED})
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Catalog:
    """The registry as questions see it; safe to share between threads."""

    registry: DocumentRegistry
    clock: Clock
    _commit: int = 0
    _commit_read: datetime = _NEVER
    _commit_lock: threading.Lock = field(default_factory=threading.Lock)
    _names: frozenset[tuple[str, str]] = frozenset()  # (group, company)
    _names_commit: int = -1
    _names_read: datetime = _NEVER
    _names_lock: threading.Lock = field(default_factory=threading.Lock)

    def commit(self) -> int:
        """Return the index's commit number, at most COMMIT_AGE old."""
        with self._commit_lock:
            if self.clock.now() - self._commit_read >= COMMIT_AGE:
                asked = self.clock.now()
                self._commit = self.registry.commit_number()
                self._commit_read = asked
            return self._commit

    def companies(self, commit: int, groups: Sequence[str] | None) -> tuple[str, ...]:
        """Return the names of companies with a searchable document in `groups` (None: in any), in order.

        While one thread lists them anew, the others go on with what was known before.
        """
        if self._stale(commit) and self._names_lock.acquire(blocking=self._names_commit < 0):
            try:
                if self._stale(commit):
                    self._list_names(commit)
            finally:
                self._names_lock.release()
        return tuple(sorted({company for group, company in self._names if groups is None or group in groups}))

    def _stale(self, commit: int) -> bool:
        return commit != self._names_commit and self.clock.now() - self._names_read >= NAMES_AGE

    def _list_names(self, commit: int) -> None:
        read = self.clock.now()
        self._names = frozenset(
            (group_of(version.key), version.filing.company)
            for version in self.registry.documents()
            if version.state is VersionState.SEARCHABLE and version.filing.company
        )
        self._names_commit, self._names_read = commit, read


def documents(
    registry: DocumentRegistry, groups: Sequence[str] | None = None, *, everything: bool = False
) -> list[DocumentVersion]:
    """Return the versions that `groups` (None: all) may see, by key, the newest of a key first.

    Superseded and deleted ones only if `everything` is asked for.
    """
    seen = (
        version
        for version in registry.documents()
        if (everything or version.state in PRESENT) and (groups is None or group_of(version.key) in groups)
    )
    newest_first = sorted(seen, key=lambda version: (version.uploaded or _NEVER, version.version_id), reverse=True)
    return sorted(newest_first, key=lambda version: version.key)
