"""One number moves at a time, and what a dead publisher left is taken back."""

import pytest

from raglite.errors import LeaseLost, ResourceExhausted
from raglite.ingestion import publishing
from raglite.ingestion.indexing import points
from raglite.ingestion.lease import HeldLease
from raglite.ingestion.publishing import publish, withdraw
from raglite.model import Chunk, ChunkKind, DocumentVersion, Filing, VersionState
from raglite.ports import PUBLISH_KEY
from tests.fakes.parser import report
from tests.fakes.services import World
from tests.fakes.watched import Watched, failing

KEY = "a.pdf"


@pytest.fixture
def world() -> World:
    return World()


def held(world: World, key: str = KEY) -> HeldLease:
    lease = world.registry.acquire(key, "task", 60)
    assert lease is not None
    return HeldLease(world.registry, lease, 60)


def write(world: World, version_id: str, key: str = KEY) -> None:
    version = DocumentVersion(key=key, version_id=version_id, state=VersionState.PROCESSING)
    chunk = Chunk(ordinal=0, kind=ChunkKind.PAGE, page=1, text="Revenue", header="")
    world.index.write(points(version, Filing(), [chunk], vectors=None, spec_digest="s"))  # type: ignore[arg-type]  # a whole page asks for no vector


def visible(world: World, key: str = KEY) -> list[str]:
    commit = world.registry.commit_number()
    return [s.point.version_id for s in world.index.stored.values() if s.point.key == key and s.visible(commit)]


def test_publishing_moves_the_number_by_one_and_replaces_what_was_visible(world: World) -> None:
    holder = held(world)
    for number, version in enumerate(("v1", "v2", "v3"), 1):
        write(world, version)
        assert publish(KEY, version, holder, world.services()) == number
        assert visible(world) == [version]


def test_another_documents_versions_are_left_alone(world: World) -> None:
    for key in (KEY, "b.pdf"):
        write(world, "v1", key)
        publish(key, "v1", held(world, key), world.services())
    assert (visible(world), visible(world, "b.pdf")) == (["v1"], ["v1"])


def test_withdrawing_what_is_not_visible_moves_nothing(world: World) -> None:
    write(world, "v1")
    assert withdraw(KEY, held(world), world.services()) is None
    assert world.registry.commit_number() == 0


def test_withdrawing_hides_the_document_at_the_next_number(world: World) -> None:
    write(world, "v1")
    holder = held(world)
    publish(KEY, "v1", holder, world.services())
    assert withdraw(KEY, holder, world.services()) == 2
    assert visible(world) == []
    assert world.index.count(KEY, commit=1) == 1


def test_the_publish_lease_is_given_back_after_a_failure_too(world: World) -> None:
    write(world, "v1")
    index = Watched(world.index, failing("publish", error=LeaseLost("gone")))
    with pytest.raises(LeaseLost):
        publish(KEY, "v1", held(world), world.services(index=index))
    assert world.registry.acquire(PUBLISH_KEY, "next", 1) is not None


def test_a_publisher_whose_turn_ran_out_moves_nothing(world: World) -> None:
    write(world, "v1")
    holder = HeldLease(world.registry, held(world).lease, 600)
    holder.check()

    def sleep(call: str) -> None:
        if call == "advance":
            world.clock.advance(publishing.PUBLISH_SECONDS + 1)

    with pytest.raises(LeaseLost):
        publish(KEY, "v1", holder, world.services(registry=Watched(world.registry, sleep)))
    assert (world.registry.commit_number(), visible(world)) == (0, [])


def test_a_document_of_any_name_is_published(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "PATIENCE_SECONDS", 0.2)
    world.ingest("#publish", report("Orchard Mills, Inc.", 2023, "Revenue was 200 million."))
    assert list(world.states("#publish").values()) == [VersionState.SEARCHABLE]


def test_waiting_for_other_publishers_has_an_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "PATIENCE_SECONDS", 0.2)
    world.registry.acquire(PUBLISH_KEY, "another", 60)
    with pytest.raises(ResourceExhausted, match="try again"):
        withdraw(KEY, held(world), world.services())
