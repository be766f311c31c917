"""From what was seen to the report."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from raglite.errors import RagliteError
from raglite.recovery.drills import assertions
from raglite.recovery.drills.ground import Ground
from raglite.recovery.drills.journal import Kind, Write
from raglite.recovery.drills.objectives import Outage, outage, rpo_seconds
from raglite.recovery.drills.picture import some
from raglite.recovery.drills.report import Assertion, Machine, Report, named
from raglite.recovery.drills.scenario import Scenario

SHOWN = 20  # wrong answers, and kinds of refusals


@dataclass(frozen=True, slots=True)
class Limits:
    """What RTO and RPO are held to, in seconds."""

    rto: float
    rpo: float
    git_sha: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was asserted so far, and what was done to spoil it."""

    began: datetime
    asserted: Sequence[Assertion]
    sabotage: str | None = field(default=None)


def reported(ground: Ground, scenario: Scenario, limits: Limits, outcome: Outcome) -> Report:
    """Return the report of a drill that is over."""
    disaster = ground.disaster or ground.clock.now()
    journal, counts = ground.journal, ground.journal.counts()
    out = outage(journal.probes, journal.rounds, disaster, ground.pace.good_rounds)
    missing = _missing(ground, disaster)
    lost_seconds = rpo_seconds(missing, disaster)
    asserted = [*outcome.asserted, _rto(out, scenario, limits), *_rpo(missing, lost_seconds, scenario, limits)]
    return Report(
        name=scenario.name,
        sabotage=outcome.sabotage,
        green=all(one.holds for one in asserted),
        began=outcome.began,
        disaster=disaster,
        failed=out.failed,
        well=out.well,
        rto_seconds=None if out.seconds is None else round(out.seconds, 2),
        rpo_seconds=round(lost_seconds, 2),
        right=counts[Kind.RIGHT],
        refused=counts[Kind.REFUSED],
        wrong=counts[Kind.WRONG],
        wrongs=tuple(islice((one.sentence for one in journal.probes if one.kind is Kind.WRONG), SHOWN)),
        refusals=_refusals(ground),
        writes=len(journal.writes),
        refused_writes=len(journal.refused_writes),
        lost_writes=len(missing),
        assertions=tuple(asserted),
        phases=ground.phases,
        steps=tuple(ground.steps),
        rates=tuple(ground.rates),
        notes=tuple(ground.notes),
        names=named(ground.estate.names),
        git_sha=limits.git_sha,
        machine=Machine.here(),
    )


def _missing(ground: Ground, disaster: datetime) -> list[Write]:
    """Return the lost writes; all that were made before the disaster where the bucket cannot be asked."""
    writes = ground.journal.writes
    try:
        return assertions.lost(ground.estate.services.documents, writes)
    except RagliteError:
        return [one for one in writes if one.acknowledged <= disaster]


def _refusals(ground: Ground) -> dict[str, int]:
    said = Counter(one.sentence for one in ground.journal.probes if one.kind is Kind.REFUSED)
    return dict(said.most_common(SHOWN))


def _rto(out: Outage, scenario: Scenario, limits: Limits) -> Assertion:
    limit = limits.rto if scenario.rto is None else min(limits.rto, scenario.rto)
    name = f"RTO of at most {limit:g} s"
    if out.seconds is None:
        return Assertion(name=name, faults=("the golden questions did not come to be answered as before",))
    return Assertion(name=name, faults=() if out.seconds <= limit else (f"it took {out.seconds:.1f} s",))


def _rpo(missing: Sequence[Write], seconds: float, scenario: Scenario, limits: Limits) -> list[Assertion]:
    over = () if seconds <= limits.rpo else (f"{seconds:.1f} s of writes are lost",)
    held = [Assertion(name=f"RPO of at most {limits.rpo:g} s", faults=over)]
    if not scenario.falls_back:
        told = (f"{one.key} ({one.version_id}), acknowledged {one.acknowledged:%H:%M:%S}, is gone" for one in missing)
        held.append(Assertion(name="nothing that was acknowledged is lost", faults=some(told)))
    return held
