"""Where every version ought to stand, told from the bucket and the nature of the documents alone."""

from collections.abc import Mapping, Sequence
from itertools import takewhile

from raglite.errors import ReasonCode
from raglite.model import ObjectVersion, VersionState
from tests.faults.documents import Document, Nature
from tests.faults.evidence import Name

REASONS = {
    Nature.BROKEN: {ReasonCode.EMPTY.value, ReasonCode.NO_TEXT.value},
    Nature.POISON: {ReasonCode.TOO_MANY_ATTEMPTS.value},
}


def expected_states(versions: Sequence[ObjectVersion], uploaded: Mapping[Name, Document]) -> dict[Name, VersionState]:
    """Return the state of every version of one key; `versions` newest first, delete markers included."""
    answering = answering_version(versions, uploaded)
    states: dict[Name, VersionState] = {}
    for place, version in enumerate(versions):
        if version.is_delete_marker:
            continue
        after = versions[place - 1] if place else None
        if version == answering:
            state = VersionState.SEARCHABLE
        elif after is None:
            state = VersionState.QUARANTINED
        else:
            state = VersionState.DELETED if after.is_delete_marker else VersionState.SUPERSEDED
        states[version.key, version.version_id] = state
    return states


def answering_version(versions: Sequence[ObjectVersion], uploaded: Mapping[Name, Document]) -> ObjectVersion | None:
    """Return the newest good version that no delete marker hides."""
    standing = takewhile(lambda version: not version.is_delete_marker, versions)
    return next((one for one in standing if uploaded[one.key, one.version_id].nature is Nature.GOOD), None)
