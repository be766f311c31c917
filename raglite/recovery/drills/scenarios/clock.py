"""A task whose clock is wrong works among those whose clocks are right."""

import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from raglite.errors import TransientError
from raglite.ingestion.synchronize import Policy, synchronize
from raglite.model import VersionState
from raglite.recovery.drills import made_up
from raglite.recovery.drills.ground import Ground
from raglite.recovery.drills.report import Assertion
from raglite.recovery.drills.scenario import Scenario

HOURS = (1, -1)  # that the clock is ahead
FIRST = 900_000  # numbers of reports that no writer reaches
LOOKS_BACK, LOOK_EVERY = timedelta(hours=3), timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SkewedClock:
    """The machine's clock, so far ahead."""

    ahead: timedelta

    def now(self) -> datetime:
        """Return what this clock shows, timezone-aware UTC."""
        return datetime.now(UTC) + self.ahead


def work_with_a_wrong_clock(ground: Ground) -> None:
    """Upload a report for each wrong clock, and work on it at once while the estate's own tasks do so, too."""
    for place, hours in enumerate(HOURS):
        made = made_up.report(ground.run, FIRST + place)
        services = ground.estate.skewed(SkewedClock(timedelta(hours=hours)))
        policy = Policy(f"skewed-{ground.run}-{hours}", 120, 30, 3, 10_000_000)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"report{made_up.SUFFIX}"
            path.write_bytes(made.body)
            version = services.documents.upload(path, made.key)
        services.registry.request(made.key)

        def has_worked(key: str = made.key, version_id: str = version.version_id) -> bool:
            with services.parser.ready(f"report{made_up.SUFFIX}"), suppress(TransientError):  # noqa: B023  it is called before the loop goes on
                synchronize(key, services, policy)  # noqa: B023  the same
            record = ground.estate.services.registry.find(key, version_id)
            return record is not None and record.state is VersionState.SEARCHABLE

        ground.until(has_worked, ground.pace.searchable, f"a task whose clock is {hours} h ahead is done")


def stand(_: Ground) -> None:
    """Do nothing: leases and commits must bear it."""


def commits_are_in_order(ground: Ground) -> Assertion:
    """Ask which commit was current at moments one after the other: never an earlier one than the moment before."""
    registry, now = ground.estate.services.registry, ground.clock.now()
    steps = int(2 * LOOKS_BACK / LOOK_EVERY) + 1
    numbers = [registry.commit_at(now - LOOKS_BACK + step * LOOK_EVERY) for step in range(steps)]
    faults = [f"commit {later} is told after {earlier}" for earlier, later in pairwise(numbers) if later < earlier]
    if numbers[-1] != registry.commit_number():
        faults.append(f"the last commit by its time is {numbers[-1]}, by its number {registry.commit_number()}")
    return Assertion(name="commit times only grow", faults=tuple(faults))


SCENARIOS = (
    Scenario(
        "clock-skew",
        "a task's clock is an hour ahead, then an hour behind",
        work_with_a_wrong_clock,
        stand,
        checks=(commits_are_in_order,),
    ),
)
