"""Whatever happened before and after a backup: everything comes back as it was then, a part as it is now."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from raglite.ingestion.reconciling import reconcile
from raglite.recovery.restoring.agreement import ANY_AGE
from raglite.recovery.restoring.everything import EverythingRestore
from raglite.recovery.restoring.lost_index import LostIndex
from raglite.recovery.restoring.lost_registry import LostRegistry
from tests.fakes.index import FakeIndex, FakeServer
from tests.fakes.parser import BROKEN
from tests.unit.recovery.estates import Estate, Stores, answer, text

KEYS = ("a/one.txt", "a/two.txt", "b/three.txt")
DOINGS = ("upload", "break", "delete", "erase newest", "erase oldest", "upload unheard")
Doing = tuple[str, str, int]

doings = st.lists(st.tuples(st.sampled_from(DOINGS), st.sampled_from(KEYS), st.integers(2000, 2003)), max_size=7)


def do(estate: Estate, doing: Doing) -> None:
    what, key, year = doing
    world = estate.world
    world.clock.advance(5)
    held = world.documents.versions(key)
    if what == "upload":
        world.ingest(key, text(key[2:-4], year, "teal"))
    elif what == "break":
        world.ingest(key, BROKEN)
    elif what == "delete":
        estate.delete(key)
    elif what == "upload unheard":
        world.documents.put(key, text(key[2:-4], year, "ivory"))
    elif held:
        estate.erase(key, held[0 if what == "erase newest" else -1].version_id)


def state(estate: Estate, stores: Stores) -> tuple[Any, ...]:
    services = stores.services(estate.world)
    commit = stores.registry.commit_number()
    held = {
        some[0].key: [(one.version_id, one.is_delete_marker) for one in some] for some in stores.documents.inventory()
    }
    states = {of: record.state for of, record in stores.registry.records.items()}
    digest = FakeIndex(stores.server).digest(commit)
    return held, dict(stores.documents.bodies), states, digest, answer(services), reconcile(services, ANY_AGE).findings


def settle(estate: Estate) -> None:
    """Let everybody hear of everything."""
    for key in KEYS:
        estate.look(key)


@settings(max_examples=20, deadline=None)
@given(before=doings, after=doings)
def test_what_comes_back_is_what_was_there(before: list[Doing], after: list[Doing]) -> None:
    estate = Estate()
    world = estate.world
    for one in before:
        do(estate, one)
    backup = estate.back_up()
    unheard = Stores.empty(world, "u")
    with estate.opened(id=backup) as opened:
        assert EverythingRestore(opened, unheard.target(world)).run().faults == ()
    settle(estate)
    then = state(estate, estate.stores)
    assert state(estate, unheard) == then

    for one in after:
        do(estate, one)
    index = replace(estate.stores, server=FakeServer())
    registry = estate.stores.with_registry(world, "r")
    everything = Stores.empty(world, "w")
    with estate.opened(id=backup) as opened:
        assert EverythingRestore(opened, everything.target(world)).run().faults == ()
        assert LostRegistry(opened, registry.target(world)).run().faults == ()
        assert state(estate, registry)[-1] == ()
        by_registry = answer(registry.services(world))
        assert LostIndex(opened, index.target(world), "again").run().faults == ()
    assert state(estate, everything) == then
    assert state(estate, index)[-1] == ()
    assert by_registry == answer(index.services(world))
