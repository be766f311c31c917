"""A run as a file: what was asked for, what was measured, by whom and on what machine, and the verdict."""

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from raglite.errors import ConfigurationError
from raglite.model import Frozen
from raglite.observability.slo import load
from raglite.release.checkout import look_at
from scripts.evidence.surroundings import machine
from tests.load.crowds.measured import (
    Asked,
    Bucket,
    Window,
    answered,
    histogram,
    samples,
    settled,
    statistic,
    statistics,
    windows,
)
from tests.load.crowds.plan import ROOT, SLO, Plan
from tests.load.crowds.profiles import PROFILES
from tests.load.crowds.stages import Stage, stages
from tests.load.crowds.verdict import Code, Generator, Verdict, judge

SAMPLES = "samples.json"  # what `make evidence KINDS=load` reads


@dataclass
class Run:
    """What the generator notes while it asks; `cpu` is its share of a core in each second, in percent."""

    plan: Plan
    host: str
    users: int
    began: datetime
    planned: float | None = None  # seconds; they and `seconds` are the same unless it was broken off
    seconds: float = 0
    broken_off: bool = False
    asked: list[Asked] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    load_before: float = field(default_factory=lambda: os.getloadavg()[0])

    @property
    def generator(self) -> Generator:
        """How the generator fared."""
        return Generator(
            late_ms=statistic((one.late_ms for one in self.asked), "p95") or 0.0,
            cpu_percent=statistic(self.cpu, "p95") or 0.0,
            broken_off=self.broken_off,
        )


class Report(Frozen):
    """Latencies are of answered questions, in milliseconds. Those from when a question was due are judged."""

    plan: Plan
    host: str
    users: int
    began: datetime
    seconds: float
    verdict: Verdict
    asked: int
    answered: int
    failures: Mapping[str, int]
    from_due_ms: Mapping[str, float]
    service_ms: Mapping[str, float]
    histogram: tuple[Bucket, ...]
    stages: tuple[Stage, ...]
    windows: tuple[Window, ...]
    generator: Generator
    machine: Mapping[str, Any]
    git_commit: str | None
    questions: tuple[Asked, ...]

    @property
    def as_json(self) -> str:
        """The file; it holds no key."""
        written = self.model_dump(mode="json", exclude={"plan": {"api_key"}, "questions": True})
        written["verdict"] |= {"word": self.verdict.word}
        rows = [[round(each, 4) for each in one[:4]] + [one.failure] for one in self.questions]
        return json.dumps(written | {"questions": {"columns": Asked._fields, "rows": rows}}, indent=1)


def report(run: Run) -> Report:
    """Return the report of a run that has ended."""
    asked = sorted((settled(one, run.plan.timeout) for one in run.asked), key=lambda one: one.due)
    good, slo = answered(asked), load(SLO)
    return Report(
        plan=run.plan,
        host=run.host,
        users=run.users,
        began=run.began,
        seconds=round(run.seconds, 3),
        verdict=judge(asked, run.generator, run.plan, slo),
        asked=len(asked),
        answered=len(good),
        failures=Counter(one.failure for one in asked if one.failure),
        from_due_ms=statistics(one.from_due_ms for one in good),
        service_ms=statistics(one.service_ms for one in good),
        histogram=histogram(asked),
        stages=stages(asked, PROFILES[run.plan.profile], run.users, run.planned or run.seconds, slo),
        windows=windows(asked, run.seconds),
        generator=run.generator,
        machine=machine() | {"load_before": run.load_before, "load_after": os.getloadavg()[0]},
        git_commit=_commit(),
        questions=tuple(asked),
    )


def write(found: Report, page: str) -> Path:
    """Write the report and its page, and the events as evidence, unless they mean nothing; return the page's path."""
    folder, name = found.plan.folder, found.plan.profile
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(found.as_json, encoding="utf-8")
    (folder / f"{name}.html").write_text(page, encoding="utf-8")
    evidence = folder / SAMPLES
    evidence.unlink(missing_ok=True)
    if found.verdict.code in {Code.HOLDS, Code.BROKEN}:
        evidence.write_text(json.dumps(samples(found.questions)), encoding="utf-8")
    return folder / f"{name}.html"


def in_lines(found: Report) -> Sequence[str]:
    """Return the verdict in lines for a terminal."""
    lines = [f"load {found.plan.profile}: {found.verdict.word} (exit code {found.verdict.code.value})"]
    lines += found.verdict.reasons
    lines.append(f"asked {found.asked}, answered {found.answered}, failed {found.asked - found.answered}")
    lines += [f"  {count} x {kind}" for kind, count in found.failures.items()]
    for words, values in (("from when it was due", found.from_due_ms), ("once it was sent", found.service_ms)):
        lines.append(f"{words}, ms: " + ", ".join(f"{name} {value:.0f}" for name, value in values.items()))
    return [*lines, *(stage.in_line for stage in found.stages)]


def _commit() -> str | None:
    try:
        return look_at(ROOT).git_sha
    except ConfigurationError:
        return None
