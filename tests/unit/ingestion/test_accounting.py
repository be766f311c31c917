"""Every version of the bucket is in exactly one state, whatever the registry knows of it."""

from datetime import timedelta
from itertools import groupby

from hypothesis import given, settings
from hypothesis import strategies as st

from raglite.ingestion.accounting import Account, accounts, totals
from raglite.ingestion.synchronize import synchronize
from raglite.model import VersionState
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import POLICY, World

MILLS = report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.")


def look(world: World) -> list[Account]:
    return accounts(world.documents, world.registry)


def test_a_version_that_nobody_has_recorded_is_received() -> None:
    world = World()
    version = world.documents.put("new.pdf", MILLS)
    [one] = look(world)
    assert (one.version.version_id, one.version.state, one.version.size) == (
        version.version_id,
        VersionState.RECEIVED,
        len(MILLS),
    )
    assert (one.in_bucket, one.latest, one.upload_to_searchable_seconds) == (True, True, None)


def test_a_marker_is_no_version_and_the_one_before_it_is_not_the_latest() -> None:
    world = World()
    world.ingest("a.pdf", MILLS)
    world.documents.delete("a.pdf")
    [one] = look(world)
    assert (one.in_bucket, one.latest, one.version.state) == (True, False, VersionState.SEARCHABLE)


def test_an_erased_version_stays_listed_as_no_longer_in_the_bucket() -> None:
    world = World()
    old = world.ingest("a.pdf", MILLS)
    new = world.ingest("a.pdf", MILLS + b"!")
    world.documents.erase("a.pdf", old.version_id)
    synchronize("a.pdf", world.services(), POLICY)
    assert [(one.version.version_id, one.version.state, one.in_bucket) for one in look(world)] == [
        (new.version_id, VersionState.SEARCHABLE, True),
        (old.version_id, VersionState.DELETED, False),
    ]


def test_the_time_from_upload_to_searchable_is_told() -> None:
    world = World()
    version = world.upload("a.pdf", MILLS)
    world.clock.advance(7)
    synchronize("a.pdf", world.services(), POLICY)
    [one] = look(world)
    assert one.upload_to_searchable_seconds == 7
    assert one.version.transitions[VersionState.SEARCHABLE] - version.last_modified == timedelta(seconds=7)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put broken", "delete", "erase", "synchronize"]), st.sampled_from(["a", "b/c", "é"])
    ),
    max_size=20,
)


def do(world: World, step: str, key: str) -> None:
    world.clock.advance(1)
    if step == "synchronize":
        synchronize(key, world.services(), POLICY)
    elif step == "delete":
        world.documents.delete(key)
    elif step == "erase":
        for version in world.documents.versions(key)[:1]:
            world.documents.erase(key, version.version_id)
    else:
        world.documents.put(key, BROKEN if step == "put broken" else MILLS)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_whatever_happens_each_version_is_listed_once_by_key_newest_first(steps: list[tuple[str, str]]) -> None:
    world = World()
    for step, key in steps:
        do(world, step, key)
    every = look(world)
    ids = [(one.version.key, one.version.version_id) for one in every]
    held = [
        (version.key, version.version_id)
        for versions in world.documents.inventory()
        for version in versions
        if not version.is_delete_marker
    ]
    recorded = {(record.key, record.version_id) for record in world.registry.documents()}
    assert len(ids) == len(set(ids))
    assert set(ids) == {*held, *recorded}
    assert [pair for pair, one in zip(ids, every, strict=True) if one.in_bucket] == held
    assert sum(totals(every).values()) == len(every)
    keys = [key for key, _ in groupby(ids, lambda pair: pair[0])]
    assert keys == sorted(set(keys))
    assert all(one.version.state is VersionState.RECEIVED for one in every if _unknown(one, recorded))


def _unknown(one: Account, recorded: set[tuple[str, str]]) -> bool:
    return (one.version.key, one.version.version_id) not in recorded
