"""A question is refused where the index has lost what the registry says was published, and only there."""

from collections.abc import Iterable

import pytest

from raglite.errors import DependencyUnavailable
from raglite.ingestion.synchronize import synchronize
from raglite.model import DocumentVersion
from raglite.ports import CollectionMissing, RegistryBehind, Services
from raglite.retrieval.figures.finder import FigureRequest
from raglite.retrieval.figures.query import FigureQuery
from raglite.retrieval.query import Retriever
from raglite.retrieval.requests import Question
from raglite.retrieval.wholeness import MOST_SUSPECTS, PointsLost
from tests.fakes.parser import report
from tests.fakes.services import ANALYST, POLICY, World
from tests.fakes.watched import Watched

ALL = Question(query="What was revenue?", top_k=50)
LOOKED_AT_ALL = {"count", "shown", "holdings", "ahead", "built"}


@pytest.fixture
def world() -> World:
    made = World()
    for number in range(4):
        made.ingest(f"{number}.pdf", report(f"Orchard {number}, Inc.", 2022, f"Revenue was {number} million.", "Debt."))
    return made


def lose(world: World, keys: Iterable[str], points: int | None = None) -> None:
    for key in keys:
        held = [identity for identity, one in world.index.stored.items() if one.point.key == key]
        for identity in held[:points]:
            del world.index.stored[identity]


def found(retriever: Retriever, question: Question = ALL) -> int:
    """Ask, and return how many documents are cited."""
    return len({one.document.key for one in retriever.query(question, ANALYST).results})


def ask(world: World, services: Services | None = None) -> int:
    return found(Retriever(services or world.services()))


# --- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("points", [None, 1], ids=["all of them", "one of them"])
def test_a_document_whose_points_are_lost_is_no_unknown_one(world: World, points: int | None) -> None:
    assert ask(world) == 4
    lose(world, ["1.pdf", "2.pdf"], points)
    with pytest.raises(PointsLost, match=r"points of 2 documents are lost.* docs/how-to/restore\.md"):
        ask(world)


def test_a_service_that_runs_refuses_within_a_second_and_goes_on_once_all_is_there_again(world: World) -> None:
    retriever = Retriever(world.services())
    found(retriever)
    kept = dict(world.index.stored)
    lose(world, ["1.pdf"])
    world.clock.advance(1)
    for _ in range(2):
        with pytest.raises(PointsLost, match="points of 1 document are lost"):
            found(retriever)
    world.index.stored = kept
    world.clock.advance(1)
    assert found(retriever) == 4


def test_a_figure_is_refused_as_a_question_is(world: World) -> None:
    retriever = Retriever(world.services())
    figures = FigureQuery(world.services(), retriever.catalog, retriever.figures, retriever.wholeness)
    lose(world, ["1.pdf"])
    with pytest.raises(PointsLost):
        figures.answer(FigureRequest(company="Orchard 1", metric="revenue"), ANALYST)


def test_of_many_that_are_lost_a_few_are_looked_at(world: World) -> None:
    keys = [f"many/{number}.pdf" for number in range(MOST_SUSPECTS + 1)]
    for key in keys:
        world.ingest(key, report("Harbor Lines, Inc.", 2022, "Debt was 1."))
    lose(world, keys)
    calls: list[str] = []
    with pytest.raises(PointsLost, match=f"at least {MOST_SUSPECTS} documents"):
        ask(world, world.services(registry=Watched(world.registry, calls.append)))
    assert (calls.count("history"), calls.count("work")) == (2 * MOST_SUSPECTS, 1)


def test_a_live_collection_that_somebody_else_began_anew_is_refused(world: World) -> None:
    world.index.switch(world.index.create(world.embedder.spec, "empty"))
    world.index.prepare(world.embedder.spec)
    with pytest.raises(PointsLost, match="points of 4 documents"):
        ask(world)


def test_a_collection_that_is_gone_is_refused_from_the_next_question_on_until_one_is_live(world: World) -> None:
    services = world.services()
    services.index.serve(world.embedder.spec)
    retriever = Retriever(services)
    found(retriever)
    server, spec = world.index.server, world.embedder.spec
    (name,) = server.collections
    kept = server.collections[name]
    world.index.drop(name)
    with pytest.raises(CollectionMissing):
        found(retriever)
    restored = world.index.create(spec, "restored")
    server.collections["restored"] = kept
    world.index.switch(restored)
    assert found(retriever) == 4


@pytest.mark.parametrize("number", [0, 1])
def test_a_registry_that_is_older_than_the_index_answers_nothing(world: World, number: int) -> None:
    retriever = Retriever(world.services())
    moment = world.clock.now().isoformat()
    world.clock.advance(1)
    found(retriever)
    records, world.registry.number = dict(world.registry.records), number
    world.registry.records.clear()
    world.clock.advance(1)
    for question in (ALL, ALL.model_copy(update={"as_of": moment})):
        with pytest.raises(RegistryBehind, match=f"at commit {number}, .* docs/how-to/restore"):
            found(retriever, question)
    world.registry.number = 4
    world.registry.records |= records
    world.clock.advance(61)
    assert found(retriever) == 4


def test_what_a_publisher_that_died_left_is_no_older_registry(world: World) -> None:
    world.index.supersede("1.pdf", None, world.registry.number + 1)
    assert ask(world) == 4


def test_nobody_abstains_on_a_look_from_before_the_question(world: World) -> None:
    """A look is good for a second; that there is nothing is not said on it."""
    retriever = Retriever(world.services())
    figures = FigureQuery(world.services(), retriever.catalog, retriever.figures, retriever.wholeness)
    found(retriever)
    lose(world, [f"{number}.pdf" for number in range(4)])
    assert found(retriever) == 0  # in the same moment: nothing tells what was first
    world.clock.advance(0.5)
    with pytest.raises(PointsLost):
        found(retriever)
    world.clock.advance(0.5)
    with pytest.raises(PointsLost):
        figures.answer(FigureRequest(company="Orchard 1", metric="revenue"), ANALYST)


# --- what is not --------------------------------------------------------------------------------------------------


def test_a_key_that_waits_or_is_worked_on_is_not_lost(world: World) -> None:
    lose(world, ["1.pdf"])
    world.registry.request("1.pdf")
    assert ask(world) == 3
    lease = world.registry.acquire("1.pdf", "task", 60)
    assert lease is not None
    world.registry.work_items["1.pdf"].requested = None
    assert ask(world) == 3
    world.registry.abandon(lease)
    with pytest.raises(PointsLost):
        ask(world)


def test_of_an_earlier_date_only_what_was_never_seen_is_missing(world: World) -> None:
    lose(world, ["1.pdf"])
    moment = world.clock.now().isoformat()
    world.clock.advance(1)
    asked = ALL.model_copy(update={"as_of": moment})
    assert found(Retriever(world.services()), asked) == 3


def test_what_one_has_lost_is_found_though_another_has_more(world: World) -> None:
    """The sum may be right by chance, but not for longer than the records are a moment old."""
    retriever = Retriever(world.services())
    found(retriever)
    lose(world, ["1.pdf"], 1)
    world.ingest("new.pdf", report("Harbor Lines, Inc.", 2022, "Debt was 1.", "Debt was 2."))
    world.clock.advance(5)
    with pytest.raises(PointsLost, match="points of 1 document"):
        found(retriever)


def test_a_version_that_was_replaced_since_the_records_were_listed_is_not_lost(world: World) -> None:
    retriever = Retriever(world.services())
    found(retriever)
    world.ingest("1.pdf", report("Orchard 1, Inc.", 2023, "Less."))
    world.clock.advance(1)
    assert "1.pdf" in {one.document.key for one in retriever.query(ALL, ANALYST).results}


# --- what it costs ------------------------------------------------------------------------------------------------


def test_where_all_is_there_it_costs_one_count_a_second_and_no_more_of_the_registry(world: World) -> None:
    index_calls: list[str] = []
    registry_calls: list[str] = []
    services = world.services(
        index=Watched(world.index, index_calls.append), registry=Watched(world.registry, registry_calls.append)
    )
    retriever = Retriever(services)
    found(retriever)
    assert [call for call in index_calls if call in LOOKED_AT_ALL] == ["ahead", "count"]
    index_calls.clear()
    registry_calls.clear()
    for _ in range(3):
        world.clock.advance(1)
        for _ in range(5):
            found(retriever)
    assert [call for call in index_calls if call in LOOKED_AT_ALL] == ["count"] * 3
    assert registry_calls == ["commit_number"] * 3
    world.ingest("new.pdf", report("Harbor Lines, Inc.", 2022, "Debt was 1."))
    index_calls.clear()
    world.clock.advance(5)
    found(retriever)
    assert [call for call in index_calls if call in LOOKED_AT_ALL] == ["ahead", "count"]


def test_an_index_that_does_not_answer_is_asked_again_by_the_next_question(world: World) -> None:
    left = [1]

    def refuse(call: str) -> None:
        if call == "count" and left[0]:
            left[0] -= 1
            raise DependencyUnavailable("Fake", "it did not answer.")

    retriever = Retriever(world.services(index=Watched(world.index, refuse)))
    with pytest.raises(DependencyUnavailable, match="did not answer"):
        found(retriever)
    assert found(retriever) == 4


def test_a_record_that_is_short_of_a_reindexed_collection_is_held_against_that_one(world: World) -> None:
    record: DocumentVersion = world.registry.records["1.pdf", "v2"]
    spec = world.embedder.spec.digest
    written = record.model_copy(update={"chunks": 99, "chunks_by_spec": {spec: record.chunks}})
    world.registry.records["1.pdf", "v2"] = written
    assert ask(world) == 4
    synchronize("1.pdf", world.services(), POLICY)
    assert world.registry.records["1.pdf", "v2"] == written
