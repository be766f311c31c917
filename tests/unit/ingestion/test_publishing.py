"""One number moves at a time, and what a dead publisher left is taken back."""

import pytest

from raglite.errors import DependencyUnavailable, LeaseLost, ResourceExhausted
from raglite.ingestion.indexing import points
from raglite.ingestion.lease import HeldLease
from raglite.ingestion.publishing import publish, withdraw
from raglite.model import Chunk, ChunkKind, Filing, VersionState
from raglite.ports import PUBLISH_KEY, Edition
from tests.fakes.parser import report
from tests.fakes.services import World
from tests.fakes.watched import Watched, failing

KEY = "a.pdf"
TURN = 30  # seconds


@pytest.fixture
def world() -> World:
    return World()


def held(world: World, key: str = KEY) -> HeldLease:
    lease = world.registry.acquire(key, "task", 60)
    assert lease is not None
    return HeldLease(world.registry, lease, 60)


def write(world: World, version_id: str, key: str = KEY) -> None:
    chunk = Chunk(ordinal=0, kind=ChunkKind.PAGE, page=1, text="Revenue", header="")
    world.index.write(points(Edition(key, version_id, 1), Filing(), [chunk], vectors=None, spec_digest="s"))  # type: ignore[arg-type]  # a whole page asks for no vector


def visible(world: World, key: str = KEY) -> list[str]:
    commit = world.registry.commit_number()
    return [s.point.version_id for s in world.index.stored.values() if s.point.key == key and s.visible(commit)]


def test_publishing_moves_the_number_by_one_and_replaces_what_was_visible(world: World) -> None:
    holder = held(world)
    for number, version in enumerate(("v1", "v2", "v3"), 1):
        write(world, version)
        assert publish(Edition(KEY, version, 1), 1, holder, world.services(), TURN) == number
        assert visible(world) == [version]


def test_another_documents_versions_are_left_alone(world: World) -> None:
    for key in (KEY, "b.pdf"):
        write(world, "v1", key)
        publish(Edition(key, "v1", 1), 1, held(world, key), world.services(), TURN)
    assert (visible(world), visible(world, "b.pdf")) == (["v1"], ["v1"])


def test_withdrawing_what_is_not_visible_moves_nothing(world: World) -> None:
    write(world, "v1")
    assert withdraw(KEY, held(world), world.services(), TURN) is None
    assert world.registry.commit_number() == 0


def test_withdrawing_hides_the_document_at_the_next_number(world: World) -> None:
    write(world, "v1")
    holder = held(world)
    publish(Edition(KEY, "v1", 1), 1, holder, world.services(), TURN)
    assert withdraw(KEY, holder, world.services(), TURN) == 2
    assert visible(world) == []
    assert world.index.count(KEY, commit=1) == 1


def test_an_edition_of_which_points_are_missing_is_not_published(world: World) -> None:
    write(world, "v1")
    publish(Edition(KEY, "v1", 1), 1, held(world), world.services(), TURN)
    write(world, "v2")
    world.clock.advance(61)
    with pytest.raises(DependencyUnavailable, match="1 instead of 2 points"):
        publish(Edition(KEY, "v2", 1), 2, held(world), world.services(), TURN)
    assert (world.registry.commit_number(), visible(world)) == (1, ["v1"])


def test_the_publish_lease_is_given_back_after_a_failure_too(world: World) -> None:
    write(world, "v1")
    index = Watched(world.index, failing("publish", error=LeaseLost("gone")))
    with pytest.raises(LeaseLost):
        publish(Edition(KEY, "v1", 1), 1, held(world), world.services(index=index), TURN)
    assert world.registry.acquire(PUBLISH_KEY, "next", 1) is not None


def test_a_publisher_whose_turn_ran_out_moves_nothing(world: World) -> None:
    write(world, "v1")
    holder = HeldLease(world.registry, held(world).lease, 600)
    holder.check()

    def sleep(call: str) -> None:
        if call == "advance":
            world.clock.advance(TURN + 1)

    with pytest.raises(LeaseLost):
        publish(Edition(KEY, "v1", 1), 1, holder, world.services(registry=Watched(world.registry, sleep)), TURN)
    assert (world.registry.commit_number(), visible(world)) == (0, [])


def test_a_document_of_any_name_is_published(world: World) -> None:
    world.ingest("#publish", report("Orchard Mills, Inc.", 2023, "Revenue was 200 million."))
    assert list(world.states("#publish").values()) == [VersionState.SEARCHABLE]


def test_waiting_for_other_publishers_has_an_end(world: World) -> None:
    world.registry.acquire(PUBLISH_KEY, "another", 60)
    with pytest.raises(ResourceExhausted, match="try again"):
        withdraw(KEY, held(world), world.services(), seconds=0.1)
