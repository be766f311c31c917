"""Disasters between the tasks and the index."""

from collections.abc import Callable
from functools import partial

from raglite.ports.drills import Faults
from raglite.recovery.drills.ground import Ground, NotMended
from raglite.recovery.drills.journal import Kind
from raglite.recovery.drills.scenario import Need, Scenario

SLOW_SECONDS = 1.5  # that every byte comes later, each way


def _faults(ground: Ground) -> Faults:
    if ground.estate.levers.faults is None:
        raise NotMended("set RAGLITE_FAULTS_URL: this drill is played by a fault proxy before the index.")
    return ground.estate.levers.faults


def partition(ground: Ground) -> None:
    """Let nobody reach the index for a while."""
    faults, began = _faults(ground), ground.clock.now()
    ground.undo.append(faults.calm)
    faults.refuse()
    ground.hold_on()
    # Who is refused at the door is counted by nobody there.
    ground.struck = sum(one.kind is Kind.REFUSED and one.asked >= began for one in ground.journal.probes)


def stall(ground: Ground) -> None:
    """Let every request to the index hang for a while."""
    faults = _faults(ground)
    ground.undo.append(faults.calm)
    _last(ground, faults, faults.stall)


def slow_down(ground: Ground) -> None:
    """Let the index answer late for a while."""
    faults = _faults(ground)
    ground.undo.append(faults.calm)
    _last(ground, faults, partial(faults.delay, SLOW_SECONDS))


def _last(ground: Ground, faults: Faults, begin: Callable[[], None]) -> None:
    """Begin a trouble, let it last, and count the connections that met it."""
    before = faults.troubled()
    begin()
    ground.hold_on()
    ground.struck = faults.troubled() - before


def calm(ground: Ground) -> None:
    """Let everything pass again."""
    ground.take_back()


NEEDS = frozenset({Need.FAULTS})
SCENARIOS = (
    Scenario("index-partitioned", "no task reaches the index", partition, calm, NEEDS),
    Scenario("index-stalled", "every request to the index hangs", stall, calm, NEEDS),
    Scenario("index-slow", "the index answers seconds late", slow_down, calm, NEEDS),
)
