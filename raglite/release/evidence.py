"""What a gate leaves behind: which code ran, when, with what, and what came out. Raw measurements, no verdict.

`digest` is the SHA-256 of the rest of the file. It shows that nothing was changed by somebody who did not compute it
anew; it does not show who wrote the file. That rests on where it comes from: an artifact of the pipeline's own run.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import AwareDatetime, Field, model_validator

from raglite.evaluation.corpus import Corpus
from raglite.evaluation.runs import Question, RunLine
from raglite.model import Frozen

SCHEMA_VERSION = 1
DIGEST = "digest"
DEFAULT = ""  # the target of a step that names none

Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Value = Annotated[float, Field(ge=0, allow_inf_nan=False)]  # a time or a count
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ImageDigest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
GitSha = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
Sealed = TypeVar("Sealed", bound=Frozen)


class Kind(StrEnum):
    """What a gate looks at."""

    UNIT = "unit"
    E2E = "e2e"
    ACCURACY = "accuracy"
    LOAD = "load"
    ROLLOUT = "rollout"
    DRILL = "drill"
    CHECKERS = "checkers"
    PLAN = "plan"


class Outcome(StrEnum):
    """What became of a test, in pytest's words; `error` is a fault before or after the test itself."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    XPASSED = "xpassed"


class RanTest(Frozen):
    """One test of a run. `reason` is why it was skipped or expected to fail."""

    test: str = Field(min_length=1, description="pytest's node id")
    outcome: Outcome
    seconds: Seconds
    reason: str | None = None


class Step(Frozen):
    """One make target of a gate, as it was run. A step that runs no pytest has no tests."""

    name: str = Field(min_length=1, description="the words after `make`")
    started: AwareDatetime
    ended: AwareDatetime
    exit_code: int
    tests: tuple[RanTest, ...]
    deselected: Count = Field(description="tests that a filter of pytest left out")
    relies_on: tuple[str, ...] = Field(
        description="behaviours of AWS that its tests rest on, by tests/data/relies.toml"
    )

    @property
    def target(self) -> str:
        """Where it ran, as the ledger of capabilities calls it: `docker` for `e2e ENGINE=docker`."""
        return "-".join(word.partition("=")[2] for word in self.name.split() if "=" in word) or DEFAULT


class Coverage(Frozen):
    """What the unit tests reached of raglite/: lines and branches, as coverage.py counts them."""

    lines: Count
    lines_covered: Count
    branches: Count
    branches_covered: Count

    @model_validator(mode="after")
    def _covers_no_more_than_there_is(self) -> Self:
        if self.lines_covered > self.lines or self.branches_covered > self.branches:
            raise ValueError("more is covered than there is")
        return self

    @property
    def percent(self) -> float:
        """Lines and branches together, as coverage.py's total; 0 of nothing."""
        whole = self.lines + self.branches
        return 100 * (self.lines_covered + self.branches_covered) / whole if whole else 0.0


class Accuracy(Frozen):
    """A run of questions, what was asked and of which corpus: all that raglite/evaluation/gate.py judges."""

    questions: tuple[Question, ...]
    run: tuple[RunLine, ...]
    corpus: Corpus


class Load(Frozen):
    """Every event by its metric of raglite/telemetry.py, one value each, in the metric's unit.

    A question's latency counts from when it was due, not from when a busy generator came to send it.
    """

    samples: Mapping[str, tuple[Value, ...]]


class Drill(Frozen):
    """One disaster and the way back. Losses are what the writer's own log misses, back from the disaster."""

    name: str = Field(min_length=1)
    failed: AwareDatetime = Field(description="the first probe that failed")
    well: AwareDatetime = Field(description="the first of the good probes that stayed good")
    lost_seconds: Seconds = Field(description="how far before the disaster the oldest lost write was acknowledged")
    questions: Count = Field(description="asked before, meanwhile and after")
    wrong: Count = Field(description="answered otherwise than before")


class PlayedFault(Frozen):
    """A fault played on the planned alarms: those it is meant to fire, when each fired (s), and what was unexpected."""

    name: str
    alarms: tuple[str, ...]
    fired: Mapping[str, Seconds]
    faults: tuple[str, ...]


class PlannedAlarms(Frozen):
    """The alarms of a Terraform plan, and what faults did to them."""

    alarms: tuple[str, ...]
    cases: tuple[PlayedFault, ...]


class Machine(Frozen):
    """The class of machine it ran on; numbers of two classes are not compared."""

    system: str
    architecture: str
    cpus: Annotated[int, Field(ge=1)]
    memory_gib: Annotated[int, Field(ge=0)]


class Evidence(Frozen):
    """One kind's file."""

    schema_version: int = SCHEMA_VERSION
    kind: Kind
    git_sha: GitSha = Field(description="the commit that was checked out before the first step and after the last")
    dirty: tuple[str, ...] = Field(description="paths that differed from the commit, before or after")
    locks: Mapping[str, Sha256] = Field(description="SHA-256 of each lock file")
    off_lock: Mapping[str, tuple[str, ...]] = Field(description="installed packages of another version than locked")
    images: Mapping[str, ImageDigest] = Field(description="digest of each image that was built from this commit")
    tools: Mapping[str, str] = Field(description="the version of each tool; the model's is its spec's hash")
    machine: Machine
    started: AwareDatetime
    ended: AwareDatetime
    steps: tuple[Step, ...]
    coverage: Coverage | None = None
    accuracy: Accuracy | None = None
    load: Load | None = None
    drills: tuple[Drill, ...] = ()
    alarms: PlannedAlarms | None = None
    digest: Sha256 = Field(description="SHA-256 of the canonical JSON of all the rest")

    @property
    def tests(self) -> tuple[RanTest, ...]:
        """The tests of all steps."""
        return tuple(test for step in self.steps for test in step.tests)

    @property
    def times(self) -> tuple[datetime, ...]:
        """Every time that it names, in the order in which they must have been."""
        return (self.started, *(time for step in self.steps for time in (step.started, step.ended)), self.ended)


def digest_of(document: Mapping[str, Any]) -> str:
    """Return the SHA-256, as hex, of a JSON object's canonical form without its own digest."""
    rest = {name: value for name, value in document.items() if name != DIGEST}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def sealed(shape: type[Sealed], fields: Mapping[str, Any]) -> Sealed:
    """Return evidence, or a promotion, with the digest of its JSON."""
    draft = shape.model_validate({**fields, DIGEST: "0" * 64}).model_dump(mode="json")
    return shape.model_validate({**draft, DIGEST: digest_of(draft)})


def write(path: Path, one: Frozen) -> None:
    """Write it as it was sealed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(one.model_dump_json(indent=1) + "\n", encoding="utf-8")
