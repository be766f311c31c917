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
    filing = Filing(company=company)
    uploaded = world.clock.now()
    world.registry.record(DocumentVersion(key=key, version_id=version, state=state, filing=filing, uploaded=uploaded))


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


def test_names_are_those_of_searchable_documents_in_the_groups(world: World) -> None:
    record(world, "red/a.pdf", "Orchard Mills, Inc.")
    record(world, "red/b.pdf", "Orchard Mills, Inc.")
    record(world, "blue/c.pdf", "Harbor Lines, Inc.")
    record(world, "d.pdf", "Quarry Stone, Inc.")
    record(world, "red/e.pdf", "Gone, Inc.", VersionState.DELETED)
    record(world, "red/f.pdf", None)
    catalog = Catalog(world.registry, world.clock)
    assert catalog.directory(0, None).companies == ("Harbor Lines, Inc.", "Orchard Mills, Inc.", "Quarry Stone, Inc.")
    assert catalog.directory(0, ("red",)).companies == ("Orchard Mills, Inc.",)
    assert catalog.directory(0, ("",)).companies == ("Quarry Stone, Inc.",)
    assert catalog.directory(0, ()).companies == ()


def test_names_are_listed_again_only_after_a_change_and_a_while(world: World) -> None:
    calls: list[str] = []
    catalog = Catalog(Watched(world.registry, calls.append), world.clock)
    assert catalog.directory(0, None).companies == ()
    record(world, "a.pdf", "Orchard Mills, Inc.")
    world.clock.advance(59)
    assert catalog.directory(0, None).companies == ()
    assert catalog.directory(1, None).companies == ("Orchard Mills, Inc.",)
    record(world, "b.pdf", "Harbor Lines, Inc.")
    assert catalog.directory(2, None).companies == ("Orchard Mills, Inc.",)
    world.clock.advance(5)
    assert catalog.directory(2, None).companies == ("Harbor Lines, Inc.", "Orchard Mills, Inc.")
    assert calls == ["documents"] * 3


def test_a_record_that_came_after_its_commit_is_seen_within_a_minute(world: World) -> None:
    catalog = Catalog(world.registry, world.clock)
    assert catalog.versions(1, None) == ()
    record(world, "a.pdf", "Orchard Mills, Inc.")
    assert catalog.versions(1, None) == ()
    world.clock.advance(60)
    assert [version.key for version in catalog.versions(1, None)] == ["a.pdf"]


def test_questions_go_on_with_the_known_names_while_they_are_listed_anew(world: World) -> None:
    record(world, "a.pdf", "Orchard Mills, Inc.")
    listing, may_go_on = threading.Event(), threading.Event()

    def hold(_: str) -> None:
        if listing_again:
            listing.set()
            assert may_go_on.wait(10)

    listing_again: list[bool] = []
    catalog = Catalog(Watched(world.registry, hold), world.clock)
    catalog.directory(0, None)
    listing_again.append(True)
    record(world, "b.pdf", "Harbor Lines, Inc.")
    world.clock.advance(60)
    slow: list[tuple[str, ...]] = []
    thread = threading.Thread(target=lambda: slow.append(catalog.directory(1, None).companies))
    thread.start()
    assert listing.wait(10)
    assert catalog.directory(1, None).companies == ("Orchard Mills, Inc.",)
    may_go_on.set()
    thread.join(10)
    assert slow == [("Harbor Lines, Inc.", "Orchard Mills, Inc.")]


def test_a_failed_listing_is_tried_again(world: World) -> None:
    record(world, "a.pdf", "Orchard Mills, Inc.")
    left = [1]

    def fail(_: str) -> None:
        if left.pop() if left else 0:
            raise ConnectionError

    catalog = Catalog(Watched(world.registry, fail), world.clock)
    with pytest.raises(ConnectionError):
        catalog.directory(0, None)
    assert catalog.directory(0, None).companies == ("Orchard Mills, Inc.",)


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
