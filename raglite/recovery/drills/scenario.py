"""What a scenario and a sabotage are made of. The tables of them are in scenarios/ and sabotages.py."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from raglite.ports.drills import Undo
from raglite.recovery.drills.ground import Ground
from raglite.recovery.drills.report import Assertion

Act = Callable[[Ground], None]


class Need(StrEnum):
    """What a scenario cannot be played without."""

    TERRAFORM = "terraform"
    FAULTS = "a fault proxy before the index"
    BACKUPS = "a bucket of backups"
    OWN_KEY = "a key of its own"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A disaster, the way back by the runbook, and what is special about it.

    `falls_back`: what was written after the backup is lost, nothing else may be. `stops_writing`: nobody uploads into
    what is known to be lost, from the disaster until it is mended. `checks` are asserted besides what always is.
    `same_excerpts`: passages are cut the same way all the time. `after` comes once users are served again. `rto`, in
    seconds, is for what mends itself, so that its users hardly notice: the drill's own limit may only be lower.
    """

    name: str
    sentence: str
    disaster: Act
    mend: Act
    needs: frozenset[Need] = frozenset()
    falls_back: bool = False
    stops_writing: bool = False
    checks: tuple[Callable[[Ground], Assertion], ...] = ()
    prepare: Act = lambda _: None
    after: Act = lambda _: None
    same_excerpts: bool = True
    rto: float | None = None


class Stage(StrEnum):
    """When a sabotage strikes."""

    BACKED_UP = "after the backup"
    MENDING = "before the way back"
    MENDED = "after the way back"


@dataclass(frozen=True, slots=True)
class Sabotage:
    """What somebody does so that the way back fails, or seems to have succeeded. The drill must turn red.

    `says` must stand in one of its faults. `act` returns what takes it back, None if mending anew does.
    """

    name: str
    sentence: str
    scenario: str
    stage: Stage
    act: Callable[[Ground], Undo | None]
    says: str
