"""RTO and RPO, from the drill's own log and nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from raglite.recovery.drills.journal import Kind, Probe, Round, Write


@dataclass(frozen=True, slots=True)
class Outage:
    """From the first question that failed until all were answered as before for good; `well` None: they are not."""

    failed: datetime
    well: datetime | None

    @property
    def seconds(self) -> float | None:
        """How long it lasted; None if it is not over."""
        return None if self.well is None else (self.well - self.failed).total_seconds()


def outage(probes: Iterable[Probe], rounds: Sequence[Round], disaster: datetime, good_rounds: int) -> Outage:
    """Return the outage after a disaster.

    It is over with the first round of the last unbroken row of good ones, and only if that row has `good_rounds`. A
    drill in which no golden question failed has an outage of no length, at the disaster.
    """
    failed = min(
        (
            probe.asked
            for probe in probes
            if probe.golden and probe.kind is not Kind.RIGHT and probe.answered >= disaster
        ),
        default=None,
    )
    if failed is None:
        return Outage(disaster, disaster)
    row = good_row([one for one in rounds if one.ended >= failed])
    return Outage(failed, row[0].ended if len(row) >= good_rounds else None)


def good_row(rounds: Sequence[Round]) -> Sequence[Round]:
    """Return the last unbroken row of good rounds, up to now."""
    bad = [place for place, one in enumerate(rounds) if not one.good]
    return rounds[bad[-1] + 1 :] if bad else rounds


def rpo_seconds(lost: Iterable[Write], disaster: datetime) -> float:
    """Return how far before the disaster the oldest write was acknowledged that is lost; 0 if none is."""
    return max((max((disaster - one.acknowledged).total_seconds(), 0.0) for one in lost), default=0.0)
