"""What questions need to know of the registry: the commit number, the companies' names, the list of documents.

The first two are shared by the questions of a moment, so that a burst of them costs one read each.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from raglite.model import DocumentVersion, VersionState, group_of
from raglite.ports import Clock, DocumentRegistry
from raglite.retrieval.question.companies import Directory

COMMIT_AGE = timedelta(seconds=1)  # how old an answer's commit number may be
NAMES_AGE = timedelta(seconds=5)  # how soon the names are listed again after the index has changed
PRESENT = frozenset({VersionState.RECEIVED, VersionState.PROCESSING, VersionState.SEARCHABLE, VersionState.QUARANTINED})
LONGEST_AGE = timedelta(seconds=60)  # the same where it has not: a record follows its commit a moment later
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Catalog:
    """The registry as questions see it; safe to share between threads."""

    registry: DocumentRegistry
    clock: Clock
    _commit: int = 0
    _commit_read: datetime = _NEVER
    _commit_lock: threading.Lock = field(default_factory=threading.Lock)
    _searchable: tuple[DocumentVersion, ...] = ()
    _directories: dict[tuple[str, ...] | None, Directory] = field(default_factory=dict)  # by the groups that see them
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

    def directory(self, commit: int, groups: tuple[str, ...] | None) -> Directory:
        """Return the companies with a searchable document in `groups` (None: in any)."""
        self._refresh(commit)
        known = self._directories
        if groups not in known:
            known[groups] = Directory.of(version.filing for version in self._seen_by(groups))
        return known[groups]

    def versions(self, commit: int, groups: tuple[str, ...] | None) -> tuple[DocumentVersion, ...]:
        """Return the searchable versions in `groups`, by the registry: only the index knows for sure."""
        self._refresh(commit)
        return tuple(self._seen_by(groups))

    def _seen_by(self, groups: tuple[str, ...] | None) -> Iterator[DocumentVersion]:
        return (one for one in self._searchable if groups is None or group_of(one.key) in groups)

    def _refresh(self, commit: int) -> None:
        """List anew what is searchable. While one thread does, the others go on with what was known before."""
        if self._stale(commit) and self._names_lock.acquire(blocking=self._names_commit < 0):
            try:
                if self._stale(commit):
                    self._list_searchable(commit)
            finally:
                self._names_lock.release()

    def _stale(self, commit: int) -> bool:
        age = self.clock.now() - self._names_read
        return age >= (NAMES_AGE if commit != self._names_commit else LONGEST_AGE)

    def _list_searchable(self, commit: int) -> None:
        read = self.clock.now()
        self._searchable = tuple(one for one in self.registry.documents() if one.state is VersionState.SEARCHABLE)
        self._directories = {}
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
