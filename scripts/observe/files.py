"""What other commands left in files about an environment; what names another service is left out."""

import csv
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from raglite.errors import InvalidRequest
from raglite.release.evidence import Drill, Load
from raglite.release.validation.observation import Evaluated, Told, UnderLoad
from raglite.telemetry import ERRORS, QUERIES, QUERY_LATENCY
from scripts.dashboards.cloudwatch import Span

SETTLING = timedelta(minutes=10)  # after a load, while tasks that it called for still come
SURVEY = "write person,questions,asked_here and a line a person"
COUNTED = (0, 1)  # exit codes of a load that say something of the service
Running = Callable[[Span], tuple[int | None, int | None]]


def under_load(path: Path, service_url: str, running: Running) -> UnderLoad | None:
    """Return a report of `make load`, if it is of this service."""
    report = _read(path)
    if report is None or report["host"].rstrip("/") != service_url or report["verdict"]["code"] not in COUNTED:
        return None
    began = datetime.fromisoformat(report["began"]).astimezone(UTC)
    fewest, most = running((began, began + timedelta(seconds=report["seconds"]) + SETTLING))
    columns = report["questions"]["columns"]
    asked = [dict(zip(columns, row, strict=True)) for row in report["questions"]["rows"]]
    good = [one for one in asked if one["failure"] is None]
    samples = {
        QUERIES.name: [1.0 for _ in asked],
        ERRORS.name: [1.0 for one in asked if one["failure"] is not None],
        QUERY_LATENCY.name: [1000 * (one["done"] - one["due"]) for one in good],
    }
    return UnderLoad(
        began=began,
        users=report["users"],
        seconds=report["seconds"],
        measured=Load.model_validate({"samples": samples}),
        fewest_tasks=fewest,
        most_tasks=most,
    )


def accuracy(path: Path, service_url: str) -> Evaluated | None:
    """Return the questions and answers of `raglite eval --json`, if they are this service's."""
    report = _read(path)
    if report is None or report["service"].rstrip("/") != service_url:
        return None
    corpus = {name: report["corpus"][name] for name in ("documents", "parts", "embedding", "dense")}
    findings = report["findings"]
    answers = {
        "questions": [one["question"] for one in findings],
        "run": [one["line"] for one in findings],
        "corpus": corpus,
    }
    return Evaluated.model_validate({"made": report["made"], "answers": answers})


def drill(path: Path, documents_bucket: str, git_sha: str) -> Drill | None:
    """Return a report of `raglite drill --json`, if it is of this bucket and commit and nobody spoiled it."""
    report = _read(path)
    is_ours = report is not None and report["names"].get("documents_bucket") == documents_bucket
    if report is None or not is_ours or report["git_sha"] != git_sha or report["sabotage"]:
        return None
    if not report["green"] or report["well"] is None:
        raise InvalidRequest(
            f"{path} tells of a drill that was not green: mend what it complains of, and play it again."
        )
    told = {"name": report["name"], "failed": report["failed"], "well": report["well"], "wrong": report["wrong"]}
    asked = report["right"] + report["refused"] + report["wrong"]
    return Drill.model_validate(told | {"lost_seconds": report["rpo_seconds"], "questions": asked})


def survey(path: Path) -> list[Told]:
    """Return a CSV's tallies; InvalidRequest says which line is none."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            told = [Told.model_validate(row) for row in csv.DictReader(lines)]
    except (OSError, ValueError) as error:
        raise InvalidRequest(f"{path} is no survey ({error}): {SURVEY}.") from error
    if not told:
        raise InvalidRequest(f"{path} tells of nobody: {SURVEY}.")
    return told


def _read(path: Path) -> Mapping[str, Any] | None:
    if not path.exists():
        return None
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise InvalidRequest(f"{path} is not whole ({error}): remove it, or measure again.") from error
