"""A validation in one record: what `--json` prints and `--html` draws."""

from datetime import datetime

from raglite.model import Frozen
from raglite.release.validation.criteria import Decision, decide, validate
from raglite.release.validation.findings import Finding, Status
from raglite.release.validation.ground import PRODUCTION, Ground


class Report(Frozen):
    """What every criterion came to, and what follows."""

    environment: str
    git_sha: str
    made: datetime
    decision: Decision
    findings: tuple[Finding, ...]
    unread: tuple[str, ...]

    @property
    def all_met(self) -> bool:
        """Whether nothing is left to be shown or mended."""
        return self.count(Status.MET) == len(self.findings)

    @property
    def sentence(self) -> str:
        """The decision's reason, and what is missing where there is none."""
        if self.decision is Decision.APPROVED:
            return "All criteria are met by evidence of production."
        if self.decision is Decision.EXTEND:
            numbers = ", ".join(one.number for one in self.findings if one.extends)
            return f"Uptime is below 95 % or performance degraded ({numbers}): the infrastructure comes first."
        if self.all_met:
            return f"All criteria hold on {self.environment}, which decides nothing: only production does."
        missing = ", ".join(one.number for one in self.findings if one.status is not Status.MET)
        other = "" if self.environment == PRODUCTION else f" This is about {self.environment}: only production decides."
        return f"Missing: criteria {missing}.{other}"

    def count(self, status: Status) -> int:
        """Return how many criteria have a status."""
        return sum(one.status is status for one in self.findings)


def report(ground: Ground) -> Report:
    """Return the report."""
    findings = validate(ground)
    return Report(
        environment=ground.environment,
        git_sha=ground.case.checkout.git_sha,
        made=ground.case.now,
        decision=decide(findings, ground.environment),
        findings=findings,
        unread=tuple(one.sentence for one in ground.unread),
    )
