"""The specification's GO criteria, what shows each of them where, and its decision gate.

Gates measure beside the code, so what they show counts for this machine's estate alone. Every other environment counts
by what was observed of itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from raglite.release.validation import gated, seen
from raglite.release.validation.findings import Finding, Judged, Status
from raglite.release.validation.ground import LOCAL, PRODUCTION, Ground

Judge = Callable[[Ground], Judged]
OBSERVE = "make observe ENVIRONMENT={0}"


class Decision(StrEnum):
    """The specification's words for what follows; it says nothing of what lies between."""

    APPROVED = "TEAM ROLLOUT APPROVED"
    EXTEND = "EXTEND Phase 4"
    UNDECIDED = "Not decided"


@dataclass(frozen=True)
class Criterion:
    """One GO criterion: what judges it here by gates, if one does, and elsewhere, and the command that measures it.

    `is_performance` marks those whose failure the specification calls degraded performance.
    """

    id: str
    number: str
    words: str
    observed: Judge
    gated: Judge | None = None
    gates: str = ""  # make's words
    before: str = ""  # what is to be done elsewhere before it is observed
    is_performance: bool = False
    on_staging: bool = False  # what is never done to production counts for it from there
    by_people: bool = False  # so not measured where nobody works

    def judge(self, ground: Ground) -> Finding:
        """Return what it comes to."""
        judged = self.gated(ground) if self.gated and ground.environment == LOCAL else self.observed(ground)
        status = judged.status
        degraded = self.is_performance and status is Status.NOT_MET
        return Finding(
            criterion=self.id,
            number=self.number,
            words=self.words,
            status=status,
            extends=degraded or (judged.far_below and status is Status.NOT_MET),
            measures=tuple(judged.measures),
            sources=tuple(judged.sources),
            reasons=judged.reasons,
            command=self._command(ground.environment),
        )

    def _command(self, environment: str) -> str:
        if self.gated and environment == LOCAL:
            return f'make evidence KINDS="{self.gates}"'
        where = seen.STAGING if self.on_staging and environment == PRODUCTION else environment
        where = PRODUCTION if self.by_people and environment == LOCAL else where
        return f"{self.before}{OBSERVE}".format(where)


LOADED = "RAGLITE_API_URL=... RAGLITE_API_KEY=... make load; "
CRITERIA = (
    Criterion("uptime", "1", "Uptime of 99 % or more over a week", seen.uptime),
    Criterion(
        "latency", "2", "Questions answered within 5 s (p50) and 15 s (p95) under load",
        seen.latency, gated.latency, "load", LOADED, is_performance=True,
    ),
    Criterion(
        "ingestion", "3", "Documents searchable within 5 minutes of their upload",
        seen.ingestion, gated.ingestion, "load", is_performance=True,
    ),
    Criterion(
        "scaling", "4", "Auto-scaling handles 10 or more concurrent users",
        seen.scaling, gated.scaling, "rollout load", LOADED, is_performance=True,
    ),
    Criterion(
        "pipeline", "5", "CI/CD works: automated tests, deployment",
        seen.pipeline, gated.pipeline, "unit checkers rollout", "make promote ENVIRONMENT={0}; ",
    ),
    Criterion(
        "dashboards", "6", "Monitoring dashboards are operational", seen.dashboards, gated.dashboards, "e2e plan",
    ),
    Criterion(
        "recovery", "7", "Disaster recovery is tested: backup, then a validated restore",
        seen.recovery, gated.recovery, "drill", "raglite drill index-lost --json >build/drill/observed.json; ",
        on_staging=True,
    ),
    Criterion(
        "accuracy", "8a", "Retrieval accuracy of 90 % or more", seen.accuracy, gated.accuracy, "accuracy",
        "raglite eval --questions FILE --json build/eval/eval.json; ",
    ),
    Criterion("satisfaction", "8b", "User satisfaction of 8 of 10 or more", seen.satisfaction, by_people=True),
    Criterion(
        "share", "8c", "Used for 90 % or more of financial questions, in place of manual methods", seen.share,
        before="SURVEY=FILE ", by_people=True,
    ),
)  # fmt: skip


def validate(ground: Ground) -> tuple[Finding, ...]:
    """Return what every criterion comes to."""
    return tuple(one.judge(ground) for one in CRITERIA)


def decide(findings: Sequence[Finding], environment: str) -> Decision:
    """Return what follows. Only production decides, for or against."""
    if environment != PRODUCTION:
        return Decision.UNDECIDED
    if any(one.extends for one in findings):
        return Decision.EXTEND
    all_met = all(one.status is Status.MET for one in findings)
    return Decision.APPROVED if all_met else Decision.UNDECIDED
