"""A restore may die between any two steps: the next one ends as if none had died, nothing lost or doubled."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from raglite.ingestion.reconciling import reconcile
from raglite.model import VersionState
from raglite.recovery.restoring.agreement import ANY_AGE
from raglite.recovery.restoring.everything import EverythingRestore
from raglite.recovery.restoring.lost_index import LostIndex
from raglite.recovery.restoring.lost_registry import LostRegistry
from raglite.recovery.restoring.one_document import OneDocument
from raglite.recovery.restoring.rebuilding import Rebuilding
from raglite.recovery.restoring.target import Restored, Target
from tests.fakes.index import FakeIndex, FakeServer
from tests.fakes.services import POLICY
from tests.fakes.watched import Watched, nothing
from tests.unit.recovery.estates import BACK, PLAIN, REPLACED, Estate, Stores, answer, text

# What leaves something behind: to die before a read is to die after what came before it.
EFFECTS = {
    "abandon", "acquire", "advance", "append", "begin", "create", "delete", "discard", "drop", "enroll", "forget",
    "publish", "put", "record", "recover", "release", "request", "rollback", "save_figures", "save_parsed", "settle",
    "stamp", "supersede", "sweep", "switch", "wake", "write",
}  # fmt: skip


class Died(BaseException):
    """The process is gone: nothing after this is done by it, no lease is given back."""


class WatchedIndex(Watched):
    def beside(self, name: str) -> "WatchedIndex":
        return WatchedIndex(self._part.beside(name), self._before, self._after)


def watched(target: Target, before: Callable[[str], None]) -> Target:
    services = target.services
    parts = {one: Watched(getattr(services, one), before) for one in ("documents", "registry", "audit", "tasks")}
    seen = replace(services, index=WatchedIndex(services.index, before, nothing), **parts)
    wholes = {one: Watched(getattr(target, one), before) for one in ("documents", "parsed", "registry", "index")}
    return replace(target, services=seen, **wholes)


def dying(at: int) -> Callable[[str], None]:
    calls = [0]

    def before(call: str) -> None:
        calls[0] += call in EFFECTS
        if calls[0] >= at:
            raise Died

    return before


class Case:
    """One way back: the estate after the loss, the stores that are filled, and how."""

    def __init__(self, way: str) -> None:
        self.way = way
        self.estate = Estate().fill()
        self.estate.back_up()
        self.after_backup()
        self.stores = self.lost()

    def after_backup(self) -> None:
        world = self.estate.world
        world.clock.advance(3600)
        world.ingest(PLAIN, text("plain", 2024, "teal"))
        self.estate.delete(REPLACED)
        world.documents.erase(BACK, world.documents.versions(BACK)[0].version_id)
        self.estate.look(BACK)

    def lost(self) -> Stores:
        world, stores = self.estate.world, self.estate.stores
        if self.way == "everything":
            return Stores.empty(world, "w")
        if self.way == "registry":
            return stores.with_registry(world, "w")
        if self.way == "index":
            return replace(stores, server=FakeServer())
        if self.way == "documents":
            return replace(stores.with_registry(world, "w"), server=FakeServer())
        return stores

    def run(self, before: Callable[[str], None] = nothing) -> Restored:
        target = watched(self.stores.target(self.estate.world), before)
        if self.way == "documents":
            return Rebuilding(target).run()
        with self.estate.opened() as backup:
            ways: dict[str, Any] = {
                "everything": lambda: EverythingRestore(backup, target),
                "registry": lambda: LostRegistry(backup, target),
                "index": lambda: LostIndex(backup, target, "again"),
                "document": lambda: OneDocument(backup, target, REPLACED),
            }
            return ways[self.way]().run()

    def state(self) -> tuple[object, ...]:
        """Return everything that matters of what was brought back; how often it was tried does not."""
        stores, services = self.stores, self.stores.services(self.estate.world)
        if self.way == "document":
            for key in stores.registry.waiting():
                self.estate.look(key)
        held = [[(one.key, one.version_id) for one in versions] for versions in stores.documents.inventory()]
        states = {of: record.state for of, record in stores.registry.records.items()}
        visible = [
            (one.edition.key, one.edition.version_id, one.points)
            for one in FakeIndex(stores.server).holdings()
            if one.visible(stores.registry.commit_number())
        ]
        digest = FakeIndex(stores.server).digest(stores.registry.commit_number())
        agreed = not reconcile(services, ANY_AGE).findings
        return held, stores.documents.bodies, states, sorted(visible), digest, answer(services), agreed


WAYS = ("everything", "registry", "index", "document", "documents")


@pytest.mark.parametrize("way", WAYS)
def test_wherever_it_is_killed_the_next_one_ends_where_an_undisturbed_one_does(way: str) -> None:
    heard: list[str] = []
    undisturbed = Case(way)
    assert undisturbed.run(heard.append).faults == ()
    expected = undisturbed.state()
    assert expected[-1] is True
    steps = sum(call in EFFECTS for call in heard)
    for at in range(1, steps + 1):
        case = Case(way)
        with suppress(Died):
            case.run(dying(at))
        case.estate.world.clock.advance(POLICY.lease_seconds + 1)
        assert case.run().faults == (), at
        assert case.state() == expected, at


def test_killed_again_and_again_it_still_ends() -> None:
    expected = Case("everything")
    expected.run()
    case = Case("everything")
    for at in range(1, 60, 4):
        with suppress(Died):
            case.run(dying(at))
        case.estate.world.clock.advance(POLICY.lease_seconds + 1)
    assert case.run().faults == ()
    assert case.state() == expected.state()
    assert VersionState.SEARCHABLE in case.state()[2].values()  # type: ignore[union-attr]  # a dict, as state() says
