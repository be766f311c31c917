"""One kind's make targets, run one after the other and noted."""

import json
import os
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import ValidationError

from raglite.errors import ConfigurationError
from raglite.release.allowances import Reliance, read_reliances, relied_on
from raglite.release.checkout import Checkout, look_at
from raglite.release.evidence import Evidence, Kind, sealed
from scripts.evidence.measured import measured, merge
from scripts.evidence.surroundings import images, machine, off_lock, tools

OUTCOMES = "EVIDENCE_OUTCOMES"  # tests/evidence_plugin.py
# What somebody may have set to look at a part, and make's own words from outside: a gate runs as it stands.
NOT_FOR_GATES = (
    "BASELINE", "CONTRACTS", "CORPUS", "DOCS", "ENGINE", "GNUMAKEFLAGS", "JOBS", "KEEP", "MAKEFILES", "MAKEFLAGS",
    "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "N", "OUT", "PYTEST_ADDOPTS", "QUESTIONS", "RELEASE_TAG", "REPORT",
    "ROUNDS", "RUNS", "SEED", "TWIN", "USERS",
    "AT_LEAST", "BASE", "CPU_PERCENT", "DURATION", "LATE_MS", "LOAD_FOLDER", "PARTS", "PROFILE", "PROOFS", "RATE",
    "TIMEOUT", "WRITE_BASELINE",
    "RAGLITE_API_KEY", "RAGLITE_API_URL",  # of another estate, whose code is not this commit's
)  # fmt: skip

Make = Callable[[str, dict[str, str]], int]


@dataclass
class Gate:
    """Runs steps at `root`; `make` runs one make target in an environment and returns its exit code."""

    root: Path
    make: Make
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    fields: dict[str, Any] = field(default_factory=dict)

    def run(self, kind: Kind, steps: Iterable[str]) -> Evidence:
        """Return the evidence of a kind; ConfigurationError if another commit was checked out meanwhile."""
        before, started = look_at(self.root), self.now()
        reliances = read_reliances(self.root)
        ran = [self._step(name, reliances) for name in steps]
        ended, after = self.now(), look_at(self.root)
        if (before.git_sha, before.locks) != (after.git_sha, after.locks):
            raise ConfigurationError(f"Another commit was checked out while {kind} was measured: measure it again.")
        fields = {
            "kind": kind,
            "started": started,
            "ended": ended,
            "steps": ran,
            **self._surroundings(before, after),
            **self.fields,
        }
        try:
            return sealed(Evidence, fields)
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(map(str, fault["loc"]))
            raise ConfigurationError(
                f"What was measured of {kind} is no evidence, {where}: {fault['msg']}. Mend what measures it."
            ) from error

    def _step(self, name: str, reliances: tuple[Reliance, ...]) -> dict[str, Any]:
        with TemporaryDirectory() as outcomes:
            started = self.now()
            code = self.make(name, {OUTCOMES: outcomes})
            sessions = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(outcomes).glob("*.json"))]
        merge(self.fields, measured(name, self.root / "build", started.timestamp()))
        tests = [test for session in sessions for test in session["tests"]]
        return {
            "name": name,
            "started": started,
            "ended": self.now(),
            "exit_code": code,
            "tests": tests,
            "deselected": sum(session["deselected"] for session in sessions),
            "relies_on": relied_on((test["test"] for test in tests), reliances),
        }

    def _surroundings(self, before: Checkout, after: Checkout) -> dict[str, Any]:
        return {
            "git_sha": after.git_sha,
            "dirty": sorted({*before.changed, *after.changed}),
            "locks": after.locks,
            "off_lock": off_lock(self.root),
            "images": images(self.root / "build", after.git_sha),
            "tools": tools(self.root),
            "machine": machine(),
        }


def make_at(root: Path) -> Make:
    """Return how make targets are run in a repository."""

    def make(step: str, more: dict[str, str]) -> int:
        kept = {name: value for name, value in os.environ.items() if name not in NOT_FOR_GATES}
        environment = {**kept, **more, "PYTEST_PLUGINS": "tests.evidence_plugin"}
        return subprocess.run(
            ["make", "--no-print-directory", *step.split()], cwd=root, env=environment, check=False
        ).returncode

    return make
