"""A task that finds the index or the registry lost changes nothing, and its key waits on without an attempt."""

import copy
import logging

import pytest

from raglite.ingestion.lease import HeldLease
from raglite.ingestion.pipeline import drain, run
from raglite.ingestion.publishing import take_back, withdraw
from raglite.model import VersionState
from raglite.ports import CollectionMissing, RegistryBehind
from tests.fakes.index import FakeIndex
from tests.fakes.parser import report
from tests.fakes.registry import FakeRegistry
from tests.fakes.services import POLICY, World
from tests.fakes.watched import Watched

OLD = report("Orchard Mills, Inc.", 2022, "Revenue was 100 million.")
NEW = report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.")


@pytest.fixture
def world() -> World:
    made = World()
    made.ingest("a.pdf", OLD)
    made.ingest("b.pdf", OLD)
    return made


def task(world: World, key: str) -> int:
    """Run a task that has just been started."""
    return run(key, world.services(index=FakeIndex(world.index.server)), POLICY)


def lost_registry(world: World) -> None:
    """As Terraform makes it anew: empty."""
    object.__setattr__(world, "registry", FakeRegistry(world.clock))


# --- the index is lost --------------------------------------------------------------------------------------------


def test_the_very_first_task_begins_the_collection() -> None:
    world = World(index=FakeIndex())
    world.index.drop(world.index.name)
    world.upload("a.pdf", OLD)
    assert task(world, "a.pdf") == 0
    assert len(world.index.server.collections) == 1


def test_after_a_loss_of_the_index_no_task_makes_an_empty_one(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.index.drop(world.index.name)
    world.upload("a.pdf", NEW)
    records = dict(world.registry.records)
    with caplog.at_level(logging.ERROR):
        assert task(world, "a.pdf") == 75
    assert world.index.server.collections == {}
    assert (world.registry.waiting(), world.registry.records) == (("a.pdf",), records)
    assert "the collection is gone" in caplog.text


def test_after_a_loss_of_index_and_registry_what_was_parsed_tells_it_from_a_new_installation(world: World) -> None:
    world.index.drop(world.index.name)
    lost_registry(world)
    world.upload("a.pdf", NEW)
    assert task(world, "a.pdf") == 75
    assert world.index.server.collections == {}
    assert world.registry.waiting() == ("a.pdf",)


def test_a_task_at_work_while_the_collection_vanishes_counts_no_attempt(world: World) -> None:
    world.upload("a.pdf", NEW)

    def vanish(call: str) -> None:
        if call == "parse":
            world.index.drop(world.index.name)

    (failure,) = drain("a.pdf", world.services(parser=Watched(world.parser, vanish)), POLICY)
    assert isinstance(failure, CollectionMissing)
    newest = world.documents.versions("a.pdf")[0].version_id
    assert world.registry.records["a.pdf", newest].attempts == 0
    assert world.registry.waiting() == ("a.pdf",)
    world.upload("c.pdf", NEW)
    drain("c.pdf", world.services(), POLICY)
    assert world.states("c.pdf") == {}  # not even begun
    assert world.index.server.collections == {}


# --- the registry is lost, or older than the index ----------------------------------------------------------------


def test_after_a_loss_of_the_registry_no_task_takes_stamps_back(world: World, caplog: pytest.LogCaptureFixture) -> None:
    lost_registry(world)
    stamps = world.index.holdings()
    for key in ("a.pdf", "new.pdf"):
        world.upload(key, NEW)
        assert task(world, key) == 75
        assert isinstance(drain(key, world.services(), POLICY)[0], RegistryBehind)
    assert (world.index.holdings(), world.registry.records) == (stamps, {})
    assert set(world.registry.waiting()) == {"a.pdf", "new.pdf"}
    assert "the registry" in caplog.text or "registry: is older" in caplog.text


def test_with_an_older_registry_nothing_is_published_withdrawn_or_taken_back(world: World) -> None:
    older = copy.copy(world.registry.number) - 2
    world.registry.number = older
    stamps = world.index.holdings()
    lease = world.registry.acquire("a.pdf", "task", 60)
    assert lease is not None
    held = HeldLease(world.registry, lease, 60)
    for change in (
        lambda: take_back(held, world.services(), 30),
        lambda: withdraw("a.pdf", held, world.services(), 30),
    ):
        with pytest.raises(RegistryBehind, match=r"at commit 0, .*docs/how-to/restore\.md"):
            change()
    assert (world.index.holdings(), world.registry.number) == (stamps, older)


def test_what_a_publisher_that_died_left_is_taken_back_as_ever(world: World) -> None:
    world.index.supersede("a.pdf", None, world.registry.number + 1)
    world.upload("b.pdf", NEW)
    assert task(world, "b.pdf") == 0
    assert world.index.count("a.pdf", commit=world.registry.number) > 0


def test_others_who_publish_meanwhile_make_no_registry_old(world: World) -> None:
    """The number was read, then others published twice, then the stamps were looked at."""
    published: list[str] = []

    def publish(call: str) -> None:
        if call == "ahead" and not published:
            for key in ("c.pdf", "d.pdf", "e.pdf"):
                published.append(key)
                world.ingest(key, OLD)

    world.upload("a.pdf", NEW)
    assert drain("a.pdf", world.services(index=Watched(world.index, publish)), POLICY) == []
    assert world.states("a.pdf")[world.documents.versions("a.pdf")[0].version_id] is VersionState.SEARCHABLE
    assert len(published) == 3
