"""An observation of an environment in which nothing is amiss, as JSON that a test may change before it is sealed."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from raglite.release.case import Case
from raglite.release.evidence import Evidence, sealed
from raglite.release.policy import ENVIRONMENTS
from raglite.release.promote import promotion
from raglite.release.validation.ground import READY, Ground, Observed, Promoted
from raglite.release.validation.observation import Observation
from tests.unit.release.made import CORPUS, EVENTS, QUESTIONS, RUN, Release
from tests.unit.release.made import sealed as sealed_json

WEEK = timedelta(days=7)
# Tests of which a criterion asks that they have passed, by the kind that runs them.
PROOFS = {
    "unit": "tests/unit/test_workflows.py::test_made",
    "rollout": "tests/integration/test_scaling.py::test_made",
    "e2e": "tests/integration/test_dashboards.py::test_made",
}


def with_proofs(release: Release) -> Release:
    """Let the release's evidence have what criteria ask for by name."""
    for kind, test in PROOFS.items():
        release.kinds[kind]["steps"][0]["tests"].append(
            {"test": test, "outcome": "passed", "seconds": 1.0, "reason": None}
        )
    release.kinds["drill"]["drills"][0]["name"] = "index-lost"
    return release


def evidence_of(release: Release) -> list[Evidence]:
    """Return the release's evidence, sealed."""
    return [Evidence.model_validate(sealed_json(one)) for one in release.kinds.values()]


def observation(environment: str, git_sha: str, now: datetime) -> dict[str, Any]:
    """Return a week in which everything was well."""
    started, earlier = now - timedelta(hours=1), now - timedelta(hours=2)
    samples = {"QueryLatency": [40.0] * EVENTS, "Queries": [1.0] * EVENTS, "Errors": []}
    drill = {"name": "index-lost", "lost_seconds": 0.0, "questions": 10, "wrong": 0}
    return {
        "schema_version": 1,
        "environment": environment,
        "endpoint": "",
        "git_sha": git_sha,
        "deployed": (now - timedelta(days=1)).isoformat(),
        "dirty": [],
        "since": (started - WEEK).isoformat(),
        "started": started.isoformat(),
        "ended": started.isoformat(),
        "minutes": {"up": 10_075, "down": 4, "silent": 1},
        "ingested": {"documents": EVENTS, "slowest": 120.0},
        "load": {
            "began": earlier.isoformat(), "users": 10, "seconds": 600.0, "measured": {"samples": samples},
            "fewest_tasks": 2, "most_tasks": 4,
        },
        "accuracy": {
            "made": earlier.isoformat(),
            "answers": {
                "questions": [one.model_dump(mode="json") for one in QUESTIONS],
                "run": [one.model_dump(mode="json") for one in RUN],
                "corpus": CORPUS.model_dump(mode="json"),
            },
        },
        "drills": [drill | {"failed": earlier.isoformat(), "well": (earlier + timedelta(minutes=4)).isoformat()}],
        "dashboards": [
            {
                "name": "RAGLite-Production",
                "metrics": dict.fromkeys(("QueryLatency", "Errors", "RunningTaskCount", "DesiredTaskCount"), 24),
            }
        ],
        "use": {"days": 28.0, "questions": 200, "users": 6, "ratings": [8] * 12},
        "survey": [
            {"person": "ann", "questions": 30, "asked_here": 28},
            {"person": "bob", "questions": 30, "asked_here": 29},
        ],
    }  # fmt: skip


def ground(release: Release, environment: str, seen: list[dict[str, Any]], *, promoted: bool = True) -> Ground:
    """Return what is validated: the release's evidence, these observations, and a record of a promotion."""
    evidence = evidence_of(release)
    case = Case(
        evidence=evidence,
        checkout=release.checkout,
        policy=READY[environment],
        allowances=release.allowances,
        bounds=release.judge(()).bounds,
        now=release.now,
    )
    record = promotion(release.judge(evidence), environment) if promoted and environment in ENVIRONMENTS else None
    return Ground(
        environment=environment,
        case=case,
        files={one.digest: Path(f"build/evidence/{one.kind}.json") for one in evidence},
        observations=[
            Observed(Path(f"build/observed/{one['environment']}.json"), sealed(Observation, one)) for one in seen
        ],
        promoted=Promoted(Path("build/promotion/production.json"), record, ()) if record else None,
    )
