"""Where documents lie and what is known about them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from raglite.errors import EndCode, ForbiddenTransition, ReasonCode
from raglite.model import (
    DocumentVersion,
    ObjectVersion,
    Page,
    ParsedDocument,
    StatedFigure,
    VersionState,
    allowed_before,
)
from raglite.ports.roster import Roster

PUBLISH_KEY = ""  # no object can have this name
_REJECTIONS = frozenset(ReasonCode)


class DocumentStore(Protocol):
    """The documents bucket (the truth) and the event-free bucket of parsed documents."""

    def versions(self, key: str) -> tuple[ObjectVersion, ...]:
        """Return the key's versions and delete markers, newest first; empty if the bucket has never held it."""

    def inventory(self, prefix: str = "") -> Iterator[tuple[ObjectVersion, ...]]:
        """Yield every key's versions and delete markers, as `versions` does, in key order."""

    def fetch(self, key: str, version_id: str, into: Path) -> str:
        """Write one version's bytes to the file `into` and return their sha256 (hex); NotFound if it is gone."""

    def metadata(self, key: str, version_id: str) -> Mapping[str, str]:
        """Return the object's user metadata, lower-case names; NotFound if it is gone."""

    def upload(self, path: Path, key: str) -> ObjectVersion:
        """Store a file under `key` and return the new version."""

    def store(self, key: str, body: bytes) -> str:
        """Store contents under `key` and return the new version's id, without a look at what is there."""

    def upload_link(self, key: str, seconds: int) -> str:
        """Return a URL to which a file may be PUT within so many seconds, to be stored under `key`."""

    def delete(self, key: str) -> None:
        """Put a delete marker on `key`; older versions stay in the bucket."""

    def save_parsed(self, key: str, version_id: str, parsed: ParsedDocument) -> None:
        """Keep what the parser returned, compressed, under ids that do not name the bucket."""

    def load_parsed(self, key: str, version_id: str) -> ParsedDocument:
        """Return what was saved; NotFound if nothing was."""

    def load_page(self, key: str, version_id: str, number: int) -> Page | None:
        """Return one page of what was saved, None if the parser could not read it; NotFound if nothing was saved."""

    def save_figures(self, key: str, version_id: str, figures: Sequence[StatedFigure]) -> None:
        """Keep the figures that the version's tables state, beside the parsed document."""

    def load_figures(self, key: str, version_id: str) -> tuple[StatedFigure, ...]:
        """Return what was saved; NotFound if nothing was."""

    def has_parsed(self) -> bool:
        """Whether anything is kept that was saved of any version."""

    def forget(self, key: str, version_id: str) -> None:
        """Remove what was saved of a version; a no-op if nothing was. The documents bucket is not touched."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on one key until `expires`. `token` grows with every grant, so a late holder is told.

    `requested` is when the look was asked for that was due when the lease was granted, and `trace_header` what it came
    with; None if none was due.
    """

    key: str
    owner: str
    token: int
    expires: datetime
    generation: int  # the key's request counter when the lease was granted
    requested: datetime | None = None
    trace_header: str | None = None


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A key that needs a look (`waiting`), or that somebody holds a live lease on (`held`), or both."""

    key: str
    waiting: bool
    held: bool
    requested: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A commit, and the key whose answers it changed; None: it was not noted."""

    number: int
    key: str | None


class DocumentRegistry(Protocol):
    """Control state: one record per version, one work item per key, and the index's commit number."""

    def record(self, version: DocumentVersion, lease: Lease | None = None) -> None:
        """Write a version's record; LeaseLost if `lease` is given and no longer held.

        ForbiddenTransition if its state may not follow the one that is recorded (model/lifecycle.py), and nothing is
        written.
        """

    def find(self, key: str, version_id: str) -> DocumentVersion | None:
        """Return one version's record."""

    def history(self, key: str) -> tuple[DocumentVersion, ...]:
        """Return all records of a key, in no particular order."""

    def documents(self) -> Iterator[DocumentVersion]:
        """Yield every version's record."""

    def request(self, key: str, trace_header: str | None = None) -> int:
        """Mark `key` as needing a look and return its new request counter; the Lambda does the same in its own code.

        What comes of it belongs to the trace of `trace_header`, or without one to no trace that was there before.
        """

    def waiting(self, limit: int = 100) -> tuple[str, ...]:
        """Return keys that need a look and that nobody holds a live lease on, oldest request first."""

    def work(self) -> Iterator[WorkItem]:
        """Yield every key that waits or is held, in no particular order; not the publish lease."""

    def acquire(self, key: str, owner: str, seconds: float) -> Lease | None:
        """Take the key's lease if it is free or expired; None if somebody else holds it."""

    def renew(self, lease: Lease, seconds: float) -> Lease:
        """Prolong a lease; LeaseLost if it is no longer held."""

    def release(self, lease: Lease) -> bool:
        """Give the lease back. True if the key needs no further look; False if it was requested again meanwhile."""

    def abandon(self, lease: Lease) -> None:
        """Give the lease back after a failure: the key goes on needing a look."""

    def commit_number(self) -> int:
        """Return the index's current commit number; 0 before the first publish."""

    def advance(self, lease: Lease, expected: int, key: str | None = None) -> int:
        """Move the commit number from `expected` to `expected + 1` and return it; LeaseLost if either is not so.

        `lease` is a lease on PUBLISH_KEY, taken with acquire(): publishing is serialised by it. The time and the `key`
        that changed are kept with the number, as one write.
        """

    def changes(self, since: int) -> tuple[Change, ...]:
        """Return the commits after the number `since`, newest first."""

    def roster(self) -> Roster:
        """Return which collections there are."""

    def enroll(self, roster: Roster, lease: Lease | None = None) -> None:
        """Write the roster that follows the present one; LeaseLost if another came first or `lease` is not held."""

    def commit_at(self, moment: datetime) -> int:
        """Return the commit number that was current at a moment (timezone-aware); 0 before the first publish."""


def is_rejected(version: DocumentVersion) -> bool:
    """Whether it was tried and cannot be indexed, whatever became of it since."""
    return version.reason in _REJECTIONS


def is_erased(version: DocumentVersion) -> bool:
    """Whether the bucket holds it no longer, so that nothing is left of its text."""
    return version.state is VersionState.DELETED and version.reason == EndCode.ERASED


def refuse_transition(before: VersionState | None, after: VersionState) -> None:
    """Raise ForbiddenTransition unless `after` may follow `before`."""
    if before not in allowed_before(after):
        was = "not recorded yet" if before is None else before.value
        raise ForbiddenTransition(f"A version that is {was} cannot become {after.value}: see docs/reference/states.md.")
