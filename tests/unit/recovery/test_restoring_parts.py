"""What is lost alone is brought back alone, and nothing that was done since the backup is lost with it."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from raglite.errors import ConfigurationError, InvalidRequest, NotFound
from raglite.ingestion.collections import CollectionMoved
from raglite.ingestion.live import work_on_live
from raglite.ingestion.reconciling import reconcile
from raglite.ingestion.synchronize import synchronize
from raglite.model import VersionState
from raglite.ports import Built
from raglite.recovery.restoring.agreement import ANY_AGE
from raglite.recovery.restoring.lost_index import LostIndex
from raglite.recovery.restoring.lost_registry import LostRegistry
from raglite.recovery.restoring.one_document import OneDocument
from raglite.recovery.restoring.rebuilding import Rebuilding
from raglite.recovery.restoring.target import Restored, Target
from tests.fakes.index import FakeIndex, FakeServer
from tests.fakes.services import POLICY
from tests.fakes.watched import Watched
from tests.unit.recovery.estates import BACK, DELETED, PLAIN, REPLACED, Estate, Stores, answer, text


def changed() -> Estate:
    """Return an estate that was backed up and went on: one replaced, one deleted, one new, one erased."""
    estate = Estate().fill()
    estate.back_up()
    estate.world.clock.advance(3600)
    estate.world.ingest(PLAIN, text("plain", 2024, "teal"))
    estate.delete(REPLACED)
    estate.world.ingest("d/new.txt", text("new", 2024, "ivory"))
    estate.world.documents.erase(BACK, estate.world.documents.versions(BACK)[0].version_id)
    estate.look(BACK)
    return estate


def agrees(stores: Stores, estate: Estate) -> bool:
    return not reconcile(stores.services(estate.world), ANY_AGE).findings


UPLOADED = "uploaded/0.txt"


def busy(estate: Estate, stores: Stores) -> Target:
    """Return a target beside which a document is uploaded whenever something is told."""
    numbers = count()

    def upload(_: str) -> None:
        estate.world.upload(f"uploaded/{next(numbers)}.txt", text("uploaded", 2024, "amber"))

    return replace(stores.target(estate.world), told=upload)


def lost_index(estate: Estate) -> tuple[Stores, Restored]:
    stores = replace(estate.stores, server=FakeServer())
    with estate.opened() as backup:
        return stores, LostIndex(backup, busy(estate, stores), "again").run()


def lost_registry(estate: Estate) -> tuple[Stores, Restored]:
    stores = estate.stores.with_registry(estate.world, "w")
    with estate.opened() as backup:
        return stores, LostRegistry(backup, busy(estate, stores)).run()


# --- the registry ----------------------------------------------------------------------------------------------------


def restore_registry(estate: Estate, stores: Stores) -> Restored:
    with estate.opened() as backup:
        return LostRegistry(backup, stores.target(estate.world)).run()


def test_a_lost_registry_goes_on_from_where_the_index_is() -> None:
    estate = changed()
    before, newest = answer(estate.stores.services(estate.world)), estate.world.registry.commit_number()
    stores = estate.stores.with_registry(estate.world, "w")
    done = restore_registry(estate, stores)
    assert done.faults == ()
    assert answer(stores.services(estate.world)) == before
    assert stores.registry.commit_number() >= newest
    assert agrees(stores, estate)
    commits = [one.number for one in stores.registry.changes(0)]
    assert commits == list(range(stores.registry.commit_number(), 0, -1))


def test_a_moment_before_the_backup_is_answered_as_it_was() -> None:
    estate = changed()
    moments = estate.world.registry.times[:5]
    stores = estate.stores.with_registry(estate.world, "w")
    restore_registry(estate, stores)
    assert [stores.registry.commit_at(one) for one in moments] == [
        estate.world.registry.commit_at(one) for one in moments
    ]


def test_a_registry_restored_twice_is_written_once() -> None:
    estate = changed()
    stores = estate.stores.with_registry(estate.world, "w")
    restore_registry(estate, stores)
    records, number = dict(stores.registry.records), stores.registry.commit_number()
    again = restore_registry(estate, stores)
    assert (again.written, again.faults) == ({}, ())
    assert (stores.registry.records, stores.registry.commit_number()) == (records, number)


def test_a_registry_without_an_index_is_refused() -> None:
    estate = changed()
    stores = replace(estate.stores.with_registry(estate.world, "w"), server=FakeServer())
    with pytest.raises(InvalidRequest, match="the index is lost, too"):
        restore_registry(estate, stores)


def test_a_table_of_something_else_is_refused_and_nothing_is_written() -> None:
    estate = changed()
    stores = estate.stores.with_registry(estate.world, "w")
    stores.registry.request("foreign.txt")
    with pytest.raises(InvalidRequest, match=r"holds document#foreign.txt / work, which is not in backup"):
        restore_registry(estate, stores)
    assert stores.registry.records == {}


# --- the index -------------------------------------------------------------------------------------------------------


def test_what_is_told_no_more_of_the_time_since_the_backup_is_noted() -> None:
    estate = changed()
    (note,) = restore_index(estate, replace(estate.stores, server=FakeServer())).notes
    assert "as of a moment between" in note
    untouched = Estate().fill()
    untouched.back_up()
    assert restore_index(untouched, replace(untouched.stores, server=FakeServer())).notes == ()


def test_a_task_that_began_before_the_switch_goes_on_in_the_live_collection() -> None:
    estate = changed()
    task = estate.stores.services(estate.world)
    work_on_live(task)
    assert restore_index(estate, estate.stores).faults == ()
    estate.world.upload("d/after.txt", text("after", 2025, "amber"))
    estate.world.documents.delete(PLAIN)
    for key in ("d/after.txt", PLAIN):
        synchronize(key, task, POLICY)
    live, commit = FakeIndex(estate.stores.server, "again"), estate.world.registry.commit_number()
    assert live.count("d/after.txt", commit=commit) > 0
    assert live.count(PLAIN, commit=commit) == 0


def test_a_switch_while_a_document_is_worked_on_publishes_nothing_in_the_old_collection() -> None:
    estate = changed()
    estate.world.upload("d/after.txt", text("after", 2025, "amber"))

    def switch(call: str) -> None:
        if call == "parse":
            other = FakeIndex(estate.stores.server)
            other.switch(other.create(estate.world.embedder.spec, "another"))

    task = estate.stores.services(estate.world)
    work_on_live(task)
    with pytest.raises(CollectionMoved):
        synchronize("d/after.txt", replace(task, parser=Watched(task.parser, switch)), POLICY)
    assert "d/after.txt" in estate.world.registry.waiting()
    synchronize("d/after.txt", task, POLICY)
    live, commit = FakeIndex(estate.stores.server, "another"), estate.world.registry.commit_number()
    assert live.count("d/after.txt", commit=commit) > 0


def restore_index(estate: Estate, stores: Stores, name: str = "again") -> Restored:
    with estate.opened() as backup:
        return LostIndex(backup, stores.target(estate.world), name).run()


def test_a_lost_index_comes_back_up_to_date_and_live() -> None:
    estate = changed()
    before = answer(estate.stores.services(estate.world))
    stores = replace(estate.stores, server=FakeServer())
    done = restore_index(estate, stores)
    assert done.faults == ()
    assert answer(stores.services(estate.world)) == before
    assert agrees(stores, estate)
    assert stores.registry.roster().live == Built(name="again", spec=estate.world.embedder.spec)
    assert stores.server.aliases["live"] == "again"
    assert estate.world.tasks.woken


@pytest.mark.parametrize("way", [lost_index, lost_registry])
def test_who_goes_on_uploading_keeps_no_restore_from_its_end(way: Callable[[Estate], tuple[Stores, Restored]]) -> None:
    estate = changed()
    before = answer(estate.stores.services(estate.world))
    stores, done = way(estate)
    assert done.faults == ()
    assert set(before) <= set(answer(stores.services(estate.world)))
    assert UPLOADED in {one[0].key for one in estate.world.documents.inventory()}


def test_a_damaged_live_collection_is_left_beside() -> None:
    estate = changed()
    live = estate.world.index.server.aliases["live"]
    estate.world.index.server.collections[live].clear()
    done = restore_index(estate, estate.stores)
    assert done.faults == ()
    assert estate.world.index.server.aliases["live"] == "again"
    assert estate.world.index.server.collections[live] == {}


def test_a_collection_that_is_read_is_not_restored_into() -> None:
    estate = changed()
    live = estate.world.index.server.aliases["live"]
    estate.world.index.server.aliases["somebody"] = "theirs"
    estate.world.index.server.collections["theirs"] = {}
    estate.world.index.server.specs["theirs"] = estate.world.embedder.spec
    with pytest.raises(InvalidRequest, match="somebody leads to the collection theirs"):
        restore_index(estate, estate.stores, "theirs")
    assert estate.world.index.server.aliases["live"] == live


def test_an_index_of_another_model_is_refused() -> None:
    estate = changed()
    other = estate.world.embedder.spec.model_copy(update={"model": "other"})
    object.__setattr__(estate.world.embedder, "_spec", other)
    with pytest.raises(ConfigurationError, match="another embedding spec"):
        restore_index(estate, replace(estate.stores, server=FakeServer()))


# --- one document ----------------------------------------------------------------------------------------------------


def restore_document(estate: Estate, key: str) -> Restored:
    with estate.opened() as backup:
        return OneDocument(backup, estate.stores.target(estate.world), key).run()


def test_a_document_comes_back_as_its_newest_version() -> None:
    estate = changed()
    wanted = next(
        body for (key, _), body in estate.world.documents.bodies.items() if key == REPLACED and b"2022" in body
    )
    done = restore_document(estate, REPLACED)
    newest = estate.world.documents.versions(REPLACED)[0]
    assert done.written["versions"] == 1
    assert estate.world.documents.bodies[REPLACED, newest.version_id] == wanted
    assert REPLACED in estate.world.registry.waiting()
    estate.look(REPLACED)
    assert estate.world.states(REPLACED)[newest.version_id] is VersionState.SEARCHABLE


def test_a_document_that_is_as_it_was_is_left_alone() -> None:
    estate = Estate().fill()
    estate.back_up()
    before = estate.world.documents.versions(PLAIN)
    done = restore_document(estate, PLAIN)
    assert (done.written, estate.world.documents.versions(PLAIN)) == ({}, before)


@pytest.mark.parametrize("key", [DELETED, "none.txt"])
def test_a_document_that_was_not_answered_from_is_not_found(key: str) -> None:
    with pytest.raises(NotFound, match=f"had no answers from {key}"):
        restore_document(changed(), key)


# --- from the documents alone ----------------------------------------------------------------------------------------


def test_registry_and_index_are_rebuilt_from_the_documents_alone() -> None:
    estate = changed()
    before = answer(estate.stores.services(estate.world))
    stores = replace(estate.stores.with_registry(estate.world, "w"), server=FakeServer())
    done = Rebuilding(stores.target(estate.world)).run()
    assert done.faults == ()
    assert answer(stores.services(estate.world)) == before
    assert {"c/bad.txt"} == set(done.mended.quarantined)


def test_a_rebuilding_into_what_is_in_use_is_refused() -> None:
    estate = changed()
    with pytest.raises(InvalidRequest, match="is not empty"):
        Rebuilding(estate.stores.target(estate.world)).run()
    with pytest.raises(InvalidRequest, match="leads to the collection"):
        Rebuilding(estate.stores.with_registry(estate.world, "w").target(estate.world)).run()
