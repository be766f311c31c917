"""Everything that a validation looks at, and whether it may count for the environment that is asked about."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from raglite.evaluation.runs import some
from raglite.release.case import Case
from raglite.release.evidence import Evidence
from raglite.release.policy import CLOCK_SKEW, ENVIRONMENTS, Policy
from raglite.release.promote import Promotion
from raglite.release.refusals import Refusal
from raglite.release.validation.findings import Source
from raglite.release.validation.observation import Observation

LOCAL = "local"  # where gates run: beside the code that they are of, and they ask no other estate
PRODUCTION = "production"
# How old evidence may be, by where a validation is about.
READY: Mapping[str, Policy] = {LOCAL: ENVIRONMENTS["staging"], **ENVIRONMENTS}
STAND_INS = ("emulator", "vector store")  # tools of evidence that take a real service's place


@dataclass(frozen=True)
class Observed:
    """An observation and the file it was read from."""

    file: Path
    seen: Observation

    @property
    def source(self) -> Source:
        """The file, for the page."""
        seen = self.seen
        stand_ins = (seen.endpoint,) if seen.endpoint else ()
        return Source(
            file=str(self.file),
            environment=seen.environment,
            stand_ins=stand_ins,
            git_sha=seen.git_sha,
            begun=seen.started,
        )


@dataclass(frozen=True)
class Promoted:
    """A record of promotion, the file it was read from, and what speaks against it now."""

    file: Path
    record: Promotion | None
    against: Sequence[Refusal]


@dataclass(frozen=True)
class Ground:
    """`case` holds the gates' evidence, `files` each of its files by digest; `unread` what is no evidence."""

    environment: str
    case: Case
    files: Mapping[str, Path]
    observations: Sequence[Observed] = ()
    promoted: Promoted | None = None
    unread: Sequence[Refusal] = ()

    def of(self, environment: str) -> list[Observed]:
        """Return the observations of an environment: one, unless somebody put in more or less."""
        return [one for one in self.observations if one.seen.environment == environment]

    def source(self, evidence: Evidence) -> Source:
        """Return where a gate's evidence was read."""
        stand_ins = tuple(evidence.tools[tool] for tool in STAND_INS if evidence.tools.get(tool))
        return Source(
            file=str(self.files[evidence.digest]),
            environment=LOCAL,
            stand_ins=stand_ins,
            git_sha=evidence.git_sha,
            begun=evidence.started,
        )

    def objections(self, observed: Observed) -> Iterator[str]:
        """Say why an observation does not count."""
        seen, checkout, now = observed.seen, self.case.checkout, self.case.now
        max_age = self.case.policy.max_age
        if seen.endpoint and seen.environment != LOCAL:
            yield f"{observed.file} was asked of {seen.endpoint}, which is not AWS: observe {seen.environment} itself."
        if checkout.changed:
            yield f"The checkout differs from its commit ({some(checkout.changed)}): commit or undo that."
        if seen.dirty:
            yield f"{observed.file} is of a changed tree ({some(seen.dirty)}): commit or undo that, and observe again."
        if seen.git_sha != checkout.git_sha:
            yield (
                f"{observed.file} is of commit {seen.git_sha[:12]}, not of {checkout.git_sha[:12]}: check out what is "
                "deployed, or deploy this."
            )
        if not seen.since < seen.started <= seen.ended:
            yield f"{observed.file} names times that cannot follow each other: observe again."
        if seen.ended > now + CLOCK_SKEW:
            yield f"{observed.file} ended at {seen.ended:%F %T%z}, which is yet to come: set the clocks, observe again."
        if now - seen.started > max_age:
            hours = max_age / timedelta(hours=1)
            yield f"{observed.file} was begun at {seen.started:%F %T%z}, more than {hours:g} hours ago: observe again."
