"""`raglite promote` on a repository of its own: every refusal by its name, and the record of a good release.

`REFUSALS=FILE` writes what each of them says as a table.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from raglite.cli.app import app
from raglite.release.policy import ENVIRONMENTS, RPO_SECONDS, RTO_SECONDS
from raglite.release.promote import against
from raglite.release.refusals import Why
from tests.unit.release.made import EVENTS, IMAGE, LEVELS, RELIES, Release, git, repository

Spoil = Callable[[Release], Any]
Promote = Callable[..., Result]
OTHER = "e" * 40
ELSEWHERE = {Why.OTHER_ENVIRONMENT, Why.RECORD_EXPIRED}  # said of records, not of evidence

pytestmark = pytest.mark.usefixtures("told")
TOLD: dict[str, str] = {}


@pytest.fixture(scope="module")
def told() -> Iterator[None]:
    yield
    if path := os.environ.get("REFUSALS"):
        rows = [f"| `{why}` | {sentence} |" for why, sentence in sorted(TOLD.items())]
        Path(path).write_text("\n".join(["| refusal | what it says |", "|---|---|", *rows, ""]))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return repository(tmp_path_factory.mktemp("template"), datetime.now(UTC))


@pytest.fixture
def release(template: Path, tmp_path: Path) -> Release:
    return Release(shutil.copytree(template, tmp_path / "repository"), datetime.now(UTC))


@pytest.fixture
def promote(release: Release, tmp_path: Path) -> Promote:
    def run(*arguments: str, to: str = "production") -> Result:
        folder = tmp_path / "evidence"
        if not folder.exists():
            release.write(folder)
        words = ["promote", "--to", to, "--root", str(release.root), "--evidence", str(folder), *arguments]
        return CliRunner().invoke(app, words)

    return run


def said(result: Result) -> dict[str, str]:
    """Return what was refused and why."""
    pairs = (line.removeprefix("raglite: ").partition(": ") for line in result.stderr.splitlines())
    return {why: sentence for why, _, sentence in pairs}


def of(kind: str, **fields: Any) -> Spoil:
    return lambda release: release.kinds[kind].update(fields)


def step(kind: str, **fields: Any) -> Spoil:
    return lambda release: release.kinds[kind]["steps"][0].update(fields)


def a_test(**fields: Any) -> Spoil:
    return lambda release: release.kinds["unit"]["steps"][0]["tests"][0].update(fields)


def everywhere(change: Callable[[dict[str, Any]], Any]) -> Spoil:
    return lambda release: [change(one) for one in release.kinds.values()]


def samples(metric: str, values: list[float]) -> Spoil:
    return lambda release: release.kinds["load"]["load"]["samples"].update({metric: values})


def drill(**fields: Any) -> Spoil:
    return lambda release: release.kinds["drill"]["drills"][0].update(fields)


def play(**fields: Any) -> Spoil:
    return lambda release: release.kinds["plan"]["alarms"]["cases"][0].update(fields)


def aged(kind: str, age: timedelta) -> Spoil:
    """Move all the times of a kind, so that it was begun so long ago."""

    def spoil(release: Release) -> None:
        one = release.kinds[kind]
        moved = release.now - age - datetime.fromisoformat(one["started"])
        for part in (one, *one["steps"]):
            part |= {name: (datetime.fromisoformat(part[name]) + moved).isoformat() for name in ("started", "ended")}

    return spoil


def relying_on(capability: str) -> Spoil:
    def spoil(release: Release) -> None:
        release.rewrite("tests/data/relies.toml", RELIES.replace("logs.retention", capability))
        for one in release.kinds.values():
            for ran in one["steps"]:
                ran["relies_on"] = sorted({"s3.events", capability}) if ran["tests"] else []

    return spoil


def also(name: str) -> Spoil:
    """Let a step run once more, somewhere else."""

    def spoil(release: Release) -> None:
        steps = release.kinds["e2e"]["steps"]
        steps.append({**steps[0], "name": name, "started": steps[-1]["ended"], "ended": steps[-1]["ended"]})

    return spoil


def expired(release: Release) -> None:
    text = (release.root / "local/waivers.toml").read_text()
    yesterday = (release.now - timedelta(days=1)).date()
    lines = [f"expires = {yesterday}" if line.startswith("expires") else line for line in text.splitlines()]
    release.rewrite("local/waivers.toml", "\n".join(lines))


def without_pages(release: Release) -> None:
    release.kinds["accuracy"]["accuracy"]["run"][0]["ranked"] = []


SPOILT: dict[str, tuple[Why, Spoil]] = {
    "a kind is missing": (Why.KIND_MISSING, lambda release: release.kinds.pop("drill")),
    "two files are of one kind": (
        Why.KIND_TWICE,
        lambda release: release.kinds.update(again=dict(release.kinds["unit"])),
    ),
    "a file is no evidence": (Why.UNREADABLE, lambda release: release.kinds.update(more={"schema_version": 1})),
    "a field is unknown": (Why.UNREADABLE, of("load", verdict="pass")),
    "a number is none": (Why.UNREADABLE, samples("QueryLatency", [float("nan")] * EVENTS)),
    "the form is of another version": (Why.UNKNOWN_SCHEMA, of("e2e", schema_version=2)),
    "the form is not told": (Why.UNKNOWN_SCHEMA, lambda release: release.kinds["e2e"].pop("schema_version")),
    "all evidence is of another commit": (Why.OTHER_SHA, everywhere(lambda one: one.update(git_sha=OTHER))),
    "one kind is of another commit": (Why.MIXED_SHAS, of("load", git_sha=OTHER)),
    "a kind was measured on a changed tree": (Why.TREE_DIRTY, of("unit", dirty=["raglite/errors.py"])),
    "the checkout is changed": (
        Why.CHECKOUT_DIRTY,
        lambda release: (release.root / "local/constraints.txt").chmod(0o755),
    ),
    "the checkout has a file that is not committed": (
        Why.CHECKOUT_DIRTY,
        lambda release: (release.root / "sitecustomize.py").write_text(""),
    ),
    "a kind is too old": (Why.STALE, aged("accuracy", ENVIRONMENTS["production"].max_age + timedelta(minutes=1))),
    "a kind is yet to come": (Why.IN_THE_FUTURE, aged("accuracy", timedelta(minutes=30))),
    "a step was outside its run": (Why.OUT_OF_ORDER, step("plan", started="2020-01-01T00:00:00+00:00")),
    "a lock file is another": (Why.LOCK_DIFFERS, lambda release: release.kinds["unit"]["locks"].popitem()),
    "a package is not as locked": (Why.OFF_LOCK, of("unit", off_lock={"constraints.txt": ["numpy 1.0"]})),
    "a tool has no version": (Why.TOOL_UNNAMED, lambda release: release.kinds["plan"]["tools"].pop("terraform")),
    "two kinds used two versions of a tool": (
        Why.TOOLS_DIFFER,
        lambda release: release.kinds["plan"]["tools"].update(terraform="0.9"),
    ),
    "an image has no digest": (Why.IMAGE_MISSING, everywhere(lambda one: one["images"].pop("raglite-ingest"))),
    "two kinds used two images": (
        Why.IMAGES_DIFFER,
        of("e2e", images={"raglite-service": IMAGE.replace("1", "2")}),
    ),
    "a step did not run": (Why.STEP_MISSING, lambda release: release.kinds["e2e"]["steps"].pop()),
    "a step is told twice": (Why.STEP_TWICE, step("e2e", name="reindex-live")),
    "a step failed": (Why.STEP_FAILED, step("checkers", exit_code=2)),
    "no test ran": (Why.NO_TESTS, step("unit", tests=[], relies_on=[])),
    "a test failed": (Why.TEST_FAILED, a_test(test="tests/other.py::test_b", outcome="failed")),
    "a test could not be set up": (Why.TEST_FAILED, a_test(outcome="error")),
    "a test passed that was known to fail": (Why.TEST_FAILED, a_test(outcome="xpassed")),
    "tests were left out": (Why.TESTS_LEFT_OUT, step("unit", deselected=3)),
    "a skip is not explained": (Why.SKIP_UNEXPLAINED, a_test(outcome="skipped", reason="UNRUN: no image of Qdrant")),
    "an expected failure is not explained": (Why.SKIP_UNEXPLAINED, a_test(outcome="xfailed", reason="one day")),
    "a reliance is not told": (Why.RELIANCE_DIFFERS, step("e2e", relies_on=["s3.events"])),
    "a capability is unknown": (Why.CAPABILITY_UNKNOWN, relying_on("s3.evnts")),
    "a capability is not shown where a step ran": (Why.CAPABILITY_UNKNOWN, also("e2e TWIN=other")),
    "a capability is absent": (Why.CAPABILITY_ABSENT, relying_on("backup.plans")),
    "a shape has no waiver": (
        Why.SHAPE_RELIED_ON,
        lambda release: release.rewrite("local/waivers.toml", "# none\n"),
    ),
    "a waiver has expired": (Why.WAIVER_EXPIRED, expired),
    "coverage was not measured": (Why.NOT_MEASURED, of("unit", coverage=None)),
    "answers were not measured": (Why.NOT_MEASURED, of("accuracy", accuracy=None)),
    "no drill was measured": (Why.NOT_MEASURED, of("drill", drills=[])),
    "alarms were not measured": (Why.NOT_MEASURED, of("plan", alarms=None)),
    "errors were not counted": (
        Why.NOT_MEASURED,
        lambda release: release.kinds["load"]["load"]["samples"].pop("Errors"),
    ),
    "coverage is below the floor": (
        Why.COVERAGE_TOO_LOW,
        lambda release: release.kinds["unit"]["coverage"].update(lines_covered=844, branches_covered=90),
    ),
    "no gold page was found": (Why.ACCURACY_BLOCKED, without_pages),
    "no question was asked": (
        Why.ACCURACY_BLOCKED,
        lambda release: release.kinds["accuracy"]["accuracy"].update(questions=[], run=[]),
    ),
    "answers belong to no question": (
        Why.ACCURACY_BLOCKED,
        lambda release: release.kinds["accuracy"]["accuracy"].update(questions=[]),
    ),
    "load was not measured": (Why.NOT_MEASURED, of("load", load=None)),
    "load was too short": (Why.TOO_FEW_EVENTS, samples("QueryLatency", [40.0] * 49)),
    "a promise is broken": (Why.PROMISE_BROKEN, samples("IngestionLatency", [20.0] * (EVENTS - 1) + [301.0])),
    "an objective is missed": (Why.OBJECTIVE_MISSED, samples("QueryLatency", [40.0] * 56 + [1001.0] * 4)),
    "questions failed": (Why.OBJECTIVE_MISSED, samples("Errors", [1.0])),
    "recovery was slow": (Why.RECOVERY_TOO_SLOW, lambda release: drill(well=_later(release))(release)),
    "recovery came before the disaster": (Why.RECOVERY_TOO_SLOW, drill(well="2020-01-01T00:00:00+00:00")),
    "too much was lost": (Why.TOO_MUCH_LOST, drill(lost_seconds=RPO_SECONDS + 1)),
    "an answer changed by recovery": (Why.WRONG_AFTER_RECOVERY, drill(wrong=1)),
    "nothing was asked after recovery": (Why.WRONG_AFTER_RECOVERY, drill(questions=0)),
    "a declared alarm is not planned": (
        Why.ALARMS_DIFFER,
        lambda release: release.kinds["plan"]["alarms"]["alarms"].pop(),
    ),
    "an alarm met no fault": (Why.ALARM_UNPROVEN, play(fired={})),
    "a fault fired what it should not": (Why.ALARM_FAULT, play(faults=["raglite-high-latency fired, too."])),
}

# Refusals that cannot come alone.
ALSO: dict[str, set[Why]] = {
    Why.UNKNOWN_SCHEMA: {Why.KIND_MISSING},
    Why.MIXED_SHAS: {Why.OTHER_SHA},
    Why.STEP_TWICE: {Why.STEP_MISSING},
    "a field is unknown": {Why.KIND_MISSING},
    "a number is none": {Why.KIND_MISSING},
}


def _later(release: Release) -> str:
    return (release.now - timedelta(hours=2) + timedelta(seconds=RTO_SECONDS + 1)).isoformat()


def test_a_good_release_is_promoted_and_recorded(release: Release, promote: Promote, tmp_path: Path) -> None:
    record = tmp_path / "records" / "production.json"
    result = promote("--record", str(record))
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"promoted to production: commit {release.checkout.git_sha}" in result.stdout
    assert f"raglite-service@{IMAGE}" in result.stdout
    written = json.loads(record.read_text())
    assert written["images"] == {"raglite-ingest": IMAGE, "raglite-service": IMAGE}
    assert written["evidence"].keys() == release.kinds.keys()
    assert written["waivers"] == ["logs.retention"]
    assert promote("--check", str(record)).exit_code == 0


@pytest.mark.parametrize("name", SPOILT)
def test_a_release_is_refused_if(name: str, release: Release, promote: Promote, tmp_path: Path) -> None:
    why, spoil = SPOILT[name]
    spoil(release)
    record = tmp_path / "record.json"
    record.write_text("what was decided earlier")
    result = promote("--record", str(record))
    assert result.exit_code == 1, result.output
    assert said(result).keys() == {why, *ALSO.get(name, set()), *ALSO.get(why, set())}, result.stderr
    TOLD.setdefault(why, said(result)[why].replace(str(tmp_path), "build"))
    assert result.stdout == ""
    assert not record.exists()


def test_a_release_is_refused_if_evidence_was_edited(release: Release, promote: Promote, tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    release.write(folder)
    text = (folder / "checkers.json").read_text()
    (folder / "checkers.json").write_text(text.replace('"exit_code": 0', '"exit_code": 1'))
    result = promote()
    assert result.exit_code == 1
    assert {"edited", "kind_missing"} == said(result).keys()
    TOLD[Why.EDITED] = said(result)["edited"].replace(str(tmp_path), "build")


def test_every_refusal_of_evidence_is_shown_here() -> None:
    assert {why for why, _ in SPOILT.values()} | {Why.EDITED} | ELSEWHERE == set(Why)


def test_what_is_allowed_in_staging_may_be_too_old_for_production(release: Release, promote: Promote) -> None:
    everywhere_aged(release)
    assert promote(to="staging").exit_code == 0
    assert said(promote(to="production")).keys() == {"stale"}


def everywhere_aged(release: Release) -> None:
    for kind in release.kinds:
        aged(kind, timedelta(days=2))(release)


def test_a_step_may_rest_on_what_was_shown_where_it_ran(release: Release, promote: Promote) -> None:
    shown = {name: {**entry, "targets": {"docker": entry, "other": entry}} for name, entry in LEVELS.items()}
    release.rewrite("local/capabilities.json", json.dumps(shown))
    also("e2e TWIN=other")(release)
    assert promote().exit_code == 0


def test_programs_are_told_every_refusal(release: Release, promote: Promote) -> None:
    release.kinds.pop("drill")
    step("checkers", exit_code=2)(release)
    told = json.loads(promote("--json").stdout)
    assert (told["promoted"], told["promotion"]) == (False, None)
    assert [one["why"] for one in told["refusals"]] == ["kind_missing", "step_failed"]


def test_programs_are_told_what_is_promoted(release: Release, promote: Promote) -> None:
    told = json.loads(promote("--json").stdout)
    assert told["promoted"]
    assert told["promotion"]["git_sha"] == release.checkout.git_sha


def test_a_record_does_not_let_another_commit_or_environment_be_deployed(
    release: Release, promote: Promote, tmp_path: Path
) -> None:
    record = tmp_path / "record.json"
    promote("--record", str(record), to="staging")
    assert said(promote("--check", str(record), to="production")).keys() == {"other_environment"}
    (release.root / "pyproject.toml").write_text("")
    git(release.root, "commit", "-qam", "More")
    assert said(promote("--check", str(record), to="staging")).keys() == {"other_sha"}


def test_a_record_is_refused_if_it_was_edited_or_is_none(release: Release, promote: Promote, tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    promote("--record", str(record))
    record.write_text(record.read_text().replace(IMAGE, IMAGE.replace("1", "2")))
    refused = promote("--check", str(record))
    assert (refused.exit_code, said(refused).keys()) == (1, {"edited"})
    record.unlink()
    assert promote("--check", str(record)).exit_code == 65


def test_a_record_expires_with_its_oldest_evidence(release: Release, promote: Promote, tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    promote("--record", str(record))
    begun = datetime.fromisoformat(release.kinds["unit"]["started"])
    until = datetime.fromisoformat(json.loads(record.read_text())["expires"])
    assert until == begun + ENVIRONMENTS["production"].max_age
    assert against(record, "production", release.checkout, until) == ()
    [late] = against(record, "production", release.checkout, until + timedelta(seconds=1))
    [early] = against(record, "production", release.checkout, begun)
    assert (late.why, early.why) == (Why.RECORD_EXPIRED, Why.RECORD_EXPIRED)


def test_a_record_expires_with_the_waiver_that_it_rests_on(release: Release, promote: Promote, tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    assert promote("--record", str(record), to="staging").exit_code == 0
    until = datetime.fromisoformat(json.loads(record.read_text())["expires"])
    assert until.date() == release.allowances.waivers[0].expires < (release.now + timedelta(days=6)).date()
    [late] = against(record, "staging", release.checkout, until + timedelta(seconds=1))
    assert late.why is Why.RECORD_EXPIRED


def test_files_that_git_is_told_not_to_show_are_seen(release: Release, promote: Promote) -> None:
    git(release.root, "config", "status.showUntrackedFiles", "no")
    (release.root / "sitecustomize.py").write_text("")
    assert said(promote()).keys() == {"checkout_dirty"}


def test_a_record_lets_no_changed_tree_be_deployed(release: Release, promote: Promote, tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    promote("--record", str(record))
    (release.root / "local/constraints.txt").chmod(0o755)
    assert said(promote("--check", str(record))).keys() == {"checkout_dirty"}


def test_an_unknown_environment_or_folder_is_explained(promote: Promote, tmp_path: Path) -> None:
    unknown = promote(to="moon")
    assert (unknown.exit_code, "staging or production" in unknown.stderr) == (65, True)
    nowhere = promote("--evidence", str(tmp_path / "nowhere"))
    assert (nowhere.exit_code, "make evidence" in nowhere.stderr) == (65, True)


def test_a_tree_without_our_files_is_explained(promote: Promote, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    elsewhere = promote("--root", str(tmp_path / "empty"))
    assert (elsewhere.exit_code, "--root" in elsewhere.stderr) == (78, True)


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("tests/data/skips.toml", '[[skip]]\ntest = "a"\n', "why"),
        ("tests/data/skips.toml", '[[skips]]\ntest = "a"\n', "[[skip]]"),
        ("tests/data/skips.toml", "[[skip\n", "no TOML"),
        ("local/waivers.toml", '[[waiver]]\ncapability = "a"\nreason = "because of it"\n', "date"),
        ("local/capabilities.json", "[]", "ledger"),
        ("pyproject.toml", "", "bounds"),
    ],
)
def test_rules_that_cannot_be_read_are_explained(
    release: Release, promote: Promote, name: str, text: str, complaint: str
) -> None:
    release.rewrite(name, text)
    broken = promote()
    assert (broken.exit_code, complaint in broken.stderr) == (78, True), broken.output
