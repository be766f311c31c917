"""Nothing is called lost in any step of any change, however a question and a task fall together."""

import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import count

import pytest

from raglite.ingestion.synchronize import synchronize
from raglite.ports import Services
from raglite.retrieval.catalog import Catalog
from raglite.retrieval.query import Retriever
from raglite.retrieval.wholeness import Wholeness
from tests.fakes.services import POLICY, World
from tests.fakes.watched import Watched
from tests.unit.ingestion.one_key import KEY, sync
from tests.unit.ingestion.test_crash_points import HISTORIES, PARTS, Died, Life, prepared
from tests.unit.ingestion.test_reindex_crashes import small, watched
from tests.unit.ingestion.two_collections import KEYS, MODEL, Release, text

CHANGES = {"acquire", "record", "write", "publish", "supersede", "advance", "forget", "discard", "sweep", "release"}


class Asker:
    """Two tasks of the service: one has just begun, the other knows what was known when this one was made."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.before = Catalog(services.registry, services.clock)
        self.before.listing()

    def ask(self, _: str = "") -> None:
        Retriever(self.services).wholeness.refuse()
        Wholeness(self.services, self.before).refuse()


@pytest.mark.parametrize("name", HISTORIES)
def test_nothing_is_lost_in_any_step_of_a_change(name: str) -> None:
    world = prepared(name)
    asker = Asker(world.services())
    parts = {part: Watched(getattr(world, part), asker.ask, asker.ask) for part in PARTS}
    synchronize(KEY, world.services(**parts), POLICY)
    asker.ask()


@pytest.mark.parametrize("name", HISTORIES)
def test_nothing_is_lost_where_a_task_died_over_it(name: str) -> None:
    life = Life(prepared(name))
    life.run()
    for call in range(0, life.calls, 2):
        world = prepared(name)
        asker = Asker(world.services())
        Life(world, call).run()
        asker.ask()
        world.clock.advance(POLICY.lease_seconds + POLICY.publish_seconds + 1)
        asker.ask()
        sync(world)
        asker.ask()


# --- a question between any two steps of a task, and a task between any two looks of a question -------------------


class Task:
    """A task in a thread of its own, which makes as many calls as it is let."""

    def __init__(self, world: World) -> None:
        self.calls = 0
        self._let = 0
        self._ended = False
        self._told = threading.Condition()
        self._world = world
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def go(self, calls: int = 10_000) -> None:
        """Return when it is about to make one more, or has ended."""
        with self._told:
            self._let = calls
            self._told.notify_all()
            assert self._told.wait_for(lambda: self.calls > self._let or self._ended, timeout=10)

    def _run(self) -> None:
        parts = {
            part: Watched(getattr(self._world, part), self._about_to) for part in ("documents", "registry", "index")
        }
        try:
            synchronize(KEY, self._world.services(**parts), POLICY)
        finally:
            with self._told:
                self._ended = True
                self._told.notify_all()

    def _about_to(self, call: str) -> None:
        if call not in CHANGES or threading.current_thread() is not self._thread:
            return
        with self._told:
            self.calls += 1
            self._told.notify_all()
            self._told.wait_for(lambda: self.calls <= self._let, timeout=10)


def calls_of(name: str) -> int:
    task = Task(prepared(name))
    task.go()
    return task.calls


@pytest.mark.parametrize(
    "name", ["a replacement", "a deletion", "a newer version erased", "an index that lost a point"]
)
def test_nothing_is_lost_that_a_task_changes_between_two_looks_of_one_question(name: str) -> None:
    for step in range(calls_of(name)):
        for look in count():
            world = prepared(name)
            before = Asker(world.services()).before
            task = Task(world)
            task.go(step)
            looks = [look]

            def between(_: str, task: Task = task, looks: list[int] = looks) -> None:
                looks[0] -= 1
                if looks[0] == -1:
                    task.go()

            parts = {part: Watched(getattr(world, part), between) for part in ("registry", "index")}
            services = world.services(**parts)
            for catalog in (before, Catalog(services.registry, services.clock)):
                Wholeness(services, catalog).refuse()
            task.go()
            if looks[0] >= 0:  # there are no more looks to come between
                break


# --- collections --------------------------------------------------------------------------------------------------


def asking(*releases: Release) -> Callable[[str], None]:
    """Ask tasks of the service of each release that can answer."""
    askers = [Asker(one.service()) for one in releases]

    def ask(_: str) -> None:
        for asker in askers:
            asker.ask()

    return ask


def test_nothing_is_lost_while_a_collection_is_built_switched_to_and_gone_back_from() -> None:
    old, new = small()
    assert watched(new, after=asking(old)).forward().switched
    new.ingest("d/new.pdf", text("new", 2024, "teal"))
    new.ingest(KEYS[2], text("plain", 2024, "teal"))
    new.delete(KEYS[0])
    ask = asking(old, new)
    ask("")
    assert watched(old, after=ask).back().switched
    ask("")
    old.ingest(KEYS[2], text("plain", 2025, "umber"))
    asking(old, new)("")


def test_nothing_is_lost_of_a_collection_that_is_kept_for_tasks_of_another_model() -> None:
    old, new = small(MODEL)
    service = asking(old)
    assert watched(new, after=service).forward().switched
    new.ingest("d/new.pdf", text("new", 2024, "teal"))
    new.ingest(KEYS[2], text("plain", 2024, "teal"))
    service("")
    asking(new)("")


@pytest.mark.parametrize("at", range(1, 40, 3))
def test_nothing_is_lost_where_a_reindex_died(at: int) -> None:
    old, new = small()
    calls = [0]

    def dying(_: str) -> None:
        calls[0] += 1
        if calls[0] >= 5 * at:
            raise Died

    with suppress(Died):
        watched(new, dying).forward()
    asking(old)("")
