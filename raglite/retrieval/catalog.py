"""What questions need to know of the registry: commit numbers, the companies' names, the records of documents.

Shared by the questions of a moment, so that a burst of them costs one read each.
"""

import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache

from raglite.model import DocumentVersion, VersionState, group_of
from raglite.ports import Clock, DocumentRegistry, is_rejected
from raglite.retrieval import moments
from raglite.retrieval.question.companies import Directory

COMMIT_AGE = timedelta(seconds=1)  # how old an answer's commit number may be
NAMES_AGE = timedelta(seconds=5)  # how soon the records are listed again after the index has changed
LONGEST_AGE = timedelta(seconds=60)  # the same where it has not for NAMES_AGE, and the last change's record was there
SETTLED = timedelta(minutes=5)  # after which no publisher's late write and no clock's error changes a moment's number
MOMENTS = 1024  # whose numbers are kept
VIEWS = 32  # directories, and lists of versions, that are kept of one listing
NEWEST = sys.maxsize  # a commit number after all others
PRESENT = frozenset({VersionState.RECEIVED, VersionState.PROCESSING, VersionState.SEARCHABLE, VersionState.QUARANTINED})
NEVER = datetime.min.replace(tzinfo=UTC)

Groups = tuple[str, ...] | None  # first segments of keys; None means all


@dataclass(frozen=True)
class Listing:
    """One reading of all records: those of versions that were ever answered from, or cannot be.

    `commit` is the number that was current when it was `read`, `records` are by key and version id. Safe to share
    between threads.
    """

    commit: int = -1
    read: datetime = NEVER
    records: Mapping[str, Mapping[str, DocumentVersion]] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterator[DocumentVersion], commit: int, read: datetime) -> "Listing":
        """Keep what questions may need."""
        kept: defaultdict[str, dict[str, DocumentVersion]] = defaultdict(dict)
        for one in records:
            if one.committed is not None or one.earlier or is_rejected(one):
                kept[one.key][one.version_id] = one
        return cls(commit, read, kept)

    @cached_property
    def recorded(self) -> int:
        """The highest commit number that a record names: a record follows its commit a moment later."""
        versions = (one for each in self.records.values() for one in each.values())
        return max((one.superseded or one.committed or 0 for one in versions), default=0)

    def seen_by(self, groups: Groups) -> Iterator[DocumentVersion]:
        """Yield the records of keys in `groups`."""
        for key, versions in self.records.items():
            if groups is None or group_of(key) in groups:
                yield from versions.values()

    @cached_property
    def in_force(self) -> Callable[[int, Groups], tuple[DocumentVersion, ...]]:
        """Versions that were answered from at a commit number, by the registry: only the index knows for sure."""
        return lru_cache(VIEWS)(self._in_force)

    @cached_property
    def points(self) -> Callable[[int, str], int]:
        """How many points of a spec's collection are to be seen at a commit number, by the registry."""
        return lru_cache(VIEWS)(lambda commit, spec: sum(self.points_by_key(commit, spec).values()))

    def points_by_key(self, commit: int, spec: str) -> Mapping[str, int]:
        """Return how many are of each key."""
        found: defaultdict[str, int] = defaultdict(int)
        for one in self.in_force(commit, None):
            found[one.key] += one.chunks_in(spec)
        return found

    def directory(self, commit: int, groups: Groups) -> Directory:
        """Return the companies of these versions; from the listing's number on, of the newest ones."""
        return self._directory(commit if commit < self.commit else NEWEST, groups)

    @cached_property
    def _directory(self) -> Callable[[int, Groups], Directory]:
        return lru_cache(VIEWS)(
            lambda commit, groups: Directory.of(one.filing for one in self.in_force(commit, groups))
        )

    def _in_force(self, commit: int, groups: Groups) -> tuple[DocumentVersion, ...]:
        return tuple(one for one in self.seen_by(groups) if one.in_force(commit))


@dataclass
class Catalog:
    """The registry as questions see it; safe to share between threads."""

    registry: DocumentRegistry
    clock: Clock
    _commit: int = 0
    _commit_read: datetime = NEVER
    _commit_seen: datetime = NEVER  # for the first time
    _commit_lock: threading.Lock = field(default_factory=threading.Lock)
    _listing: Listing = field(default_factory=Listing)
    _listing_lock: threading.Lock = field(default_factory=threading.Lock)

    def moment(self, as_of: str | None) -> datetime | None:
        """Return the moment asked about, None for now; InvalidRequest if it cannot be read or lies ahead."""
        return None if as_of is None else moments.moment(as_of, self.clock.now())

    def commit(self, moment: datetime | None = None) -> int:
        """Return the index's commit number at a moment; None for now: then it is at most COMMIT_AGE old."""
        if moment is None:
            return self._current()
        is_settled = self.clock.now() - moment >= SETTLED
        return self._settled(moment) if is_settled else self.registry.commit_at(moment)

    def listing(self, *, soon: bool = False) -> Listing:
        """Return the records; `soon` if they may be no older than NAMES_AGE though nothing was published since.

        While one thread lists them anew, the others go on with what was known before.
        """
        commit = self._current()
        if self._stale(commit, soon) and self._listing_lock.acquire(blocking=self._listing.commit < 0):
            try:
                if self._stale(commit, soon):
                    read = self.clock.now()
                    self._listing = Listing.of(self.registry.documents(), commit, read)
            finally:
                self._listing_lock.release()
        return self._listing

    def directory(self, commit: int, groups: Groups) -> Directory:
        """Return the companies with a document in `groups` that was answered from at a commit number."""
        return self.listing().directory(commit, groups)

    @cached_property
    def _settled(self) -> Callable[[datetime], int]:
        return lru_cache(MOMENTS)(self.registry.commit_at)

    def _current(self) -> int:
        with self._commit_lock:
            if self.clock.now() - self._commit_read >= COMMIT_AGE:
                asked = self.clock.now()
                commit, self._commit_read = self.registry.commit_number(), asked
                if commit != self._commit:
                    self._commit, self._commit_seen = commit, self.clock.now()
            return self._commit

    def _stale(self, commit: int, soon: bool) -> bool:
        listing = self._listing
        waited = listing.read - self._commit_seen
        is_told = listing.recorded >= commit or waited >= SETTLED  # some changes have no record: of what was erased
        is_final = commit == listing.commit and waited >= NAMES_AGE and is_told
        return self.clock.now() - listing.read >= (LONGEST_AGE if is_final and not soon else NAMES_AGE)


def is_seen(version: DocumentVersion, groups: Sequence[str] | None) -> bool:
    """Whether somebody who may see `groups` (None: all) may see a version."""
    return groups is None or group_of(version.key) in groups


def documents(
    registry: DocumentRegistry, groups: Sequence[str] | None = None, *, everything: bool = False
) -> list[DocumentVersion]:
    """Return the versions that `groups` (None: all) may see, by key, the newest of a key first.

    Superseded and deleted ones only if `everything` is asked for.
    """
    seen = (
        version
        for version in registry.documents()
        if (everything or version.state in PRESENT) and is_seen(version, groups)
    )
    newest_first = sorted(seen, key=lambda version: (version.uploaded or NEVER, version.version_id), reverse=True)
    return sorted(newest_first, key=lambda version: version.key)
