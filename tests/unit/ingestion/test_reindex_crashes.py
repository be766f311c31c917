"""A reindex may die between any two steps: questions go on being answered, and the next one ends as if none had died.

After each of its calls a question is asked: its answer is of exactly one of the two collections.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from raglite.errors import ConfigurationError
from raglite.ingestion.reindex.switching import Reindexer
from raglite.ports import Phase, Services
from raglite.retrieval.query import Retriever
from raglite.retrieval.requests import Question
from tests.fakes.embedder import SPEC
from tests.fakes.index import FakeIndex
from tests.fakes.services import ANALYST, World
from tests.fakes.watched import Watched, nothing
from tests.unit.ingestion.two_collections import CUT, KEYS, MODEL, SECONDS, Release, built, digest, states, text

QUESTION = Question(query="What is the rim of the plain seal like?", top_k=50)
WATCHED = ("documents", "registry", "audit")
# What leaves something behind: to die before a read is to die after what came before it.
EFFECTS = {
    "acquire",
    "abandon",
    "append",
    "create",
    "discard",
    "drop",
    "enroll",
    "record",
    "stamp",
    "switch",
    "sweep",
    "write",
}


class Died(BaseException):
    """The process is gone: nothing after this is done by it, no lease is given back."""


class WatchedIndex(Watched):
    """An index of which the other collections are watched, too."""

    def beside(self, name: str) -> "WatchedIndex":
        return WatchedIndex(self._part.beside(name), self._before, self._after)


def small(spec: Any = CUT) -> tuple[Release, Release]:
    """Return the release before and the one after, over a replaced, a deleted and a plain document."""
    old = Release(World(), SPEC)
    for key in KEYS[:3]:
        old.ingest(key, text(key[2:-4], 2021, "vermilion"))
    old.ingest(KEYS[0], text("replaced", 2022, "ochre"))
    old.delete(KEYS[1])
    return old, Release(old.world, spec)


def watched(
    release: Release, before: Callable[[str], None] = nothing, after: Callable[[str], None] = nothing
) -> Reindexer:
    reindexer = release.reindexer()
    parts = {name: Watched(getattr(reindexer.services, name), before, after) for name in WATCHED}
    index = WatchedIndex(reindexer.services.index, before, after)
    return replace(reindexer, services=replace(reindexer.services, index=index, **parts))


def dying(at: int) -> Callable[[str], None]:
    """Return a `before` that kills at a call, and refuses whatever the dead would still do."""
    calls = [0]

    def before(call: str) -> None:
        calls[0] += call in EFFECTS
        if calls[0] >= at:
            raise Died

    return before


def calls_of(spec: Any) -> int:
    heard: list[str] = []
    assert watched(small(spec)[1], heard.append).forward().switched
    return sum(call in EFFECTS for call in heard)


class Asker:
    """A task of the service that is asked without end, and the answers that it may give."""

    def __init__(self, services: Services) -> None:
        self.retriever = Retriever(services)
        self.seen: list[tuple[frozenset[str], frozenset[str]]] = []

    def ask(self, _: str = "") -> None:
        results = self.retriever.query(QUESTION, ANALYST).results
        plain = [one for one in results if one.document.key == KEYS[2] and "seal" in one.excerpt]
        self.seen.append((frozenset(one.excerpt for one in plain), frozenset(one.document.version_id for one in plain)))

    @property
    def excerpts(self) -> set[frozenset[str]]:
        return {excerpts for excerpts, _ in self.seen}


def answer(services: Services) -> frozenset[str]:
    asker = Asker(services)
    asker.ask()
    return asker.seen[0][0]


def test_every_answer_is_from_exactly_one_of_the_two_collections() -> None:
    old, new = small()
    asker = Asker(old.service())
    before = answer(old.service())
    assert watched(new, after=asker.ask).forward().switched
    after = answer(new.service())
    assert before & after == frozenset()
    assert all(before)
    assert asker.excerpts == {before, after}
    in_turn = [excerpts for excerpts, _ in asker.seen]
    assert in_turn == sorted(in_turn, key=lambda one: one == after)  # never back
    assert len({versions for _, versions in asker.seen}) == 1


def test_a_service_of_another_model_answers_from_its_own_collection_all_the_time() -> None:
    old, new = small(MODEL)
    asker = Asker(old.service())
    before = answer(old.service())
    assert watched(new, after=asker.ask).forward().switched
    assert asker.excerpts == {before}


@pytest.mark.parametrize("spec", [CUT, MODEL], ids=["other chunks", "another model"])
def test_wherever_it_is_killed_the_next_one_ends_where_an_undisturbed_one_does(spec: Any) -> None:
    undisturbed, after = small(spec)
    assert after.reindex().switched
    expected = states(undisturbed.world, spec), digest(undisturbed.world, spec)
    phases = set()
    for at in range(1, calls_of(spec) + 2):
        old, new = small(spec)
        asker = Asker(old.service())
        with suppress(Died):
            watched(new, dying(at)).forward()
        asker.ask()
        phases.add(old.world.registry.roster().phase)
        old.world.clock.advance(SECONDS + 1)
        asker.ask()
        done = new.reindex()
        assert (done.switched, done.faults) == (True, ()), at
        assert (states(old.world, spec), digest(old.world, spec)) == expected, at
        assert all(excerpts and len(versions) == 1 for excerpts, versions in asker.seen), at
        assert len(asker.excerpts) <= 2, at
    assert phases == {None, Phase.BUILDING, Phase.SWITCHING, Phase.KEPT}


def test_wherever_it_is_killed_a_task_publishes_to_what_is_live_afterwards() -> None:
    """Whoever publishes next finishes a switch that was begun: nothing is published into the old collection only."""
    for at in range(1, calls_of(CUT) + 2):
        old, new = small()
        with suppress(Died):
            watched(new, dying(at)).forward()
        old.world.clock.advance(SECONDS + 1)
        try:
            old.ingest(KEYS[2], text("plain", 2024, "teal"))
        except ConfigurationError:
            new.ingest(KEYS[2], text("plain", 2024, "teal"))
        newest = old.world.documents.versions(KEYS[2])[0].version_id
        for _ in range(2):
            roster = old.world.registry.roster()
            live = FakeIndex(old.world.index.server).built()
            assert roster.live in {None, live}, at
            asker = Asker(old.service())
            asker.ask()
            assert {version for _, versions in asker.seen for version in versions} == {newest}, at
            assert new.reindex().switched, at


def test_wherever_going_back_is_killed_it_can_be_done_again() -> None:
    heard: list[str] = []
    old, new = small()
    new.reindex()
    watched(old, heard.append).back()
    expected = answer(old.service())
    for at in range(1, sum(call in EFFECTS for call in heard) + 1):
        old, new = small()
        new.reindex()
        with suppress(Died):
            watched(old, dying(at)).back()
        old.world.clock.advance(SECONDS + 1)
        roster = old.world.registry.roster()
        if roster.live is not None and roster.live.spec != SPEC and not roster.is_switching:
            assert old.reindexer().back().switched
        else:
            assert old.reindex().switched
        assert answer(old.service()) == expected, at


def test_wherever_a_removal_is_killed_it_can_be_done_again() -> None:
    for at in range(1, 6):
        old, new = small()
        new.reindex()
        with suppress(Died):
            watched(new, dying(at)).drop(Phase.KEPT)
        old.world.clock.advance(SECONDS + 1)
        new.ingest(KEYS[2], text("plain", 2024, "teal"))
        if old.world.registry.roster().beside is not None:
            new.reindexer().drop(Phase.KEPT)
        assert set(old.world.index.server.collections) == {built(old.world, CUT).name}
