"""Each indexing of a version that is published is an edition of its own: the past stays, and repair is one step."""

import pytest

from raglite.errors import DependencyUnavailable, LeaseLost
from raglite.model import VersionState, Window
from raglite.ports import Edition
from tests.fakes.services import POLICY, World
from tests.fakes.watched import Watched, failing
from tests.unit.ingestion.one_key import KEY, NEW, OLD, found, record, sync, upload, visible


@pytest.fixture
def world() -> World:
    return World()


def shown(world: World, commit: int) -> set[Edition]:
    return {held.edition for held in world.index.holdings(KEY) if held.visible(commit)}


def undelete(world: World) -> None:
    world.documents.erase(KEY, world.documents.versions(KEY)[0].version_id)
    sync(world)


def test_a_document_that_comes_back_is_still_found_as_of_before_its_deletion(world: World) -> None:
    version = upload(world, NEW)
    sync(world)
    world.documents.delete(KEY)
    sync(world)
    undelete(world)
    first, second = Edition(KEY, version, 1), Edition(KEY, version, 2)
    assert [shown(world, commit) for commit in range(4)] == [set(), {first}, set(), {second}]
    again = record(world, version)
    assert (again.edition, again.committed, again.superseded) == (2, 3, None)
    assert again.earlier == (Window(committed=1, superseded=2),)
    assert [again.in_force(commit) for commit in range(4)] == [False, True, False, True]


def test_the_past_is_right_although_nobody_recorded_when_the_document_was_hidden(world: World) -> None:
    version = upload(world, NEW)
    sync(world)
    world.documents.delete(KEY)
    with pytest.raises(DependencyUnavailable):
        sync(world, registry=Watched(world.registry, failing("record")))
    world.registry.request(KEY)
    undelete(world)
    assert [record(world, version).in_force(commit) for commit in range(4)] == [False, True, False, True]


def test_a_version_whose_points_were_lost_is_replaced_by_a_whole_edition_at_one_commit(world: World) -> None:
    version = upload(world, NEW)
    sync(world)
    world.index.stored.pop(next(iter(world.index.stored)))
    world.parser.version = "2"
    seen: list[set[Edition]] = []

    def look(_: str) -> None:
        seen.append(shown(world, world.registry.commit_number()))

    sync(world, index=Watched(world.index, look, look))
    first, second = Edition(KEY, version, 1), Edition(KEY, version, 2)
    assert set(map(frozenset, seen)) == {frozenset({first}), frozenset({second})}
    assert record(world, version).chunks == world.index.count(KEY, version, world.registry.commit_number())
    assert [record(world, version).in_force(commit) for commit in (0, 1, 2)] == [False, True, True]


def test_an_attempt_that_failed_uses_up_no_edition_and_its_vectors_are_taken_over(world: World) -> None:
    version = upload(world, NEW)
    with pytest.raises(DependencyUnavailable):
        sync(world, index=Watched(world.index, failing("publish")))
    sync(world)
    done = record(world, version)
    assert (done.edition, done.embeddings_computed) == (1, 0)
    assert shown(world, 1) == {Edition(KEY, version, 1)}


def test_a_version_that_was_published_and_not_recorded_is_recorded_and_not_indexed_again(world: World) -> None:
    version = upload(world, NEW)
    sync(world)
    known = record(world, version).model_copy(update={"state": VersionState.PROCESSING, "committed": None})
    world.registry.records[KEY, version] = known
    other = world.ingest("b.pdf", OLD)
    world.registry.request(KEY)
    sync(world)
    done = record(world, version)
    assert (done.state, done.committed, done.edition) == (VersionState.SEARCHABLE, 1, 1)
    assert world.parser.parsed == [KEY, other.key]


# --- what only a fault of ours, or somebody's hand, can bring about -----------------------------------------------


def test_of_two_versions_that_are_visible_at_once_the_newer_stays(world: World) -> None:
    old = upload(world, OLD)
    sync(world)
    new = upload(world, NEW)
    sync(world)
    for stamped in world.index.stored.values():
        stamped.superseded = None
    assert visible(world) == {old, new}
    sync(world)
    assert visible(world) == {new}
    assert world.parser.parsed == [KEY, KEY]


def test_points_of_versions_that_neither_bucket_nor_registry_know_are_removed(world: World) -> None:
    version = upload(world, NEW)
    sync(world)
    del world.registry.records[KEY, version]
    world.documents.erase(KEY, version)
    sync(world)
    assert (world.index.holdings(KEY), world.registry.history(KEY)) == ((), ())


def test_a_quarantined_version_is_not_answered_from(world: World) -> None:
    old = upload(world, OLD)
    sync(world)
    new = upload(world, NEW)
    sync(world)
    known = record(world, new).model_copy(update={"state": VersionState.QUARANTINED, "reason": "unreadable"})
    world.registry.records[KEY, new] = known
    sync(world)
    assert visible(world) == {old}
    assert found(world.services())[0] == "Revenue was 100 million."


def test_points_that_nobody_published_are_swept_away(world: World) -> None:
    upload(world, NEW)
    with pytest.raises(DependencyUnavailable):
        sync(world, index=Watched(world.index, failing("publish")))
    world.documents.delete(KEY)
    sync(world)
    assert world.index.holdings(KEY) == ()


def test_stamps_of_a_publisher_that_died_are_taken_back_although_nothing_is_to_be_published(world: World) -> None:
    old = upload(world, OLD)
    sync(world)
    new = upload(world, NEW)
    with pytest.raises(DependencyUnavailable):
        sync(world, registry=Watched(world.registry, failing("advance")))
    world.documents.erase(KEY, new)
    sync(world)
    assert {(held.edition.version_id, held.committed, held.superseded) for held in world.index.holdings(KEY)} == {
        (old, 1, None)
    }


def test_points_that_a_late_task_swept_away_are_missed_before_anybody_sees_it(world: World) -> None:
    old = upload(world, OLD)
    sync(world)
    new = upload(world, NEW)
    swept: list[str] = []

    def sweep(call: str) -> None:
        if call == "rollback" and not swept:
            swept.append(call)
            world.index.sweep(KEY)

    with pytest.raises(DependencyUnavailable, match="0 instead of"):
        sync(world, index=Watched(world.index, sweep))
    assert visible(world) == {old}
    sync(world)
    assert visible(world) == {new}


def test_a_registry_that_was_lost_is_written_anew_from_bucket_and_index(world: World) -> None:
    old = upload(world, OLD)
    sync(world)
    new = upload(world, NEW)
    sync(world)
    world.registry.records.clear()
    sync(world)
    assert world.states(KEY) == {old: VersionState.SUPERSEDED, new: VersionState.SEARCHABLE}
    assert (visible(world), record(world, new).embeddings_computed) == ({new}, 0)


# --- how a version ended ------------------------------------------------------------------------------------------


def test_a_record_says_what_ended_its_version(world: World) -> None:
    first = upload(world, OLD)
    sync(world)
    second = upload(world, NEW)
    sync(world)
    assert (record(world, first).reason, record(world, first).superseded) == ("replaced", 2)
    assert second in str(record(world, first).reason_sentence)
    world.documents.delete(KEY)
    sync(world)
    assert (record(world, second).reason, record(world, second).state) == ("delete_marker", VersionState.DELETED)
    world.documents.erase(KEY, first)
    sync(world)
    assert (record(world, first).reason, record(world, first).state) == ("erased", VersionState.DELETED)
    undelete(world)
    assert (record(world, second).reason, record(world, second).state) == (None, VersionState.SEARCHABLE)


def test_a_version_erased_for_good_leaves_no_pages_and_no_figures(world: World) -> None:
    version = upload(world, NEW)
    sync(world)
    assert (KEY, version) in world.documents.parsed
    world.documents.erase(KEY, version)
    sync(world)
    assert (world.documents.parsed, world.documents.figures) == ({}, {})


def test_a_late_task_leaves_no_pages_of_a_version_that_was_erased_meanwhile(world: World) -> None:
    version = upload(world, NEW)
    slept: list[str] = []

    def oversleep(_: str) -> None:
        if not slept:
            slept.append(version)
            world.clock.advance(POLICY.lease_seconds + 1)
            world.documents.erase(KEY, version)
            sync(world)

    with pytest.raises(LeaseLost):
        sync(world, parser=Watched(world.parser, after=oversleep))
    assert (slept, world.documents.parsed, world.documents.figures) == ([version], {}, {})


def test_a_deleted_version_is_hidden_before_its_successor_is_read(world: World) -> None:
    upload(world, OLD)
    sync(world)
    world.documents.delete(KEY)
    upload(world, NEW)
    seen: list[set[str]] = []
    sync(world, parser=Watched(world.parser, lambda _: seen.append(visible(world))))
    assert seen == [set()]
