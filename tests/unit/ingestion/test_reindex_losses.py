"""What the live collection has lost is not lost in the other one, whichever way is gone."""

from collections.abc import Callable
from typing import Any

import pytest

from raglite.ports import CollectionMissing
from raglite.retrieval.query import query
from raglite.retrieval.requests import Question
from raglite.retrieval.wholeness import PointsLost
from tests.fakes.embedder import SPEC
from tests.fakes.services import ANALYST, World
from tests.unit.ingestion.two_collections import CUT, KEYS, Release, built, digest, history, states, text

Damage = Callable[[World, Any], None]


def a_point(world: World, spec: Any) -> None:
    stored, commit = world.index.beside(built(world, spec).name).stored, world.registry.number
    del stored[next(one for one, stamped in stored.items() if stamped.visible(commit))]


def a_document(world: World, spec: Any) -> None:
    for version in world.documents.versions(KEYS[2]):
        world.index.beside(built(world, spec).name).discard(KEYS[2], version.version_id)


def what_was_replaced(world: World, spec: Any) -> None:
    first = world.documents.versions(KEYS[0])[-1].version_id
    world.index.beside(built(world, spec).name).discard(KEYS[0], first)


def every_point(world: World, spec: Any) -> None:
    world.index.beside(built(world, spec).name).stored = {}


def the_collection(world: World, spec: Any) -> None:
    world.index.drop(built(world, spec).name)


DAMAGES = [a_point, a_document, what_was_replaced, every_point, the_collection]
damages = pytest.mark.parametrize("damage", DAMAGES, ids=[one.__name__ for one in DAMAGES])


@pytest.fixture
def old() -> Release:
    release = Release(World(), SPEC)
    history(release)
    return release


def documents(release: Release) -> set[str]:
    asked = Question(query="What is the seal like, all over?", top_k=50)
    return {one.document.key for one in query(asked, release.service(), ANALYST).results}


@damages
def test_from_a_damaged_live_collection_one_goes_back_to_a_kept_one_that_is_whole(old: Release, damage: Damage) -> None:
    before, answered = (states(old.world, SPEC), digest(old.world, SPEC)), documents(old)
    new = Release(old.world, CUT)
    new.reindex()
    damage(old.world, CUT)
    if damage is not what_was_replaced:
        with pytest.raises((PointsLost, CollectionMissing)):
            documents(new)
    done = new.reindexer().back()  # it has the other model: nothing is there for it to build
    assert (done.switched, done.faults) == (True, ())
    assert (states(old.world, SPEC), digest(old.world, SPEC)) == before
    assert documents(old) == answered


@damages
def test_what_was_published_since_and_lost_is_built_by_the_release_that_is_gone_back_to(
    old: Release, damage: Damage
) -> None:
    new = Release(old.world, CUT)
    new.reindex()
    new.ingest(KEYS[2], text("plain", 2024, "teal"))
    new.ingest("d/new.pdf", text("new", 2024, "teal"))
    new.delete(KEYS[4])
    expected = states(old.world, CUT)
    damage(old.world, CUT)
    done = old.reindexer().back()
    assert (done.switched, done.faults) == (True, ())
    shown = {name for name, (_, superseded) in expected.items() if superseded is None}
    found = states(old.world, SPEC)
    assert {name for name, (_, superseded) in found.items() if superseded is None} == shown
    assert found.items() >= {name: stamps for name, stamps in expected.items() if name in shown}.items()
    assert documents(old) == {KEYS[0], KEYS[2], KEYS[3], "d/new.pdf"}


def test_what_cannot_be_built_is_a_fault_and_not_gone_back_without(old: Release) -> None:
    new = Release(old.world, CUT)
    new.reindex()
    new.ingest("d/new.pdf", text("new", 2024, "teal"))
    a_document(old.world, CUT)
    every_point(old.world, CUT)
    done = new.reindexer().back()
    assert (done.switched, [fault.partition(":")[0] for fault in done.faults]) == (False, ["d/new.pdf"])


@pytest.mark.parametrize("damage", [a_point, a_document, every_point], ids=lambda one: one.__name__)
def test_a_new_collection_is_whole_though_the_live_one_is_not(old: Release, damage: Damage) -> None:
    answered = documents(old)
    damage(old.world, SPEC)
    with pytest.raises(PointsLost):
        documents(old)
    new = Release(old.world, CUT)
    done = new.reindex()
    assert (done.switched, done.faults) == (True, ())
    assert documents(new) == answered


def test_what_is_erased_is_gone_from_both_whatever_was_lost(old: Release) -> None:
    new = Release(old.world, CUT)
    new.reindex()
    every_point(old.world, CUT)
    new.erase(KEYS[2], old.world.documents.versions(KEYS[2])[0].version_id)
    assert old.reindexer().back().switched
    assert not [one for one in states(old.world, SPEC) if one.startswith(KEYS[2])]
