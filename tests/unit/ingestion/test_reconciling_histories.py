"""Whatever happened and whatever was heard of it: what synchronize() would mend is found, and a repair mends it."""

from collections.abc import Callable
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from raglite.ingestion.reconciling import reconcile, repair
from raglite.ingestion.synchronize import synchronize
from raglite.model import VersionState
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import POLICY, World

KEYS = ("a.pdf", "b/c.pdf")
OLD = report("Orchard Mills, Inc.", 2022, "Revenue was 100 million.")
NEW = report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.", "Debt was 9 million.")


def put(body: bytes) -> Callable[[World, str], object]:
    return lambda world, key: world.documents.put(key, body)


def erase(place: int) -> Callable[[World, str], object]:
    def step(world: World, key: str) -> None:
        for version in world.documents.versions(key)[place:][:1]:
            world.documents.erase(key, version.version_id)

    return step


def lose_points(most: int) -> Callable[[World, str], object]:
    def step(world: World, key: str) -> None:
        held = [identity for identity, one in world.index.stored.items() if one.point.key == key]
        for identity in held[:most]:
            del world.index.stored[identity]

    return step


def look(world: World, key: str) -> None:
    synchronize(key, world.services(), POLICY)


def die_while_working(world: World, key: str) -> None:
    for record in world.registry.history(key):
        if record.state is VersionState.SEARCHABLE:
            world.registry.record(record.model_copy(update={"state": VersionState.PROCESSING}))


def lose_the_records(world: World, key: str) -> None:
    for record in world.registry.history(key):
        del world.registry.records[record.key, record.version_id]


ACTIONS: dict[str, Callable[[World, str], object]] = {
    "put old": put(OLD),
    "put new": put(NEW),
    "put broken": put(BROKEN),
    "delete": lambda world, key: world.documents.delete(key),
    "erase newest": erase(0),
    "erase oldest": erase(-1),
    "look": look,
    "lose a point": lose_points(1),
    "lose all points": lose_points(1000),
    "die while working": die_while_working,
    "lose the records": lose_the_records,
}
STEPS = st.lists(st.tuples(st.sampled_from([*ACTIONS, "look"]), st.sampled_from(KEYS)), max_size=12)


def lived(steps: list[tuple[str, str]]) -> World:
    """Return a world in which these steps were taken, unheard of, an hour after each other."""
    world = World()
    world.ingest(KEYS[0], OLD)
    world.ingest(KEYS[0], NEW)
    for step, key in steps:
        ACTIONS[step](world, key)
        world.clock.advance(3600)
    world.clock.advance(3600)
    return world


def state(world: World) -> Any:
    """Return what synchronize() may change, but for when and how often it was tried."""
    loose = {"transitions", "attempts", "trace_id", "stage_seconds"}
    return (
        {identity: record.model_dump(exclude=loose) for identity, record in world.registry.records.items()},
        {identity: (one.committed, one.superseded) for identity, one in world.index.stored.items()},
        set(world.documents.parsed),
    )


@settings(max_examples=50, deadline=None)
@given(STEPS)
def test_a_key_without_a_finding_is_one_at_which_synchronize_has_nothing_to_do(steps: list[tuple[str, str]]) -> None:
    world = lived(steps)
    disagreeing = set(reconcile(world.services()).disagreeing)
    for key in KEYS:
        before = state(world)
        synchronize(key, world.services(), POLICY)
        event(
            f"{'a finding' if key in disagreeing else 'none'}, {'changed' if state(world) != before else 'unchanged'}"
        )
        assert key in disagreeing or state(world) == before


@settings(max_examples=50, deadline=None)
@given(STEPS)
def test_one_repair_mends_whatever_happened(steps: list[tuple[str, str]]) -> None:
    world = lived(steps)
    found = reconcile(world.services())
    event(" ".join(sorted({one.kind for one in found.findings})) or "nothing")

    repair(found, world.services(), "tester")
    for key in world.registry.waiting():
        synchronize(key, world.services(), POLICY)

    assert reconcile(world.services()).findings == ()
    assert world.index.digest(world.registry.number) == rebuilt(world)


def rebuilt(world: World) -> str:
    """Return the digest of a fresh index of the same bucket."""
    fresh = World()
    object.__setattr__(fresh, "documents", world.documents)
    for key in KEYS:
        synchronize(key, fresh.services(), POLICY)
    return fresh.index.digest(fresh.registry.number)
