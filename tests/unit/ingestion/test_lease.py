"""A lease is kept alive while the work lasts, and whoever lost it is told."""

import threading

import pytest

from raglite.errors import DependencyUnavailable, LeaseLost
from raglite.ingestion.lease import HeldLease
from raglite.ports import Lease, SystemClock
from tests.fakes.registry import FakeRegistry
from tests.fakes.watched import Watched, failing
from tests.processes import until

SECONDS = 1.5


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry(SystemClock())


def acquired(registry: FakeRegistry) -> Lease:
    lease = registry.acquire("a.pdf", "task", SECONDS)
    assert lease is not None
    return lease


def test_the_lease_outlives_its_seconds_while_it_is_held(registry: FakeRegistry) -> None:
    lease = acquired(registry)
    with HeldLease(registry, lease, SECONDS).kept_alive():
        until(lambda: registry.clock.now() > lease.expires, "the first term is over", within=5)
        assert registry.acquire("a.pdf", "another", SECONDS) is None


def test_nothing_renews_it_afterwards(registry: FakeRegistry) -> None:
    held = HeldLease(registry, acquired(registry), SECONDS)
    with held.kept_alive():
        pass
    assert not [thread for thread in threading.enumerate() if thread.name == "lease a.pdf"]
    until(lambda: registry.acquire("a.pdf", "another", SECONDS) is not None, "the lease runs out", within=5)


def test_an_unreachable_registry_is_asked_again(registry: FakeRegistry) -> None:
    asked: list[str] = []
    refuse = failing("renew", times=1, error=DependencyUnavailable("DynamoDB", "away"))

    def before(call: str) -> None:
        asked.append(call)
        refuse(call)

    held = HeldLease(Watched(registry, before), acquired(registry), SECONDS)
    with held.kept_alive():
        until(lambda: len(asked) >= 2, "a second renewal", within=5)
        held.check()


def test_a_lease_lost_in_the_background_is_noticed_at_the_next_check(registry: FakeRegistry) -> None:
    lost = threading.Event()
    refuse = failing("renew", times=1, error=LeaseLost("Another task works on a.pdf now."))

    def before(call: str) -> None:
        try:
            refuse(call)
        finally:
            lost.set()

    held = HeldLease(Watched(registry, before), acquired(registry), SECONDS)
    with held.kept_alive():
        assert lost.wait(5)
        until(lambda: not _alive(), "the background renewal has given up", within=5)
        with pytest.raises(LeaseLost, match=r"a\.pdf"):
            held.check()


def _alive() -> bool:
    return any(thread.name == "lease a.pdf" and thread.is_alive() for thread in threading.enumerate())
