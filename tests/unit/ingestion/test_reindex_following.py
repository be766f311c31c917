"""A reindex among tasks that hold keys, processes that overslept, and a registry that fails to answer."""

from dataclasses import replace
from typing import Any

import pytest

from raglite.errors import DependencyUnavailable, ResourceExhausted
from raglite.ingestion.reindex.building import PATIENCE
from raglite.ingestion.reindex.claim import Claim
from raglite.ingestion.synchronize import synchronize
from raglite.model import EmbeddingSpec
from raglite.ports import CollectionMissing, Lease, Phase
from raglite.retrieval.query import query
from raglite.retrieval.requests import Question as Asked
from tests.fakes.embedder import SPEC
from tests.fakes.services import ANALYST, POLICY, World
from tests.fakes.watched import Watched
from tests.unit.ingestion.two_collections import CUT, MODEL, Release, built, history, text


@pytest.fixture
def old() -> Release:
    release = Release(World(), SPEC)
    history(release)
    return release


def new(old: Release, spec: EmbeddingSpec = CUT, **parts: Any) -> Release:
    return Release(old.world, spec, parts)


def excerpts(release: Release) -> set[str]:
    found = query(Asked(query="What is the rim of the plain seal like?", top_k=50), release.service(), ANALYST)
    return {result.excerpt for result in found.results}


def test_keys_that_are_held_one_after_the_other_are_waited_for(old: Release) -> None:
    """Following may take hours: only a key that is held all that time by a task is too much."""
    new(old).reindex(switching=False)
    reindexer, held = new(old).reindexer(), list[Lease]()

    def pause(_: float) -> None:
        old.world.clock.advance(PATIENCE - 1)
        old.world.registry.abandon(held.pop())
        if len(rest):
            hold(rest.pop())

    def hold(key: str) -> None:
        old.ingest(key, text(key, 2024, "teal"))
        lease = old.world.registry.acquire(key, "a task", 10 * PATIENCE)
        assert lease is not None
        held.append(lease)

    rest = ["d/3.pdf", "d/2.pdf", "d/1.pdf"]
    hold("d/0.pdf")
    assert replace(reindexer, pause=pause).forward().switched


def test_a_key_that_is_held_too_long_is_named(old: Release) -> None:
    new(old).reindex(switching=False)
    old.ingest("d/new.pdf", text("new", 2024, "teal"))
    assert old.world.registry.acquire("d/new.pdf", "a task", 10 * PATIENCE)
    reindexer = replace(new(old).reindexer(), pause=lambda _: old.world.clock.advance(PATIENCE / 2))
    with pytest.raises(ResourceExhausted, match=r"at work on d/new\.pdf for 900 s"):
        reindexer.forward()


def test_readers_that_were_led_elsewhere_are_led_to_the_live_collection(old: Release) -> None:
    release = new(old)
    release.reindex()
    after = excerpts(release)
    old.world.index.switch(built(old.world, SPEC))  # by a process that overslept its turn
    assert excerpts(release) != after
    assert release.reindex().verified is None
    assert excerpts(release) == after
    release.ingest("d/new.pdf", text("new", 2024, "teal"))


def test_a_lost_index_is_begun_anew_by_nobody(old: Release) -> None:
    release = new(old)
    release.reindex()
    task = release.task()
    for name in list(old.world.index.server.collections):
        old.world.index.drop(name)
    old.world.upload("d/new.pdf", text("new", 2024, "teal"))
    with pytest.raises(CollectionMissing):
        synchronize("d/new.pdf", task, POLICY)
    for begin in (old.task, release.task, release.service, release.reindex, new(old, MODEL).reindex):
        with pytest.raises(CollectionMissing):
            begin()
    assert (old.world.index.server.collections, old.world.registry.waiting()) == ({}, ("d/new.pdf",))


def test_a_live_collection_that_was_restored_under_another_name_is_led_to_and_left(old: Release) -> None:
    """As a restore does it: points, aliases, then the roster."""
    restored = old.world.index.create(SPEC, "restored")
    old.world.index.server.collections[restored.name] = dict(old.world.index.stored)
    old.world.index.drop(old.world.index.name)
    old.world.registry.enroll(old.world.registry.roster().next(live=restored))
    done = old.reindex()
    assert (done.after, old.task().index.built(), old.service().index.built()) == (restored, restored, restored)
    old.ingest("d/new.pdf", text("new", 2024, "teal"))
    after = new(old).reindex()
    assert (after.switched, after.faults, after.before) == (True, (), restored)
    new(old).reindexer().drop(Phase.KEPT)
    again = old.reindex()
    assert (again.switched, again.after.name == restored.name) == (True, False)


def test_a_claim_outlives_a_write_that_failed_to_say_that_it_went_through(old: Release) -> None:
    lost: list[str] = []

    def lose(call: str) -> None:
        if call == "enroll" and not lost:
            lost.append(call)
            raise DependencyUnavailable("registry", "it did not answer in time.")

    registry = Watched(old.world.registry, after=lose)
    claim = Claim(new(old, registry=registry).operator(), old.world.registry.roster(), "reindex", 60.0)
    with pytest.raises(DependencyUnavailable):
        claim.change(phase=Phase.BUILDING)
    claim.change()
    assert (claim.roster, claim.roster.generation) == (old.world.registry.roster(), 2)
