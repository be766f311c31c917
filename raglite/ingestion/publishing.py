"""Making a version visible, or a document invisible, by moving one number.

Serialised by the publish lease. A publisher that dies leaves stamps above the number; the next one takes them back.
So one that overslept its turn must not: it would take back, or see published, what others have committed meanwhile.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from raglite.errors import DependencyUnavailable, ResourceExhausted, TransientError
from raglite.ingestion.collections import followers, refuse_strangers, refuse_strays, settled
from raglite.ingestion.lease import HeldLease
from raglite.ports import PUBLISH_KEY, CollectionMissing, Edition, Lease, RegistryBehind, Services, VectorIndex

PATIENCE = 2  # turns of another publisher that are waited for
POLL_SECONDS = 0.05


def publish(edition: Edition, points: int, held: HeldLease, services: Services, seconds: float) -> int:
    """Make the edition the one that is answered from; returns the commit number. LeaseLost if the key is another's.

    DependencyUnavailable, and nothing changes, unless exactly its `points` are going to be visible: a task that lost
    its lease may have swept some away. `seconds` is how long a turn may last without a sign of life.
    """
    with _publishing(held, services, seconds) as turn:
        current = turn.taken_back()
        turn.check()
        services.index.publish(edition, current + 1)
        turn.check()
        services.index.supersede(edition.key, edition, current + 1)
        shown = services.index.count(edition.key, commit=current + 1)
        if shown != points:
            raise DependencyUnavailable("index", f"{shown} instead of {points} points of {edition.key}; try again.")
        held.check()
        return services.registry.advance(turn.lease, current, edition.key)


def withdraw(key: str, held: HeldLease, services: Services, seconds: float) -> int | None:
    """Take the document out of answers; returns the commit number, None if nothing of it was visible."""
    with _publishing(held, services, seconds) as turn:
        current = turn.taken_back()
        if services.index.count(key, commit=current) == 0:
            return None
        turn.check()
        services.index.supersede(key, None, current + 1)
        for other in turn.followers:
            with suppress(CollectionMissing):
                other.supersede(key, None, current + 1)
        held.check()
        return services.registry.advance(turn.lease, current, key)


def take_back(held: HeldLease, services: Services, seconds: float) -> None:
    """Undo the stamps of publishers that died: every publisher does this first, but none may come for long."""
    with _publishing(held, services, seconds) as turn:
        turn.taken_back()


@dataclass(frozen=True, slots=True)
class _Turn:
    """A publisher's turn, and the collections beside the live one as they are while it lasts."""

    held: HeldLease
    services: Services
    followers: tuple[VectorIndex, ...]

    @property
    def lease(self) -> Lease:
        return self.held.lease

    def check(self) -> None:
        self.held.check()

    def taken_back(self) -> int:
        """Undo the stamps above the commit number and return it; RegistryBehind if one is higher than the next.

        No publisher of this registry leaves that: others have seen those points, and nothing of them is undone.
        """
        current = self.services.registry.commit_number()
        self.check()
        if self.services.index.ahead(current + 1):
            self.check()  # others may have published since this one overslept
            raise RegistryBehind(current)
        self.services.index.rollback(current)
        for other in self.followers:
            with suppress(CollectionMissing):
                other.rollback(current)
        return current


@contextmanager
def _publishing(held: HeldLease, services: Services, seconds: float) -> Iterator[_Turn]:
    """Take a turn; ConfigurationError or CollectionMoved if the live collection is not the one it works on."""
    with publishing_turn(held.lease.owner, services, seconds) as turn:
        roster = settled(services, turn)
        refuse_strangers(roster, services.embedder.spec)
        refuse_strays(services)
        yield _Turn(turn, services, followers(roster, services))


@contextmanager
def publishing_turn(owner: str, services: Services, seconds: float) -> Iterator[HeldLease]:
    """Hold the publish lease while the body runs: nothing becomes visible, or invisible, by anybody else meanwhile."""
    turn = HeldLease(services.registry, _wait_for_turn(owner, services, seconds), seconds)
    try:
        with turn.kept_alive():
            yield turn
    finally:
        with suppress(TransientError):  # the turn then runs out by itself
            services.registry.abandon(turn.lease)


def _wait_for_turn(owner: str, services: Services, seconds: float) -> Lease:
    deadline = time.monotonic() + PATIENCE * seconds
    while time.monotonic() < deadline:
        lease = services.registry.acquire(PUBLISH_KEY, owner, seconds)
        if lease is not None:
            return lease
        time.sleep(POLL_SECONDS)
    raise ResourceExhausted(f"Other tasks have been publishing for {PATIENCE * seconds:g} s; try again.")
