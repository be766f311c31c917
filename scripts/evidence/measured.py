"""What each make target leaves in build/, as fields of the evidence. Only files of this run count."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

Fields = dict[str, Any]
SHOWN = ("excerpt", "label", "why")  # of a page: for people, judged by nothing
OK = 200
# What the benchmarks call one event of each metric, in the metric's unit.
BENCHED = {"IngestionLatency": "upload to searchable, s"}


def measured(step: str, build: Path, since: float) -> Fields:
    """Return what a step left below `build` since a POSIX time; nothing if it measures nothing, or did not finish."""
    fields: Fields = {}
    for source, read in SOURCES.get(step.partition(" ")[0], ()):
        path = build / source
        if path.exists() and path.stat().st_mtime >= since:
            try:
                merge(fields, read(path))
            except (ValueError, KeyError, TypeError, ET.ParseError) as error:
                print(f"{path} is not whole, so nothing of it counts: {error!r}", file=sys.stderr)
    return fields


def merge(into: Fields, more: Mapping[str, Any]) -> None:
    """Add the measurements of another step: samples and drills to those there are."""
    for name, value in more.items():
        if name == "load" and name in into:
            for metric, values in value["samples"].items():
                into[name]["samples"].setdefault(metric, []).extend(values)
        elif name == "drills":
            into.setdefault(name, []).extend(value)
        else:
            into[name] = value


def _coverage(path: Path) -> Fields:
    found = ET.parse(path).getroot().attrib  # noqa: S314  coverage.py wrote it in this run
    return {
        "coverage": {
            "lines": int(found["lines-valid"]),
            "lines_covered": int(found["lines-covered"]),
            "branches": int(found["branches-valid"]),
            "branches_covered": int(found["branches-covered"]),
        }
    }


def _accuracy(path: Path) -> Fields:
    report = json.loads(path.read_text(encoding="utf-8"))
    corpus = {name: report["corpus"][name] for name in ("documents", "parts", "embedding", "dense")}
    return {
        "accuracy": {
            "questions": _lines(path.with_name("questions.jsonl")),
            "run": [_bare(line) for line in _lines(path.with_name("run.jsonl"))],
            "corpus": corpus,
        }
    }


def _bare(line: Mapping[str, Any]) -> Fields:
    kept = {name: line[name] for name in ("id", "latency_ms", "took_ms", "index_commit", "failed") if name in line}
    pages = {name: line[name] for name in ("ranked", "citations") if line.get(name) is not None}
    return kept | {
        name: [{key: value for key, value in page.items() if key not in SHOWN} for page in found]
        for name, found in pages.items()
    }


def _benched(path: Path) -> Fields:
    told = [one["extra_info"] for one in json.loads(path.read_text(encoding="utf-8"))["benchmarks"]]
    samples = {metric: [info[name] for info in told if name in info] for metric, name in BENCHED.items()}
    return {"load": {"samples": samples}}


def _asked(path: Path) -> Fields:
    """Read questions as (when due, seconds from then until the answer, HTTP status or 0)."""
    asked = json.loads(path.read_text(encoding="utf-8"))["questions"]
    samples = {
        "Queries": [1.0 for _ in asked],
        "Errors": [1.0 for _, _, status in asked if status != OK],
        "QueryLatency": [1000 * seconds for _, seconds, status in asked if status == OK],
    }
    return {"load": {"samples": samples}}


def _sampled(path: Path) -> Fields:
    return {"load": {"samples": json.loads(path.read_text(encoding="utf-8"))}}


def _drilled(path: Path) -> Fields:
    return {"drills": json.loads(path.read_text(encoding="utf-8"))}


def _alarms(path: Path) -> Fields:
    matrix = json.loads(path.read_text(encoding="utf-8"))
    kept = ("name", "alarms", "fired", "faults")
    cases = [{name: case[name] for name in kept} for case in matrix["cases"]]
    return {"alarms": {"alarms": matrix["alarms"], "cases": cases}}


def _lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


SOURCES: Mapping[str, tuple[tuple[str, Callable[[Path], Fields]], ...]] = {
    "test": (("coverage/coverage.xml", _coverage),),
    "gate": (("gate/eval.json", _accuracy),),
    "bench": (("bench/ingestion.json", _benched),),
    "load": (("load/samples.json", _sampled), ("load/uploads.json", _sampled)),
    # Its other runs release versions that are bad on purpose.
    "scaling": (("scaling/autoscaling.json", _asked), ("scaling/release.json", _asked)),
    "drill": (("drill/drills.json", _drilled),),
    "alarms": (("alarms/matrix.json", _alarms),),
}
