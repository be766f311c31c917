"""What every VectorIndex promises of several collections, and every registry of the roster that names them."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from qdrant_client import QdrantClient, models

from raglite.adapters.qdrant_index import QdrantIndex
from raglite.errors import ConfigurationError, LeaseLost
from raglite.ports import (
    PUBLISH_KEY,
    Built,
    Change,
    CollectionMissing,
    DocumentRegistry,
    Edition,
    Holding,
    Leg,
    Phase,
    Roster,
    SearchRequest,
    VectorIndex,
)
from tests.contracts.test_document_registry import KINDS, acquired, made
from tests.contracts.test_vector_index import A1, A2, KEY, SPEC, point, published, stand_in
from tests.fakes.clock import FakeClock
from tests.fakes.index import FakeIndex
from tests.fakes.local_mode import local_index

CUT = SPEC.model_copy(update={"chunker_version": 2})  # the same space
OTHER = SPEC.model_copy(update={"model": "another"})  # another one
TERM = 30.0

__all__ = ["stand_in"]  # a fixture


class Places:
    """Indexes that reach the same collections, as processes of their own do."""

    def __init__(self, kind: str, request: pytest.FixtureRequest) -> None:
        self.kind = kind
        self.name = f"collections{abs(hash(request.node.name))}"
        self._first = FakeIndex()
        self._client = QdrantClient(":memory:") if kind == "local mode" else None
        self._url = request.getfixturevalue("stand_in") if kind == "stand-in" else None

    def index(self) -> VectorIndex:
        if self._client is not None:
            return local_index(self.name, self._client)
        if self._url is not None:
            return QdrantIndex.connect(self._url, KEY, self.name)
        return FakeIndex(self._first.server)


@pytest.fixture(params=["fake", "local mode", "stand-in"])
def places(request: pytest.FixtureRequest) -> Places:
    return Places(request.param, request)


def texts(index: VectorIndex, commit: int = 9) -> list[str]:
    leg = Leg(np.asarray([1, 0, 0, 0], dtype=np.float32))
    return [one.chunk.text for one in index.search(SearchRequest(legs=(leg,), commit=commit, limit=9))]


def two(places: Places) -> tuple[Built, Built]:
    """Make a live collection and one beside it, each with a text of its own."""
    live = places.index()
    live.begin(SPEC)
    live.prepare(SPEC)
    published(live, A1, 1, "of the first")
    beside = live.create(CUT)
    published(live.beside(beside.name), A1, 1, "of the second")
    first = live.built()
    assert first is not None
    return first, beside


def test_a_collection_beside_the_live_one_is_nobodys_until_it_is_switched_to(places: Places) -> None:
    first, second = two(places)
    reader, stranger = places.index(), places.index()
    reader.serve(SPEC)
    assert (texts(reader), stranger.built()) == (["of the first"], first)
    stranger.switch(second)
    assert (texts(reader), reader.built(), stranger.built()) == (["of the second"], second, second)
    stranger.switch(second)
    stranger.switch(first)
    assert (texts(reader), stranger.built()) == (["of the first"], first)


def test_who_writes_works_on_its_collection_by_name_whatever_is_live(places: Places) -> None:
    first, second = two(places)
    task = places.index()
    task.prepare(SPEC)
    task.switch(second)
    published(task, A2, 2, "written late")
    assert (task.built(), texts(task)) == (first, ["written late"])
    assert texts(places.index()) == ["of the second"]
    with pytest.raises(ConfigurationError, match="another embedding spec"):
        places.index().prepare(SPEC)


def test_who_writes_is_told_that_another_collection_is_live(places: Places) -> None:
    first, second = two(places)
    task, beside = places.index(), places.index().beside(second.name)
    assert not task.strays()
    task.prepare(SPEC)
    assert not task.strays()
    task.switch(second)
    assert (task.strays(), beside.strays()) == (True, False)
    task.switch(first)
    assert not task.strays()


def test_questions_of_another_model_go_to_the_collection_that_they_can_be_compared_with(places: Places) -> None:
    first, _ = two(places)
    before, after = places.index(), places.index()
    before.serve(SPEC)
    with pytest.raises(ConfigurationError, match="another embedding spec"):
        after.serve(OTHER)
    with pytest.raises(ConfigurationError, match="another embedding spec"):
        after.check(OTHER)
    third = places.index().create(OTHER)
    places.index().switch(third)
    after.serve(OTHER)
    assert (before.built(), after.built()) == (first, third)
    before.check(SPEC)
    later = places.index()
    later.serve(CUT)  # restarted meanwhile, or of a release that cuts otherwise
    assert later.built() == first
    with pytest.raises(ConfigurationError):
        later.prepare(CUT)


def test_a_collection_that_is_removed_takes_its_aliases_along(places: Places) -> None:
    first, second = two(places)
    reader = places.index()
    reader.serve(SPEC)
    places.index().switch(second)
    places.index().drop(first.name)
    places.index().drop(first.name)
    gone = places.index().beside(first.name)
    assert (gone.built(), texts(reader)) == (None, ["of the second"])
    if places.kind != "local mode":  # which raises errors of its own about what is not there
        assert gone.holdings() == ()
        with pytest.raises(CollectionMissing):
            gone.discard("a.pdf", "v1")


def test_stamps_are_copied_as_they_are_whatever_was_there(places: Places) -> None:
    index = places.index()
    index.begin(SPEC)
    index.write([point(A1, number, f"text {number}") for number in range(3)])
    for committed, superseded in ((3, 7), (3, None), (None, None), (1, 2)):
        index.stamp(A1, committed, superseded)
        assert index.holdings() == (Holding(A1, committed, superseded, 3),)
    index.stamp(Edition("a.pdf", "v1", 2), 5, None)
    assert index.holdings() == (Holding(A1, 1, 2, 3),)


def test_a_collection_is_made_once_however_often_it_is_asked_for_by_its_name(places: Places) -> None:
    first, second = two(places)
    assert (places.index().create(CUT, second.name), places.index().begin(SPEC)) == (second, first)
    assert texts(places.index().beside(second.name)) == ["of the second"]
    restored = places.index().create(CUT, f"{places.name}-restored")
    assert restored == Built(name=f"{places.name}-restored", spec=CUT)
    with pytest.raises(ConfigurationError, match="another embedding spec"):
        places.index().create(SPEC, restored.name)


def test_a_new_collection_is_none_that_is_answered_from_nor_one_that_holds_anything(places: Places) -> None:
    first, second = two(places)
    another, again = places.index().create(SPEC), places.index().create(SPEC)
    assert another == again  # who made it may have died before anybody knew of it
    assert another.name not in {first.name, second.name}
    assert places.index().create(CUT).name not in {first.name, second.name, another.name}


def test_the_live_collection_may_have_any_name(places: Places) -> None:
    first, _ = two(places)
    restored = places.index().create(SPEC, f"{places.name}-restored")
    published(places.index().beside(restored.name), A1, 1, "of the restored")
    places.index().switch(restored)
    places.index().drop(first.name)
    task, reader = places.index(), places.index()
    task.prepare(SPEC)
    reader.serve(SPEC)
    assert (task.built(), reader.built(), texts(task), texts(reader)) == (
        restored,
        restored,
        *2 * [["of the restored"]],
    )


def test_a_reader_whose_collection_is_gone_refuses_and_goes_on_once_another_is_live(places: Places) -> None:
    first, second = two(places)
    reader = places.index()
    reader.serve(SPEC)
    places.index().drop(first.name)
    with pytest.raises(CollectionMissing):
        reader.check(SPEC)
    if places.kind != "local mode":  # which raises errors of its own about what is not there
        with pytest.raises(CollectionMissing):
            texts(reader)
        with pytest.raises(CollectionMissing):
            reader.ahead(0)
    places.index().switch(second)
    assert texts(reader) == ["of the second"]


def test_an_index_from_before_there_were_several_collections_is_served(stand_in: str) -> None:
    index = QdrantIndex.connect(stand_in, KEY, "early")
    index.begin(SPEC)
    published(index, A1, 1, "of the first")
    server = QdrantClient(url=stand_in, api_key=KEY, check_compatibility=False)
    (alias,) = (one.alias_name for one in server.get_aliases().aliases if one.alias_name.startswith("early-for-"))
    gone = models.DeleteAlias(alias_name=alias)
    server.update_collection_aliases([models.DeleteAliasOperation(delete_alias=gone)])
    reader = QdrantIndex.connect(stand_in, KEY, "early")
    reader.check(CUT)
    reader.serve(CUT)
    assert texts(reader) == ["of the first"]


def test_while_collections_are_switched_each_question_is_answered_by_exactly_one(stand_in: str) -> None:
    index = QdrantIndex.connect(stand_in, KEY, "switched")
    index.begin(SPEC)
    published(index, A1, 1, "of the first")
    second = index.create(CUT)
    published(index.beside(second.name), A1, 1, "of the second")
    first = index.built()
    assert first is not None
    enough, found = threading.Event(), list[list[str]]()

    def ask(_: int) -> None:
        reader = QdrantIndex.connect(stand_in, KEY, "switched")
        reader.serve(SPEC)
        while not enough.is_set():
            found.append(texts(reader))

    with ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(ask, number) for number in range(3)]
        for _ in range(100):
            index.switch(second)
            index.switch(first)
        enough.set()
        for one in asking:
            one.result(20)
    assert {tuple(one) for one in found} == {("of the first",), ("of the second",)}


# --- the roster ---------------------------------------------------------------------------------------------------


@pytest.fixture(params=KINDS)
def registry(request: pytest.FixtureRequest) -> Iterator[DocumentRegistry]:
    with made(request.param, FakeClock()) as one:
        yield one


LIVE, BESIDE = Built(name="first", spec=SPEC), Built(name="second", spec=CUT)


def test_a_roster_follows_the_one_before_it_or_is_refused(registry: DocumentRegistry) -> None:
    assert registry.roster() == Roster()
    first = Roster().next(live=LIVE, beside=BESIDE, phase=Phase.BUILDING, owner="one")
    registry.enroll(first)
    for stale in (first, Roster().next(), first.next().next()):
        with pytest.raises(LeaseLost):
            registry.enroll(stale)
    registry.enroll(first.switched())
    assert registry.roster() == first.switched()
    assert (registry.roster().live, registry.roster().beside, registry.roster().phase) == (BESIDE, LIVE, Phase.KEPT)


def test_a_roster_is_written_under_a_lease_that_is_held_or_not_at_all(registry: DocumentRegistry) -> None:
    lease = acquired(registry, PUBLISH_KEY)
    registry.abandon(lease)
    acquired(registry, PUBLISH_KEY, "another")
    with pytest.raises(LeaseLost):
        registry.enroll(Roster().next(live=LIVE), lease)
    assert registry.roster() == Roster()


def test_each_commit_tells_which_key_it_changed(registry: DocumentRegistry) -> None:
    lease = acquired(registry, PUBLISH_KEY)
    for expected, key in enumerate(("a.pdf", "é 财.pdf", None)):
        registry.advance(lease, expected, key)
    assert registry.changes(1) == (Change(3, None), Change(2, "é 财.pdf"))
    assert registry.changes(0)[-1] == Change(1, "a.pdf")
    assert registry.changes(3) == ()


def test_what_is_removed_is_removed_from_the_collection_beside_unless_that_is_going() -> None:
    by_phase = {phase: Roster(live=LIVE, beside=BESIDE, phase=phase).followers for phase in Phase}
    assert by_phase == {phase: () if phase is Phase.DROPPING else (BESIDE,) for phase in Phase}
    assert Roster(live=LIVE).followers == ()
