"""What questions read of the registry, and how seldom."""

import threading
from datetime import timedelta

import pytest

from raglite.model import DocumentVersion, Filing, VersionState
from raglite.ports import PUBLISH_KEY
from raglite.retrieval.catalog import Catalog, documents
from tests.fakes.services import World
from tests.fakes.watched import Watched


@pytest.fixture
def world() -> World:
    return World()


def record(
    world: World, key: str, company: str | None, state: VersionState = VersionState.SEARCHABLE, version: str = "v1"
) -> None:
    """Put a record there, as if it had been published by the first commit, whatever stood there before."""
    uploaded, committed = world.clock.now(), 1 if state is VersionState.SEARCHABLE else None
    made = DocumentVersion(key=key, version_id=version, state=state, filing=Filing(company=company), uploaded=uploaded)
    world.registry.records[key, version] = made.model_copy(update={"committed": committed})


def publish(world: World) -> None:
    lease = world.registry.acquire(PUBLISH_KEY, "task", 1)
    assert lease is not None
    world.registry.advance(lease, world.registry.commit_number())
    world.registry.abandon(lease)


def test_the_commit_number_is_read_once_a_second(world: World) -> None:
    calls: list[str] = []
    catalog = Catalog(Watched(world.registry, calls.append), world.clock)
    assert [catalog.commit() for _ in range(5)] == [0] * 5
    publish(world)
    assert catalog.commit() == 0
    world.clock.advance(1)
    assert catalog.commit() == 1
    assert calls == ["commit_number"] * 2


def companies(catalog: Catalog, groups: tuple[str, ...] | None = None) -> tuple[str, ...]:
    return catalog.directory(catalog.commit(), groups).companies


def test_names_are_those_of_searchable_documents_in_the_groups(world: World) -> None:
    record(world, "red/a.pdf", "Orchard Mills, Inc.")
    record(world, "red/b.pdf", "Orchard Mills, Inc.")
    record(world, "blue/c.pdf", "Harbor Lines, Inc.")
    record(world, "d.pdf", "Quarry Stone, Inc.")
    record(world, "red/e.pdf", "Gone, Inc.", VersionState.DELETED)
    record(world, "red/f.pdf", None)
    publish(world)
    catalog = Catalog(world.registry, world.clock)
    assert companies(catalog) == ("Harbor Lines, Inc.", "Orchard Mills, Inc.", "Quarry Stone, Inc.")
    assert companies(catalog, ("red",)) == ("Orchard Mills, Inc.",)
    assert companies(catalog, ("",)) == ("Quarry Stone, Inc.",)
    assert companies(catalog, ()) == ()


def test_a_record_that_follows_its_commit_after_a_listing_is_known_within_seconds(world: World) -> None:
    catalog = Catalog(world.registry, world.clock)
    publish(world)
    assert companies(catalog) == ()
    world.clock.advance(0.5)
    record(world, "a.pdf", "Orchard Mills, Inc.")
    world.clock.advance(4.5)
    assert companies(catalog) == ("Orchard Mills, Inc.",)


def test_a_record_that_is_late_is_waited_for_by_seconds_until_all_is_settled(world: World) -> None:
    calls: list[str] = []
    catalog = Catalog(Watched(world.registry, calls.append), world.clock)
    publish(world)
    for _ in range(3):
        assert companies(catalog) == ()
        world.clock.advance(10)
    record(world, "a.pdf", "Orchard Mills, Inc.")
    assert companies(catalog) == ("Orchard Mills, Inc.",)
    publish(world)  # of what was erased: no record will ever name it
    for _ in range(6):
        world.clock.advance(60)
        companies(catalog)
    assert calls.count("documents") == 4 + 6
    for _ in range(6):
        world.clock.advance(10)
        companies(catalog)
    assert calls.count("documents") == 4 + 6 + 1


def test_records_are_listed_again_only_after_a_change_and_a_while(world: World) -> None:
    calls: list[str] = []
    catalog = Catalog(Watched(world.registry, calls.append), world.clock)
    assert companies(catalog) == ()
    record(world, "a.pdf", "Orchard Mills, Inc.")
    world.clock.advance(59)
    assert companies(catalog) == ()
    publish(world)
    world.clock.advance(1)
    assert companies(catalog) == ("Orchard Mills, Inc.",)
    record(world, "b.pdf", "Harbor Lines, Inc.")
    publish(world)
    world.clock.advance(1)
    assert companies(catalog) == ("Orchard Mills, Inc.",)
    world.clock.advance(4)
    assert companies(catalog) == ("Harbor Lines, Inc.", "Orchard Mills, Inc.")
    assert calls.count("documents") == 3


def test_for_a_moment_that_is_past_records_are_listed_again_after_a_while_even_without_a_change(world: World) -> None:
    calls: list[str] = []
    catalog = Catalog(Watched(world.registry, calls.append), world.clock)
    for seconds in (0, 4, 1, 0):
        world.clock.advance(seconds)
        catalog.listing(soon=True)
    assert calls.count("documents") == 2


def test_one_listing_serves_all_commit_numbers(world: World) -> None:
    record(world, "a.pdf", "Orchard Mills, Inc.")
    record(world, "b.pdf", "Harbor Lines, Inc.")
    world.registry.records["a.pdf", "v1"] = world.registry.records["a.pdf", "v1"].model_copy(
        update={"state": VersionState.DELETED, "superseded": 2}
    )
    world.registry.records["b.pdf", "v1"] = world.registry.records["b.pdf", "v1"].model_copy(update={"committed": 2})
    publish(world)
    publish(world)
    calls: list[str] = []
    catalog = Catalog(Watched(world.registry, calls.append), world.clock)
    found = [catalog.directory(commit, None).companies for commit in (0, 1, 2, 1)]
    assert found == [(), ("Orchard Mills, Inc.",), ("Harbor Lines, Inc.",), ("Orchard Mills, Inc.",)]
    assert calls.count("documents") == 1


def test_the_number_of_a_moment_long_past_is_read_once_and_that_of_a_recent_one_always(world: World) -> None:
    calls: list[str] = []
    catalog = Catalog(Watched(world.registry, calls.append), world.clock)
    publish(world)
    moment = world.clock.now()
    assert [catalog.commit(moment) for _ in range(3)] == [1, 1, 1]
    assert calls.count("commit_at") == 3
    world.clock.advance(300)
    assert [catalog.commit(moment) for _ in range(3)] == [1, 1, 1]
    assert calls.count("commit_at") == 4


def test_a_record_that_came_after_its_commit_is_seen_within_a_minute(world: World) -> None:
    publish(world)
    catalog = Catalog(world.registry, world.clock)
    assert companies(catalog) == ()
    record(world, "a.pdf", "Orchard Mills, Inc.")
    assert companies(catalog) == ()
    world.clock.advance(60)
    assert companies(catalog) == ("Orchard Mills, Inc.",)


def test_questions_go_on_with_the_known_names_while_they_are_listed_anew(world: World) -> None:
    record(world, "a.pdf", "Orchard Mills, Inc.")
    listing, may_go_on = threading.Event(), threading.Event()

    def hold(call: str) -> None:
        if listing_again and call == "documents":
            listing.set()
            assert may_go_on.wait(10)

    listing_again: list[bool] = []
    catalog = Catalog(Watched(world.registry, hold), world.clock)
    companies(catalog)
    listing_again.append(True)
    record(world, "b.pdf", "Harbor Lines, Inc.")
    world.clock.advance(60)
    slow: list[tuple[str, ...]] = []
    thread = threading.Thread(target=lambda: slow.append(companies(catalog)))
    thread.start()
    assert listing.wait(10)
    assert companies(catalog) == ("Orchard Mills, Inc.",)
    may_go_on.set()
    thread.join(10)
    assert slow == [("Harbor Lines, Inc.", "Orchard Mills, Inc.")]


def test_a_failed_listing_is_tried_again(world: World) -> None:
    record(world, "a.pdf", "Orchard Mills, Inc.")
    left = [1]

    def fail(call: str) -> None:
        if call == "documents" and left:
            left.pop()
            raise ConnectionError

    catalog = Catalog(Watched(world.registry, fail), world.clock)
    with pytest.raises(ConnectionError):
        companies(catalog)
    assert companies(catalog) == ("Orchard Mills, Inc.",)


# --- the list of documents ----------------------------------------------------------------------------------------


def test_documents_are_listed_by_key_and_the_newest_of_a_key_first(world: World) -> None:
    record(world, "b.pdf", None, VersionState.SEARCHABLE, "v1")
    world.clock.time += timedelta(seconds=1)
    record(world, "b.pdf", None, VersionState.QUARANTINED, "v2")
    record(world, "a.pdf", None, VersionState.RECEIVED, "v3")
    listed = [(version.key, version.version_id) for version in documents(world.registry)]
    assert listed == [("a.pdf", "v3"), ("b.pdf", "v2"), ("b.pdf", "v1")]


def test_superseded_and_deleted_versions_are_left_out_unless_everything_is_asked_for(world: World) -> None:
    for number, state in enumerate(VersionState):
        record(world, f"{number}.pdf", None, state)
    present = {version.state for version in documents(world.registry)}
    assert present == set(VersionState) - {VersionState.SUPERSEDED, VersionState.DELETED}
    assert {version.state for version in documents(world.registry, everything=True)} == set(VersionState)


def test_groups_see_their_own_documents_only(world: World) -> None:
    for key in ("red/a.pdf", "blue/a.pdf", "a.pdf"):
        record(world, key, None)
    assert [version.key for version in documents(world.registry, ("red", ""))] == ["a.pdf", "red/a.pdf"]
    assert documents(world.registry, ()) == []
