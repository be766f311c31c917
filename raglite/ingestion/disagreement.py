"""Where bucket, registry and index disagree about one key: a rule, nothing is read or written here.

The bucket is right. synchronize() mends all of it; this says what it would have to mend, and why that matters.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise, takewhile
from typing import NamedTuple

from raglite.ingestion.shelf import Shelf
from raglite.model import DocumentVersion, Frozen, ObjectVersion, VersionState
from raglite.ports import Edition, is_erased, is_rejected


class FindingKind(StrEnum):
    """What is wrong, the gravest first."""

    GHOST = "ghost"  # kept or answered from, though the bucket has it no more or hides it under a delete marker
    DUPLICATE = "duplicate"  # answered from beside another version or edition, or with more points than were recorded
    MISSING = "missing"  # called searchable, and the index shows nothing of it
    HALF_INDEXED = "half_indexed"  # the index shows fewer points than were recorded
    LOST_EVENT = "lost_event"  # the bucket has changed, nobody has looked and nothing waits
    STUCK = "stuck"  # begun, but nobody works on it and nothing waits
    LEFTOVER = "leftover"  # points that nobody has published, or parsed text of a version that is gone


_Said = tuple[str, FindingKind, str]  # of which version, what, in a sentence

GRAVITY = {kind: place for place, kind in enumerate(FindingKind)}


class Finding(Frozen):
    """One version about which they disagree."""

    kind: FindingKind
    key: str
    version_id: str
    sentence: str


class Noted(NamedTuple):
    """What of a record matters here: a wide look keeps one for every version there is."""

    state: VersionState
    edition: int
    chunks: int
    rejected: bool
    erased: bool

    @classmethod
    def of(cls, record: DocumentVersion, spec: str) -> "Noted":
        """Keep what matters of a record; `spec` is the digest of what the index is built with."""
        return cls(record.state, record.edition, record.chunks_in(spec), is_rejected(record), is_erased(record))


@dataclass(frozen=True, slots=True)
class View:
    """What the three say of one key. `versions` are the bucket's, newest first, markers included."""

    key: str
    versions: tuple[ObjectVersion, ...]
    noted: Mapping[str, Noted]
    shelf: Shelf

    @property
    def standing(self) -> tuple[ObjectVersion, ...]:
        """The versions that no delete marker hides."""
        return tuple(takewhile(lambda version: not version.is_delete_marker, self.versions))

    @property
    def states(self) -> Iterator[VersionState]:
        """The state of every version; one that has no record was received."""
        yield from (noted.state for noted in self.noted.values())
        unknown = (one for one in self.versions if not one.is_delete_marker and one.version_id not in self.noted)
        yield from (VersionState.RECEIVED for _ in unknown)

    @property
    def due(self) -> str | None:
        """The version that ought to be answered from: the newest standing one that can be indexed."""
        for version in self.standing:
            noted = self.noted.get(version.version_id)
            if noted is None or not noted.rejected:
                return version.version_id
        return None


def disagreements(view: View, settled: datetime) -> tuple[Finding, ...]:
    """Return the gravest finding about each version; none while the newest is younger than `settled`: on its way."""
    if view.versions and view.versions[0].last_modified > settled:
        return ()
    worst: dict[str, Finding] = {}
    for version_id, kind, sentence in (*_of_bucket(view), *_of_index(view), *_of_gone(view)):
        known = worst.get(version_id)
        if known is None or GRAVITY[kind] < GRAVITY[known.kind]:
            worst[version_id] = Finding(kind=kind, key=view.key, version_id=version_id, sentence=sentence)
    return tuple(worst.values())


def gravest(findings: Iterable[Finding]) -> FindingKind | None:
    """Return the gravest kind there is."""
    return min((finding.kind for finding in findings), key=GRAVITY.__getitem__, default=None)


def _of_bucket(view: View) -> Iterator[_Said]:
    """Compare the state of every version the bucket holds with what it ought to be by what came after it."""
    for after, version in pairwise((None, *view.versions)):
        if version is None or version.is_delete_marker:
            continue
        noted = view.noted.get(version.version_id)
        if noted is None:
            yield version.version_id, FindingKind.LOST_EVENT, "The bucket holds it, and nobody has looked at it."
        elif noted.state in {VersionState.RECEIVED, VersionState.PROCESSING}:
            sentence = f"It is {noted.state.value}, but no task works on it and none is going to."
            yield version.version_id, FindingKind.STUCK, sentence
        elif noted.state is not (expected := _expected(view, version, after)):
            sentence = f"The registry calls it {noted.state.value}; by the bucket it ought to be {expected.value}."
            yield version.version_id, FindingKind.LOST_EVENT, sentence
        elif noted.state is VersionState.SEARCHABLE:
            yield from _of_searchable(view, version.version_id, noted)


def _expected(view: View, version: ObjectVersion, after: ObjectVersion | None) -> VersionState:
    if version.version_id == view.due:
        return VersionState.SEARCHABLE
    if after is None:
        return VersionState.QUARANTINED
    return VersionState.DELETED if after.is_delete_marker else VersionState.SUPERSEDED


def _of_searchable(view: View, version_id: str, noted: Noted) -> Iterator[_Said]:
    shown = view.shelf.visible.get(Edition(view.key, version_id, noted.edition), 0)
    if shown == 0:
        sentence = f"The registry calls it searchable, but the index shows none of its {noted.chunks} points."
        yield version_id, FindingKind.MISSING, sentence
    elif shown != noted.chunks:
        kind = FindingKind.HALF_INDEXED if shown < noted.chunks else FindingKind.DUPLICATE
        yield version_id, kind, f"The index shows {shown} points of it; {noted.chunks} were recorded."


def _of_index(view: View) -> Iterator[_Said]:
    """Look for what is visible and ought not to be, and for what nobody has published."""
    standing = {version.version_id for version in view.standing}
    visible = view.shelf.visible
    due_is_shown = any(edition.version_id == view.due for edition in visible)
    newest = max((edition.number for edition in visible if edition.version_id == view.due), default=0)
    for edition in visible:
        noted = view.noted.get(edition.version_id)
        if edition.version_id not in standing:
            yield edition.version_id, FindingKind.GHOST, "It was deleted in the bucket, and is still answered from."
        elif noted is not None and noted.state is VersionState.QUARANTINED:
            yield edition.version_id, FindingKind.GHOST, "It is quarantined, and is still answered from."
        elif due_is_shown and edition.version_id != view.due:
            yield edition.version_id, FindingKind.DUPLICATE, f"It is answered from beside the newer {view.due}."
        elif edition.version_id == view.due and edition.number < newest:
            yield edition.version_id, FindingKind.DUPLICATE, "Two indexings of it are answered from at once."
    for held in view.shelf.holdings:
        if held.committed is None or held.committed > view.shelf.commit:
            sentence = f"The index keeps {held.points} points of it that no task has published."
            yield held.edition.version_id, FindingKind.LEFTOVER, sentence


def _of_gone(view: View) -> Iterator[_Said]:
    """Look for what is left of versions that the bucket no longer holds."""
    present = {version.version_id for version in view.versions}
    for version_id in sorted(view.shelf.versions - present):
        yield version_id, FindingKind.GHOST, "The bucket no longer holds it, and the index still keeps points of it."
    for version_id, noted in view.noted.items():
        if version_id in present or noted.erased:
            continue
        if noted.state is VersionState.DELETED:
            sentence = "The bucket no longer holds it, and its parsed text has not been removed."
            yield version_id, FindingKind.LEFTOVER, sentence
        else:
            sentence = f"The bucket no longer holds it, and the registry calls it {noted.state.value}."
            yield version_id, FindingKind.GHOST, sentence
