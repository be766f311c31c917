"""One estate for all drills, with some documents on it; what each drill came to is written down as it ends."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.dr.told import drilled, written
from tests.integration.corpus import corpus
from tests.integration.estate import CLI, ROOT, Estate, run

BUILD = ROOT / "build" / "drill"
LIMIT = "300"  # seconds, for RTO and RPO
RED = 10


@dataclass
class Played:
    """The estate, and the reports of what was played on it; written to `file` as each ends."""

    estate: Estate
    file: Path
    reports: list[dict[str, Any]] = field(default_factory=list)

    def drill(self, name: str, sabotage: str | None = None) -> tuple[int, dict[str, Any]]:
        """Play a drill as an operator does, and return its exit code and its report."""
        spoiled = ["--sabotage", sabotage] if sabotage else []
        words = ("drill", name, *spoiled, "--rto", LIMIT, "--rpo", LIMIT, "--json")
        done = subprocess.run(
            [*CLI, *words], cwd=ROOT, env=self.estate.environment, text=True, capture_output=True, check=False
        )
        (BUILD / f"{sabotage or name}.log").write_text(done.stderr)
        assert done.stdout, f"{name} ended with {done.returncode} and no report: {done.stderr[-3000:]}"
        report = json.loads(done.stdout)
        (BUILD / f"{sabotage or name}.json").write_text(done.stdout)
        self.reports.append(report)
        self.file.with_suffix(".json").write_text(json.dumps(self.reports, indent=1))
        self.file.with_suffix(".md").write_text(written(self.reports))
        return done.returncode, report


@pytest.fixture(scope="session")
def estate() -> Iterator[Estate]:
    """A twin with a fault proxy before the index, and the sample documents in it."""
    BUILD.mkdir(parents=True, exist_ok=True)
    os.environ["FAULTS"] = "1"
    running = Estate.up()
    try:
        running.cli("upload", str(corpus(BUILD).folder), "--wait", "--timeout", "600", "--json", check=False)
        yield running
    finally:
        if not os.environ.get("KEEP"):
            running.down()


@pytest.fixture(scope="module")
def drills(estate: Estate) -> Iterator[Played]:
    """Who plays the drills; in the end the evidence of those that came back is written."""
    played = Played(estate, BUILD / "report")
    yield played
    kept = [drilled(one) for one in played.reports if one["well"]]
    (BUILD / "drills.json").write_text(json.dumps(kept, indent=1))


@pytest.fixture(scope="module")
def sabotaged(estate: Estate) -> Played:
    """Who plays the drills that are spoiled."""
    return Played(estate, BUILD / "sabotages")


@pytest.fixture(scope="session")
def drift(estate: Estate) -> Callable[[], dict[str, Any]]:
    """Return what another plan would change, held against what is known of the emulator."""

    def look() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(run(sys.executable, "-m", "local", "plan", "--json", check=False).stdout)
        return found

    return look
