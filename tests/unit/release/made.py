"""A repository with rules of its own and evidence that nothing speaks against, to be spoilt by tests."""

import copy
import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from raglite.evaluation.baseline import baseline_of
from raglite.observability.slo import load
from raglite.release.allowances import Allowances, read_allowances
from raglite.release.case import Bounds, Case
from raglite.release.checkout import Checkout, look_at
from raglite.release.evidence import DIGEST, Evidence, Kind, digest_of
from raglite.release.policy import ENVIRONMENTS, LOCKS, STEPS, TESTED, TOOLS
from tests.unit.evaluation.made import documents, line, question

ROOT = Path(__file__).resolve().parents[3]
SLO = ROOT / "dashboards" / "slo.json"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
MODEL = "5" * 64
IMAGE = "sha256:" + "1" * 64
EVENTS = 60
QUESTIONS, RUN = [question("q1")], [line("q1", 1, index_commit=7, latency_ms=40.0)]
CORPUS = documents(embedding=MODEL)
BOUNDS = Bounds(load(SLO), baseline_of(QUESTIONS, RUN, CORPUS), 85)

SKIPS = """
[[skip]]
test = "tests/made.py::test_of_real_filings[*]"
why = "Real filings are not ours to ship."
"""
RELIES = """
[[relies]]
test = "tests/made.py::*"
on = ["s3.events", "logs.retention"]
"""
WAIVERS = """
[[waiver]]
capability = "logs.retention"
date = {today}
owner = "platform"
reason = "Nothing is asked of retention."
expires = {expires}
"""
LEVELS = {
    "s3.events": {"level": "real", "targets": {"docker": {"level": "real"}}},
    "logs.retention": {"level": "shape", "targets": {"docker": {"level": "shape"}}},
    "backup.plans": {"level": "absent", "targets": {"docker": {"level": "absent"}}},
}


def sealed(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, DIGEST: digest_of(document)}


def git(root: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", *arguments],
        cwd=root, check=True, capture_output=True,
    )  # fmt: skip


def repository(root: Path, now: datetime) -> Path:
    """Make a repository of all the files that a promotion reads, committed."""
    files = {
        **dict.fromkeys(LOCKS, "one==1\n"),
        "pyproject.toml": "[tool.coverage.report]\nfail_under = 85\n",
        ".gitignore": "build/\n",
        "dashboards/slo.json": SLO.read_text(),
        "tests/data/baselines/generated.json": BOUNDS.baseline.model_dump_json(),
        "tests/data/skips.toml": SKIPS,
        "tests/data/relies.toml": RELIES,
        "local/waivers.toml": WAIVERS.format(today=now.date(), expires=now.date() + timedelta(days=1)),
        "local/capabilities.json": json.dumps(LEVELS),
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "All of it")
    return root


@dataclass
class Release:
    """A commit and the evidence of it, as JSON that a test may change before it is sealed and written."""

    root: Path
    now: datetime
    checkout: Checkout = field(init=False)
    allowances: Allowances = field(init=False)
    kinds: dict[str, dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.checkout, self.allowances = look_at(self.root), read_allowances(self.root)
        self.kinds = {kind.value: self._evidence(kind) for kind in Kind}

    def write(self, folder: Path) -> None:
        """Write each kind's file."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in self.kinds:
            self.write_kind(name, folder / f"{name}.json")

    def write_kind(self, name: str, path: Path) -> None:
        """Write one kind's file."""
        path.write_text(json.dumps(sealed(self.kinds[name])))

    def rewrite(self, name: str, text: str) -> None:
        """Change a file of the repository, commit that, and measure the new commit as well as the old."""
        (self.root / name).write_text(text)
        git(self.root, "commit", "-q", "-a", "-m", "Change the rules")
        self.checkout = look_at(self.root)
        for one in self.kinds.values():
            one |= {"git_sha": self.checkout.git_sha, "locks": dict(self.checkout.locks)}

    def judge(self, evidence: Iterable[Evidence]) -> Case:
        """Return what is decided on."""
        return Case(
            evidence=list(evidence),
            checkout=self.checkout,
            policy=ENVIRONMENTS["production"],
            allowances=self.allowances,
            bounds=BOUNDS,
            now=self.now,
        )

    def _evidence(self, kind: Kind) -> dict[str, Any]:
        begun, ended = self.now - timedelta(hours=2), self.now - timedelta(hours=1)
        return {
            "schema_version": 1,
            "kind": kind.value,
            "git_sha": self.checkout.git_sha,
            "dirty": [],
            "locks": dict(self.checkout.locks),
            "off_lock": {name: [] for name in LOCKS[:2]},
            "images": dict.fromkeys(ENVIRONMENTS["production"].images, IMAGE),
            "tools": {**dict.fromkeys(TOOLS, "1.0"), "model": MODEL},
            "machine": {"system": "Linux", "architecture": "x86_64", "cpus": 2, "memory_gib": 24},
            "started": begun.isoformat(),
            "ended": ended.isoformat(),
            "steps": [_step(name, begun + timedelta(minutes=9 * at)) for at, name in enumerate(STEPS[kind])],
            "coverage": None, "accuracy": None, "load": None, "drills": [], "alarms": None,
            **copy.deepcopy(_measured(kind, begun)),
        }  # fmt: skip


def _step(name: str, begun: datetime) -> dict[str, Any]:
    outcomes = {"a_promise": "passed", "of_real_filings[a.pdf]": "skipped", "another": "passed"}
    tests = [
        {"test": f"tests/made.py::test_{test}", "outcome": outcome, "seconds": 0.1, "reason": None}
        for test, outcome in outcomes.items()
    ]
    return {
        "name": name,
        "started": begun.isoformat(),
        "ended": (begun + timedelta(minutes=9)).isoformat(),
        "exit_code": 0,
        "tests": tests if name in TESTED else [],
        "deselected": 0,
        "relies_on": ["logs.retention", "s3.events"] if name in TESTED else [],
    }


def _measured(kind: Kind, begun: datetime) -> dict[str, Any]:
    alarms = sorted(BOUNDS.slo.alarm_names)
    drill = {"name": "index lost", "failed": begun.isoformat(), "well": (begun + timedelta(minutes=4)).isoformat()}
    samples = {
        "QueryLatency": [40.0] * EVENTS, "IngestionLatency": [20.0] * EVENTS, "Queries": [1.0] * EVENTS, "Errors": []
    }  # fmt: skip
    measured: dict[Kind, dict[str, Any]] = {
        Kind.UNIT: {"coverage": {"lines": 1000, "lines_covered": 900, "branches": 100, "branches_covered": 90}},
        Kind.ACCURACY: {
            "accuracy": {
                "questions": [one.model_dump(mode="json") for one in QUESTIONS],
                "run": [one.model_dump(mode="json") for one in RUN],
                "corpus": CORPUS.model_dump(mode="json"),
            }
        },
        Kind.LOAD: {"load": {"samples": samples}},
        Kind.ROLLOUT: {"load": {"samples": {name: samples[name] for name in ("QueryLatency", "Queries", "Errors")}}},
        Kind.DRILL: {"drills": [{**drill, "lost_seconds": 0.0, "questions": 10, "wrong": 0}]},
        Kind.PLAN: {
            "alarms": {
                "alarms": alarms,
                "cases": [{"name": "all of it", "alarms": alarms, "fired": dict.fromkeys(alarms, 60.0), "faults": []}],
            }
        },
    }  # fmt: skip
    return measured.get(kind, {})
