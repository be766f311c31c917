"""A task may die between any two steps: whatever it left, the next one ends where an undisturbed one would have."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from raglite.ingestion.synchronize import synchronize
from raglite.ports import Services
from tests.fakes.parser import BROKEN
from tests.fakes.services import POLICY, World
from tests.fakes.watched import Watched
from tests.unit.ingestion.one_key import KEY, NEW, OLD, record, sync, upload, visible

PARTS = ("documents", "registry", "parser", "embedder", "index")
Step = Callable[[World], None]


class Died(BaseException):
    """The process is gone: nothing after this is done by it, no lease is given back."""


def put(body: bytes) -> Step:
    return lambda world: void(upload(world, body))


def delete(world: World) -> None:
    world.clock.advance(1)
    world.documents.delete(KEY)
    world.registry.request(KEY)


def erase_newest(world: World) -> None:
    world.documents.erase(KEY, world.documents.versions(KEY)[0].version_id)
    world.registry.request(KEY)


def lose_a_point(world: World) -> None:
    world.index.stored.pop(next(iter(world.index.stored)))
    world.registry.request(KEY)


def void(_: object) -> None:
    """Forget what a step returned."""


# What happened before, each looked at; and what a task dies over.
HISTORIES: dict[str, tuple[list[Step], Step]] = {
    "a new document": ([], put(NEW)),
    "a replacement": ([put(OLD)], put(NEW)),
    "the same again": ([put(OLD)], put(OLD)),
    "a deletion": ([put(OLD)], delete),
    "an undone deletion": ([put(OLD), delete], erase_newest),
    "a newer version erased": ([put(OLD), put(NEW)], erase_newest),
    "an only version erased": ([put(OLD)], erase_newest),
    "a broken replacement": ([put(OLD)], put(BROKEN)),
    "a broken replacement of what was not looked at": ([], lambda world: (put(OLD)(world), put(BROKEN)(world))[0]),
    "a broken one replaced": ([put(OLD), put(BROKEN)], put(NEW)),
    "an index that lost a point": ([put(NEW)], lose_a_point),
}


def prepared(name: str) -> World:
    world = World()
    before, last = HISTORIES[name]
    for step in before:
        step(world)
        sync(world)
    last(world)
    return world


class Life:
    """A process's calls of its ports, counted; at one of them, before or after it has had its effect, it dies."""

    def __init__(self, world: World, last_call: int | None = None, *, before: bool = False) -> None:
        self.world = world
        self.last_call = last_call
        self.before = before
        self.calls = 0
        self.dead = False

    def services(self) -> Services:
        watched = {part: Watched(getattr(self.world, part), self._entering, self._leaving) for part in PARTS}
        return self.world.services(**watched)

    def run(self) -> None:
        with suppress(Died):
            synchronize(KEY, self.services(), POLICY)

    def _entering(self, _: str) -> None:
        if self.before and self.calls == self.last_call:
            self.dead = True
        if self.dead:  # what a dead process would still do while its stack is unwound, it does not do
            raise Died

    def _leaving(self, _: str) -> None:
        self.calls += 1
        if not self.before and self.calls - 1 == self.last_call:
            self.dead = True
            raise Died


def end_state(world: World) -> dict[str, Any]:
    held = {one.version_id for one in world.documents.versions(KEY) if not one.is_delete_marker}
    fields = {"state", "reason", "chunks", "pages_parsed", "content_sha256", "filing"}
    return {
        "records": {v: record(world, v).model_dump(include=fields) for v in world.states(KEY)},
        "visible": visible(world),
        "digest": world.index.digest(world.registry.commit_number()),
        "unpublished": [held.edition for held in world.index.holdings() if held.committed is None],
        "texts kept": {v for _, v in world.documents.parsed} - held,
        "waiting": world.registry.waiting(),
        "held": [item for item in world.registry.work() if item.held],
    }


@pytest.mark.parametrize("name", HISTORIES)
def test_a_task_that_dies_at_any_call_is_made_good_by_the_next(name: str) -> None:
    calm = prepared(name)
    whole = Life(calm)
    whole.run()
    assert whole.calls > 10
    for call in range(whole.calls):
        for before in (True, False):
            world = prepared(name)
            life = Life(world, call, before=before)
            life.run()
            assert life.dead
            assert len(visible(world)) <= 1
            world.clock.advance(POLICY.lease_seconds + POLICY.publish_seconds + 1)
            world.registry.request(KEY)
            sync(world)
            assert end_state(world) == end_state(calm), f"died {'before' if before else 'after'} call {call}"
