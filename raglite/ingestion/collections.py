"""Which collection is the live one, and what else has to hear of what is removed from it.

Read under the lease that the change is made under: what changes the roster of collections takes the same leases.
"""

from contextlib import suppress

from raglite.errors import ConfigurationError, DependencyUnavailable
from raglite.ingestion.lease import HeldLease
from raglite.model import EmbeddingSpec
from raglite.ports import CollectionMissing, Roster, Services, VectorIndex


class CollectionMoved(DependencyUnavailable):
    """Another collection has become the live one since this key was taken up: what is written here nobody reads."""

    def __init__(self) -> None:
        super().__init__("index", "another collection has become the live one meanwhile; the key is looked at again.")


def settled(services: Services, turn: HeldLease) -> Roster:
    """Return the roster, once a switch that was begun is finished: whoever began it may be gone. Takes a turn."""
    roster = services.registry.roster()
    if not roster.is_switching or roster.beside is None:
        return roster
    turn.check()
    services.index.switch(roster.beside)
    services.registry.enroll(roster.switched(), turn.lease)
    return roster.switched()


def refuse_strangers(roster: Roster, spec: EmbeddingSpec) -> None:
    """Raise ConfigurationError unless the live collection is built with this spec: what is written is not lost then.

    The key goes on waiting for a task of the release that the live collection belongs to. While one is being switched
    to, the next to publish will know.
    """
    if roster.is_switching and roster.beside is not None and roster.beside.spec == spec:
        return
    if roster.live is not None and roster.live.spec != spec:
        raise ConfigurationError(
            f"The live collection {roster.live.name} is built with another embedding spec than this process has "
            f"({spec.digest[:12]}...): start ingest tasks of the release that it was built by."
        )


def refuse_strays(services: Services) -> None:
    """Raise CollectionMoved if another collection than the one that is worked on has become the live one.

    Asked in a turn: what makes another one live takes the same turns.
    """
    if services.index.strays():
        raise CollectionMoved


def followers(roster: Roster, services: Services) -> tuple[VectorIndex, ...]:
    """Return the collections that lose what the live one loses, at once."""
    return tuple(services.index.beside(one.name) for one in roster.followers)


def discard(key: str, version_id: str, services: Services) -> None:
    """Remove a version's points from every collection, under the key's lease."""
    for other in followers(services.registry.roster(), services):
        with suppress(CollectionMissing):
            other.discard(key, version_id)
    services.index.discard(key, version_id)
