"""Making a version visible, or a document invisible, by moving one number.

Serialised by the publish lease. A publisher that dies leaves stamps above the number; the next one takes them back.
So one that overslept its turn must not: it would take back, or see published, what others have committed meanwhile.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from raglite.errors import ResourceExhausted
from raglite.ingestion.lease import HeldLease
from raglite.ports import PUBLISH_KEY, Lease, Services

PUBLISH_SECONDS = 30  # a publish is two payload updates and one conditional write
PATIENCE_SECONDS = 60  # to wait for other publishers
POLL_SECONDS = 0.05


def publish(key: str, version_id: str, held: HeldLease, services: Services) -> int:
    """Make the version the one that is answered from; returns the commit number. LeaseLost if the key is another's."""
    with _publishing(held, services) as turn:
        current = services.registry.commit_number()
        turn.check()
        services.index.rollback(current)
        turn.check()
        services.index.publish(key, version_id, current + 1)
        turn.check()
        services.index.supersede(key, version_id, current + 1)
        held.check()
        return services.registry.advance(turn.lease, current)


def withdraw(key: str, held: HeldLease, services: Services) -> int | None:
    """Take the document out of answers; returns the commit number, None if nothing of it was visible."""
    with _publishing(held, services) as turn:
        current = services.registry.commit_number()
        turn.check()
        services.index.rollback(current)
        if services.index.count(key, commit=current) == 0:
            return None
        turn.check()
        services.index.supersede(key, None, current + 1)
        held.check()
        return services.registry.advance(turn.lease, current)


@contextmanager
def _publishing(held: HeldLease, services: Services) -> Iterator[HeldLease]:
    turn = HeldLease(services.registry, _wait_for_turn(held.lease.owner, services), PUBLISH_SECONDS)
    try:
        with turn.kept_alive():
            yield turn
    finally:
        services.registry.abandon(turn.lease)


def _wait_for_turn(owner: str, services: Services) -> Lease:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        lease = services.registry.acquire(PUBLISH_KEY, owner, PUBLISH_SECONDS)
        if lease is not None:
            return lease
        time.sleep(POLL_SECONDS)
    raise ResourceExhausted(f"Other tasks have been publishing for {PATIENCE_SECONDS} s; try again.")
