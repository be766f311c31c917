"""Events may come twice, late, in any order or never: the index ends the same, equal to one built from the bucket."""

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from raglite.ingestion.synchronize import synchronize
from raglite.model import VersionState
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import POLICY, World

KEYS = ("a.pdf", "red/b.pdf")
LONGEST = 6  # operations on the bucket, each with its event
Operation = tuple[str, str, int]  # what, key, content or place

operations = st.one_of(
    st.tuples(st.just("upload"), st.sampled_from(KEYS), st.integers(0, 3)),
    st.tuples(st.just("delete"), st.sampled_from(KEYS), st.just(0)),
    st.tuples(st.just("erase"), st.sampled_from(KEYS), st.integers(0, 2)),
    st.tuples(st.just("rename"), st.sampled_from(KEYS), st.just(0)),
)


def perform(world: World, operation: Operation) -> list[str]:
    """Do one thing to the bucket; returns the keys that its events name."""
    what, key, number = operation
    held = world.documents.versions(key)
    world.clock.advance(1)
    if what == "upload":
        world.documents.put(key, body(number))
    elif what == "delete":
        world.documents.delete(key)
    elif what == "erase" and number < len(held):
        world.documents.erase(key, held[number].version_id)
    elif what == "rename" and held and not held[0].is_delete_marker:
        other = KEYS[1 - KEYS.index(key)]
        world.documents.put(other, world.documents.bodies[key, held[0].version_id])
        world.documents.delete(key)
        return [other, key]
    return [key]


def body(content: int) -> bytes:
    pages = [f"Revenue of part {n} was {content + n} million." for n in range(content)]
    return report("Acme, Inc.", 2020 + content, *pages) if content else BROKEN


def deliver(world: World, key: str) -> None:
    world.registry.request(key)
    synchronize(key, world.services(), POLICY)


def calm_down(world: World) -> None:
    """What the reconciler does in the end: look at every key that the bucket has held."""
    for versions in list(world.documents.inventory()):
        deliver(world, versions[0].key)
    for record in list(world.registry.documents()):
        deliver(world, record.key)


def outcome(world: World) -> tuple[str, dict[tuple[str, str], VersionState]]:
    held = {(one.key, one.version_id) for versions in world.documents.inventory() for one in versions}
    states = {name: record.state for name, record in world.registry.records.items() if name in held}
    return world.index.digest(world.registry.commit_number()), states


def built_afresh(world: World) -> tuple[str, dict[tuple[str, str], VersionState]]:
    """Return what an empty index and registry become over the same bucket."""
    fresh = World()
    object.__setattr__(fresh, "documents", world.documents)
    calm_down(fresh)
    return outcome(fresh)


@settings(max_examples=200, deadline=None)
@given(history=st.lists(operations, min_size=1, max_size=LONGEST), draw=st.data())
def test_events_in_any_order_doubled_or_lost_end_in_the_same_index(
    history: list[Operation], draw: st.DataObject
) -> None:
    world = World()
    due: list[str] = []
    for operation in history:
        due += perform(world, operation)
        for key in draw.draw(st.lists(st.sampled_from(due), max_size=3), label="delivered meanwhile"):
            deliver(world, key)
    late = draw.draw(st.permutations(due), label="delivered late")
    for key in late[: draw.draw(st.integers(0, len(late)), label="not lost")]:
        deliver(world, key)
    calm_down(world)
    assert outcome(world) == built_afresh(world)


def test_every_order_of_six_events_ends_in_the_same_index() -> None:
    history: list[Operation] = [
        ("upload", KEYS[0], 1),
        ("upload", KEYS[0], 2),
        ("upload", KEYS[1], 3),
        ("delete", KEYS[0], 0),
        ("upload", KEYS[0], 0),
        ("erase", KEYS[0], 1),
    ]
    ends = set()
    for order in permutations(range(len(history))):
        world = World()
        due: dict[int, str] = {}
        for place, operation in enumerate(history):
            due[place] = perform(world, operation)[0]
            if order[place] in due:  # the event is there by now: it comes at once, else after everything
                deliver(world, due.pop(order[place]))
        for place in order:
            if place in due:
                deliver(world, due[place])
        ends.add((outcome(world)[0], tuple(sorted(outcome(world)[1].items()))))
    assert len(ends) == 1
