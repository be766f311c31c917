"""The states a version may pass through: this table is the rule, the registry keeps it, docs/reference shows it."""

from collections.abc import Mapping

from raglite.model.documents import VersionState

_RECEIVED, _PROCESSING, _SEARCHABLE = VersionState.RECEIVED, VersionState.PROCESSING, VersionState.SEARCHABLE
_QUARANTINED, _SUPERSEDED, _DELETED = VersionState.QUARANTINED, VersionState.SUPERSEDED, VersionState.DELETED

# From each state (None: no record yet) to those that may follow, and when. A state may always be written again.
TRANSITIONS: Mapping[VersionState | None, Mapping[VersionState, str]] = {
    None: {
        _RECEIVED: "the bucket holds it and nobody has worked on it",
        _PROCESSING: "a task takes it up",
        _SUPERSEDED: "a newer version was there before anybody looked",
        _DELETED: "a delete marker was there before anybody looked",
    },
    _RECEIVED: {
        _PROCESSING: "a task takes it up",
        _SUPERSEDED: "a newer version is answered from",
        _DELETED: "a delete marker hides it, or it was erased",
    },
    _PROCESSING: {
        _SEARCHABLE: "it was published",
        _QUARANTINED: "it cannot be indexed; the reason says why",
        _SUPERSEDED: "a newer version is answered from",
        _DELETED: "a delete marker hides it, or it was erased",
    },
    _SEARCHABLE: {
        _PROCESSING: "the index has lost some of it: it is indexed again",
        _SUPERSEDED: "a newer version is answered from",
        _DELETED: "a delete marker hides it, or it was erased",
    },
    _QUARANTINED: {
        _RECEIVED: "somebody asks for it to be tried again",
        _SUPERSEDED: "a newer version came",
        _DELETED: "a delete marker hides it, or it was erased",
    },
    _SUPERSEDED: {
        _PROCESSING: "what came after it is gone, or cannot be indexed",
        _DELETED: "a delete marker hides it, or it was erased",
    },
    _DELETED: {
        _PROCESSING: "the delete marker is gone",
        _SUPERSEDED: "the delete marker is gone, and a newer version is answered from",
    },
}


def allowed_before(state: VersionState) -> frozenset[VersionState | None]:
    """Return the states that `state` may follow, itself included."""
    return frozenset(before for before, after in TRANSITIONS.items() if state in after or before is state)
