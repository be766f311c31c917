"""Writes docs/reference/evidence.md from the models and the policy: `python -m scripts.evidence.page`."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from raglite.model import Frozen
from raglite.release.evidence import (
    Accuracy,
    Coverage,
    Drill,
    Evidence,
    Load,
    Machine,
    PlannedAlarms,
    PlayedFault,
    RanTest,
    Step,
)
from raglite.release.policy import ENVIRONMENTS, RPO_SECONDS, RTO_SECONDS, STEPS
from raglite.release.promote import Promotion
from raglite.release.refusals import Why
from raglite.release.validation.observation import (
    Drawn,
    Evaluated,
    Ingested,
    Minutes,
    Observation,
    Told,
    UnderLoad,
    Use,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "evidence.md"
SHAPES = (
    Evidence, Step, RanTest, Coverage, Accuracy, Load, Drill, PlannedAlarms, PlayedFault, Machine, Promotion,
    Observation, Minutes, Ingested, UnderLoad, Evaluated, Drawn, Use, Told,
)  # fmt: skip
HEAD = """# Evidence and promotion

<!-- Written by `python -m scripts.evidence.page` from raglite/release/. -->

`make evidence` runs gates and writes `build/evidence/KIND.json`; `raglite promote` judges them
([how to](../how-to/promote.md)). `make observe` writes `build/observed/ENVIRONMENT.json`; `raglite validate` judges
both ([production](../explanation/production.md)).
"""
WHEN = {
    Why.KIND_MISSING: "a kind that the environment asks for has no file",
    Why.KIND_TWICE: "several files are of one kind",
    Why.UNREADABLE: "a JSON file in the folder is no evidence",
    Why.UNKNOWN_SCHEMA: "a file has another `schema_version` than this raglite writes",
    Why.EDITED: "a file's digest is not that of its content",
    Why.CHECKOUT_DIRTY: "the checkout that promotes differs from its commit, untracked files included",
    Why.OTHER_SHA: "evidence, or a record, is of another commit than the one checked out",
    Why.MIXED_SHAS: "the kinds are of several commits",
    Why.TREE_DIRTY: "a kind was measured on a tree that differed from its commit",
    Why.STALE: "a kind was begun too long ago",
    Why.IN_THE_FUTURE: "a time is yet to come, by more than a minute",
    Why.OUT_OF_ORDER: "times cannot follow each other",
    Why.LOCK_DIFFERS: "a lock file was another",
    Why.OFF_LOCK: "an installed package had another version than locked",
    Why.TOOL_UNNAMED: "a tool's version is not told",
    Why.TOOLS_DIFFER: "two kinds used two versions of a tool, or two models",
    Why.IMAGE_MISSING: "no kind names the digest of an image",
    Why.IMAGES_DIFFER: "two kinds name two digests of an image",
    Why.STEP_MISSING: "a make target of the kind did not run",
    Why.STEP_TWICE: "a make target is told of twice",
    Why.STEP_FAILED: "a make target ended with another code than 0",
    Why.NO_TESTS: "not one test of a step passed",
    Why.TEST_FAILED: "a test failed, could not be set up, or passed though it is marked as failing",
    Why.TESTS_LEFT_OUT: "a filter left tests out",
    Why.SKIP_UNEXPLAINED: "a test was skipped, or failed as expected, and `tests/data/skips.toml` does not say why",
    Why.RELIANCE_DIFFERS: "a step names other capabilities than `tests/data/relies.toml` gives its tests",
    Why.CAPABILITY_UNKNOWN: "a test rests on a capability that `local/capabilities.json` does not tell of where it ran",
    Why.CAPABILITY_ABSENT: "a test rests on a capability that is absent",
    Why.SHAPE_RELIED_ON: "a test rests on a shape that `local/waivers.toml` does not waive",
    Why.WAIVER_EXPIRED: "the waiver of a shape has expired, or is not valid yet",
    Why.NOT_MEASURED: "a kind holds no measurement of what it is for",
    Why.COVERAGE_TOO_LOW: "coverage is below `fail_under` of pyproject.toml",
    Why.ACCURACY_BLOCKED: "the accuracy gate blocks the run, or another model answered; each reason is told",
    Why.TOO_FEW_EVENTS: "fewer events of a metric were measured than `events_at_least` of slo.json",
    Why.PROMISE_BROKEN: "a promise of slo.json is broken",
    Why.OBJECTIVE_MISSED: "an objective of slo.json is missed",
    Why.RECOVERY_TOO_SLOW: f"a drill took longer than {RTO_SECONDS // 3600} hours, or came back before it began",
    Why.TOO_MUCH_LOST: f"a drill lost more than {RPO_SECONDS // 3600} hours of writes",
    Why.WRONG_AFTER_RECOVERY: "after a drill nothing was asked, or something was answered otherwise than before",
    Why.ALARMS_DIFFER: "the planned alarms are not those of slo.json",
    Why.ALARM_UNPROVEN: "no fault was shown to fire an alarm that is meant to fire",
    Why.ALARM_FAULT: "a fault fired other alarms than expected",
    Why.OTHER_ENVIRONMENT: "a record is for another environment",
    Why.RECORD_EXPIRED: "a record is used before it was written, or after evidence has become stale or a waiver ended",
}


def page() -> str:
    """Return the page."""
    refusals = [(f"`{why}`", WHEN[why]) for why in Why]
    return "\n".join([
        HEAD, "## Kinds", "", *_table(("kind", "make targets"), _kinds()),
        "## Environments", "", *_table(("environment", "evidence is begun at most", "images"), _environments()),
        "## Refusals", "", "The exit code is 1. Each has a test in `tests/unit/cli/test_promote.py`.", "",
        *_table(("code", "when"), refusals),
        "## Fields", "", *(line for shape in SHAPES for line in _fields(shape)),
    ])  # fmt: skip


def _kinds() -> Iterable[tuple[str, ...]]:
    return [(f"`{kind}`", ", ".join(f"`{step}`" for step in steps)) for kind, steps in STEPS.items()]


def _environments() -> Iterable[tuple[str, ...]]:
    return [
        (name, f"{policy.max_age // timedelta(hours=1)} hours ago", ", ".join(f"`{image}`" for image in policy.images))
        for name, policy in ENVIRONMENTS.items()
    ]


def _fields(shape: type[Frozen]) -> list[str]:
    properties: dict[str, Any] = shape.model_json_schema(mode="serialization")["properties"]
    rows = [(f"`{name}`", _type(found), found.get("description", "")) for name, found in properties.items()]
    told = " ".join((shape.__doc__ or "").split())
    return [f"### {shape.__name__}", "", told, "", *_table(("field", "JSON", "meaning"), rows)]


def _type(found: dict[str, Any]) -> str:
    if "$ref" in found:
        return str(found["$ref"]).rpartition("/")[2]
    if "anyOf" in found:
        return " or ".join(_type(one) for one in found["anyOf"])
    if found.get("type") == "array":
        return f"list of {_type(found['items'])}"
    if isinstance(found.get("additionalProperties"), dict):
        return f"object of {_type(found['additionalProperties'])}"
    return str(found.get("format") or found.get("type"))


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [heads, ("---",) * len(heads), *rows]
    return [*(f"| {' | '.join(cells)} |" for cells in lines), ""]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
