"""The checker is checked: a good end violates nothing, and every planted bug is caught by the invariants it breaks."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from numpy.typing import NDArray

from raglite.ingestion.synchronize import synchronize
from raglite.model import VersionState
from raglite.ports import Services
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.index import FakeIndex, Stamped
from tests.fakes.registry import FakeRegistry
from tests.fakes.services import POLICY, World
from tests.faults.documents import Document, Nature
from tests.faults.evidence import Evidence, Name, StoredPoint, gather
from tests.faults.invariants import violations
from tests.faults.rebuild import CarefulParser, rebuild
from tests.faults.watcher import Seen

FIRST, SECOND, BROKEN, POISON = (
    Document(7, 1),
    Document(7, 2),
    Document(0, 0, Nature.BROKEN),
    Document(3, 1, Nature.POISON),
)
STATE = "every_version_is_in_its_state"
WHOLE = "what_is_searchable_is_answered_from"
OTHERS = "nothing_else_is_answered_from"
DOUBLE = "no_point_is_double_or_foreign"
AGREE = "the_three_stores_agree"
LEFT = "nothing_is_left"
COMMITS = "every_commit_showed_one_whole_version"
RECONCILER = "the_reconciler_finds_nothing"
REBUILD = "it_equals_a_clean_rebuild"


@cache
def direction(word: str) -> NDArray[np.float64]:
    return FakeEmbedder()._direction(word)


class QuickEmbedder(FakeEmbedder):
    """The same vectors, each word's computed once for all tests."""

    def _direction(self, word: str) -> NDArray[np.float64]:
        return direction(word)


class Skipping:
    """A part that does not do one of the things it is asked for."""

    def __init__(self, part: Any, skipped: str) -> None:
        self._part, self._skipped = part, skipped

    def __getattr__(self, name: str) -> Any:
        return (lambda *_: None) if name == self._skipped else getattr(self._part, name)


@dataclass
class Small:
    """A small world, and whoever watches its index after every step."""

    world: World = field(default_factory=lambda: World(embedder=QuickEmbedder()))
    uploaded: dict[Name, Document] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    erased: set[Name] = field(default_factory=set)
    seen: Seen = field(default_factory=Seen)
    replaced: dict[str, Any] = field(default_factory=dict)

    def services(self) -> Services:
        parser = CarefulParser(self.world.parser)
        return self.world.services(**{"parser": parser, **self.replaced})

    def sync(self, key: str) -> None:
        self.world.registry.request(key)
        synchronize(key, self.services(), POLICY)
        self.look()

    def put(self, key: str, document: Document) -> Name:
        version = self.world.upload(key, document.body(".txt"))
        self.uploaded[key, version.version_id] = document
        self.sync(key)
        return key, version.version_id

    def delete(self, key: str) -> None:
        self.removed.add(key)
        self.world.clock.advance(1)
        self.world.documents.delete(key)
        self.sync(key)

    def erase(self, name: Name) -> None:
        self.removed.add(name[0])
        self.erased.add(name)
        self.world.documents.erase(*name)
        self.sync(name[0])

    def points(self) -> list[StoredPoint]:
        return _points(self.world.index)

    def look(self) -> None:
        self.seen.look(self.world.registry.commit_number(), self.points(), self.removed, self.erased)

    def evidence(self) -> Evidence:
        documents = copy.copy(self.world.documents)
        documents.parsed, documents.figures = {}, {}
        index = FakeIndex()
        fresh = {"documents": documents, "registry": FakeRegistry(self.world.clock), "index": index}
        parser = CarefulParser(self.world.parser)
        rebuilt = rebuild(self.world.services(**fresh, parser=parser), lambda: _points(index))
        found = gather(self.services(), self.uploaded, self.points, rebuilt)
        return replace(found, seen=tuple(self.seen.faults))


def _points(index: FakeIndex) -> list[StoredPoint]:
    return [
        StoredPoint(
            id=str(stamped.point.id),
            key=stamped.point.key,
            version_id=stamped.point.version_id,
            edition=stamped.point.edition.number,
            kind=stamped.point.chunk.kind.value,
            ordinal=stamped.point.chunk.ordinal,
            committed=stamped.committed,
            superseded=stamped.superseded,
        )
        for stamped in index.stored.values()
    ]


def good_end() -> Small:
    """Return a world with a version in every state, and nothing wrong."""
    small = Small()
    small.put("replaced.txt", FIRST)
    small.put("replaced.txt", SECOND)
    small.put("deleted.txt", Document(1, 1))
    small.delete("deleted.txt")
    small.put("broken.txt", BROKEN)
    small.put("fallen back.txt", Document(2, 1))
    small.put("fallen back.txt", BROKEN)
    small.put("poison.txt", POISON)
    small.erase(small.put("erased.txt", Document(4, 1)))
    return small


def named(small: Small, key: str, place: int = -1) -> Name:
    return [name for name in small.uploaded if name[0] == key][place]


def stamped_of(small: Small, name: Name) -> list[Stamped]:
    return [one for one in small.world.index.stored.values() if (one.point.key, one.point.version_id) == name]


# --- planted bugs -----------------------------------------------------------------------------------------------------


def another_state(small: Small) -> None:
    name = named(small, "broken.txt")
    records = small.world.registry.records
    records[name] = records[name].model_copy(update={"state": VersionState.RECEIVED})


def no_record(small: Small) -> None:
    del small.world.registry.records[named(small, "deleted.txt")]


def two_records(small: Small) -> None:
    """The registry yields a version twice, in two states."""
    name = named(small, "replaced.txt")
    twin = small.world.registry.records[name].model_copy(update={"state": VersionState.SUPERSEDED})
    small.world.registry.records["another", "place"] = twin


def wrong_reason(small: Small) -> None:
    name = named(small, "poison.txt")
    records = small.world.registry.records
    records[name] = records[name].model_copy(update={"reason": "no_text"})


def a_lost_point(small: Small) -> None:
    lost = stamped_of(small, named(small, "replaced.txt"))[-1]
    del small.world.index.stored[lost.point.id]


def searchable_without_points(small: Small) -> None:
    small.world.index.discard(*named(small, "fallen back.txt", 0))


def a_double_point(small: Small) -> None:
    double = stamped_of(small, named(small, "replaced.txt"))[-1]
    identity = uuid4()
    point = replace(double.point, id=identity)
    small.world.index.stored[identity] = Stamped(point, double.committed, double.superseded)


def a_foreign_point(small: Small) -> None:
    """A point of a version that there never was, superseded long ago."""
    model = stamped_of(small, named(small, "replaced.txt"))[0].point
    point = replace(model, id=uuid4(), edition=replace(model.edition, version_id="v-unknown"))
    small.world.index.stored[point.id] = Stamped(point, 1, 1)


def another_text(small: Small) -> None:
    """A point says something else than its document, though all numbers are right."""
    changed = stamped_of(small, named(small, "replaced.txt"))[-1]
    chunk = changed.point.chunk.model_copy(update={"section": ("Elsewhere",)})
    changed.point = replace(changed.point, chunk=chunk)


def no_supersede(small: Small) -> None:
    """What was replaced was never hidden."""
    for one in stamped_of(small, named(small, "replaced.txt", 0)):
        one.superseded = None
    small.look()


def no_sweep(small: Small) -> None:
    """A task died before publishing; the one after it did not clear away what it had written."""
    small.replaced = {"index": Skipping(small.world.index, "sweep")}
    model = stamped_of(small, named(small, "replaced.txt"))[0].point
    point = replace(model, id=uuid4(), edition=replace(model.edition, number=9))
    small.world.index.write([point])
    small.sync("replaced.txt")


def no_discard(small: Small) -> None:
    small.replaced = {"index": Skipping(small.world.index, "discard")}
    small.erase(small.put("forgotten.txt", Document(5, 1)))


def parsed_text_left_over(small: Small) -> None:
    small.replaced = {"documents": Skipping(small.world.documents, "forget")}
    small.erase(small.put("forgotten.txt", Document(5, 1)))


def parsed_text_lost(small: Small) -> None:
    name = named(small, "replaced.txt")
    small.world.documents.parsed.pop(name)
    small.world.documents.figures.pop(name)


def a_lease_left(small: Small) -> None:
    small.world.registry.acquire("broken.txt", "nobody", 60)


def a_lost_request(small: Small) -> None:
    small.world.registry.request("broken.txt")
    small.world.clock.advance(1)


def a_deletion_nobody_looked_at(small: Small) -> None:
    small.removed.add("replaced.txt")
    small.world.documents.delete("replaced.txt")


def a_moment_with_neither(small: Small) -> None:
    """A version was hidden, one commit later it came back."""
    hidden = stamped_of(small, named(small, "replaced.txt"))
    commit = small.world.registry.commit_number()
    for one in hidden:
        one.superseded = commit
    small.look()
    for one in hidden:
        one.superseded = None


def a_part_for_a_moment(small: Small) -> None:
    late = stamped_of(small, named(small, "replaced.txt"))[0]
    committed, late.committed = late.committed, None
    small.look()
    late.committed = committed


BUGS: tuple[tuple[Callable[[Small], None], set[str]], ...] = (
    (another_state, {STATE, RECONCILER}),
    (no_record, {STATE, RECONCILER}),
    (two_records, {STATE, AGREE, RECONCILER}),
    (wrong_reason, {STATE}),
    (a_lost_point, {WHOLE, AGREE, RECONCILER, REBUILD}),
    (searchable_without_points, {WHOLE, AGREE, RECONCILER, REBUILD}),
    (a_double_point, {DOUBLE, AGREE, RECONCILER, REBUILD}),
    (a_foreign_point, {DOUBLE, AGREE, RECONCILER}),
    (another_text, {REBUILD}),
    (no_supersede, {OTHERS, AGREE, COMMITS, RECONCILER, REBUILD}),
    (no_sweep, {LEFT, RECONCILER}),
    (no_discard, {AGREE, RECONCILER}),
    (parsed_text_left_over, {AGREE}),
    (parsed_text_lost, {AGREE}),
    (a_lease_left, {LEFT}),
    (a_lost_request, {LEFT}),
    (a_deletion_nobody_looked_at, {STATE, OTHERS, RECONCILER, REBUILD}),
    (a_moment_with_neither, {COMMITS}),
    (a_part_for_a_moment, {COMMITS}),
)


def test_a_good_end_violates_nothing():
    assert violations(good_end().evidence()) == {}


@pytest.mark.parametrize(("bug", "broken"), BUGS, ids=[bug.__name__ for bug, _ in BUGS])
def test_a_planted_bug_is_caught_by_exactly_the_invariants_it_breaks(bug, broken):
    small = good_end()
    bug(small)
    assert set(violations(small.evidence())) == broken


def test_every_invariant_has_a_bug_that_it_catches():
    assert {name for _, broken in BUGS for name in broken} == {
        STATE,
        WHOLE,
        OTHERS,
        DOUBLE,
        AGREE,
        LEFT,
        COMMITS,
        RECONCILER,
        REBUILD,
    }
