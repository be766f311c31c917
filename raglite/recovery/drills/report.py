"""What a drill came to, for people and programs."""

import os
import platform
from typing import Any

from pydantic import AwareDatetime, Field

from raglite.model import Frozen
from raglite.ports.drills import Names

MEGABYTE, HUNDRED_GIGABYTES = 10**6, 100 * 10**9  # bytes


class Assertion(Frozen):
    """One promise. `faults` are sentences: none if it held. `skipped` says why it was not looked at."""

    name: str
    faults: tuple[str, ...] = ()
    skipped: str | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.faults


class Rate(Frozen):
    """What a backup or a restore moved, and how long it took. Bytes and seconds are measured."""

    what: str
    bytes: int = Field(ge=0)
    points: int = Field(default=0, ge=0)
    seconds: float = Field(ge=0)

    @property
    def megabytes_per_second(self) -> float:
        """Bytes by seconds, the start of the process left out."""
        return self.bytes / MEGABYTE / self.seconds if self.seconds else 0.0

    @property
    def extrapolated_hours(self) -> float | None:
        """EXTRAPOLATED, not measured: how long 100 GB would take at the same rate."""
        rate = self.megabytes_per_second
        return HUNDRED_GIGABYTES / MEGABYTE / rate / 3600 if rate else None


class Machine(Frozen):
    """Where it ran."""

    system: str
    processors: int
    load: float  # of the last minute, at the end

    @classmethod
    def here(cls) -> "Machine":
        """Return this machine."""
        system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
        return cls(system=system, processors=os.cpu_count() or 1, load=round(os.getloadavg()[0], 2))


class Step(Frozen):
    """A command of the way back, as it was given."""

    words: tuple[str, ...]
    exit_code: int
    seconds: float


class Report(Frozen):
    """One drill. `rto_seconds` is None if the golden questions did not come to be answered as before.

    `failed` is when the first golden question failed, `well` the first round of those that stayed good. `rpo_seconds`
    is from the writer's own log. `right`, `refused` and `wrong` count all questions, written documents' too.
    """

    name: str
    sabotage: str | None = None
    green: bool
    began: AwareDatetime
    disaster: AwareDatetime
    failed: AwareDatetime
    well: AwareDatetime | None
    rto_seconds: float | None
    rpo_seconds: float
    right: int
    refused: int
    wrong: int
    wrongs: tuple[str, ...] = ()
    refusals: dict[str, int] = Field(default_factory=dict)
    writes: int
    refused_writes: int
    lost_writes: int
    assertions: tuple[Assertion, ...]
    phases: dict[str, float]
    steps: tuple[Step, ...] = ()
    rates: tuple[Rate, ...] = ()
    notes: tuple[str, ...] = ()
    names: dict[str, str]
    git_sha: str
    machine: Machine

    @property
    def faults(self) -> tuple[str, ...]:
        """What broke, a sentence each."""
        return tuple(f"{one.name}: {fault}" for one in self.assertions for fault in one.faults)

    def as_json(self) -> dict[str, Any]:
        """Return it with what is computed of it."""
        rates = [
            one.model_dump()
            | {
                "megabytes_per_second": round(one.megabytes_per_second, 4),
                "hours_for_100_gb_EXTRAPOLATED": None
                if one.extrapolated_hours is None
                else round(one.extrapolated_hours, 2),
            }
            for one in self.rates
        ]
        return self.model_dump(mode="json") | {"faults": list(self.faults), "rates": rates}


def named(names: Names) -> dict[str, str]:
    """Return names as a report has them."""
    return {name: getattr(names, name) for name in Names.__dataclass_fields__}
