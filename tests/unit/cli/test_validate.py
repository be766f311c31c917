"""`raglite validate` on a repository of its own, with evidence that nothing speaks against, to be spoilt."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from raglite.cli.app import app
from raglite.release.evidence import write
from raglite.release.promote import promotion
from raglite.release.validation.criteria import CRITERIA
from tests.unit.release.made import Release, repository, sealed
from tests.unit.release.observed import evidence_of, observation, with_proofs

Validate = Callable[..., Result]
VOID_ELEMENTS = {"meta"}
ANOTHER = "e" * 40


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return repository(tmp_path_factory.mktemp("template"), datetime.now(UTC))


@pytest.fixture
def release(template: Path, tmp_path: Path) -> Release:
    return with_proofs(Release(shutil.copytree(template, tmp_path / "repository"), datetime.now(UTC)))


@pytest.fixture
def build(release: Release, tmp_path: Path) -> Path:
    """Return a folder in which all of the evidence of a release that is well lies."""
    folder = tmp_path / "build"
    release.write(folder / "evidence")
    record = promotion(release.judge(evidence_of(release)), "production")
    write(folder / "promotion" / "production.json", record)
    (folder / "observed").mkdir()
    for environment in ("production", "staging"):
        put(folder, observation(environment, release.checkout.git_sha, release.now))
    return folder


@pytest.fixture
def validate(release: Release, build: Path) -> Validate:
    def run(environment: str = "production", *arguments: str) -> Result:
        words = ["validate", "--environment", environment, "--root", str(release.root)]
        places = [
            *("--evidence", str(build / "evidence")),
            *("--observed", str(build / "observed")),
            *("--record", str(build / "promotion" / "production.json")),
        ]
        return CliRunner().invoke(app, [*words, *places, *arguments])

    return run


def put(build: Path, seen: dict[str, Any]) -> None:
    (build / "observed" / f"{seen['environment']}.json").write_text(json.dumps(sealed(seen)))


def statuses(found: Result) -> dict[str, str]:
    return {one["criterion"]: one["status"] for one in json.loads(found.stdout)["findings"]}


class Balance(HTMLParser):
    """Fails where an element is closed that is not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, _: object) -> None:
        if tag not in VOID_ELEMENTS:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_where_all_is_met_the_rollout_is_approved(validate: Validate) -> None:
    found = validate()
    assert (found.exit_code, found.stderr) == (0, "")
    assert "TEAM ROLLOUT APPROVED" in found.stdout
    assert found.stdout.count(" met ") >= len(CRITERIA)


def test_without_any_evidence_nothing_is_met_and_what_is_missing_is_said(release: Release, tmp_path: Path) -> None:
    none = str(tmp_path / "none")
    words = ["validate", "--root", str(release.root), "--evidence", none, "--observed", none, "--record", none]
    found = CliRunner().invoke(app, [*words, "--json"])
    assert found.exit_code == 1
    told = json.loads(found.stdout)
    assert {one["status"] for one in told["findings"]} == {"not measured"}
    assert (told["decision"], told["all_met"], told["environment"]) == ("Not decided", False, "production")
    assert all(one["reasons"] and one["command"] for one in told["findings"])


def test_the_gates_of_the_commit_are_told_for_the_local_estate_alone(validate: Validate, build: Path) -> None:
    shutil.rmtree(build / "observed")
    local = validate("local", "--json")
    assert local.exit_code == 1
    not_measured = {name for name, status in statuses(local).items() if status != "met"}
    assert not_measured == {one.id for one in CRITERIA if one.gated is None}
    assert set(statuses(validate("production", "--json")).values()) == {"not measured"}


def test_an_observation_that_somebody_corrected_is_none(validate: Validate, build: Path, release: Release) -> None:
    path = build / "observed" / "production.json"
    path.write_text(path.read_text().replace('"down": 4', '"down": 3'))
    found = validate()
    assert found.exit_code == 1
    assert "production.json was changed after it was written" in found.stderr
    assert "There is no observation of production" in found.stderr


def test_a_promotion_of_another_commit_or_one_that_was_corrected_shows_no_pipeline(
    validate: Validate, build: Path, release: Release
) -> None:
    path = build / "promotion" / "production.json"
    for text in (path.read_text().replace(release.checkout.git_sha, ANOTHER), "{}", "no JSON"):
        path.write_text(text)
        found = validate("production", "--json")
        assert (found.exit_code, statuses(found)["pipeline"]) == (1, "not measured")


def test_a_promotion_to_another_environment_shows_no_pipeline(
    validate: Validate, build: Path, release: Release
) -> None:
    record = promotion(release.judge(evidence_of(release)), "staging")
    write(build / "promotion" / "production.json", record)
    found = validate()
    assert (found.exit_code, "The record is for staging, not for production" in found.stderr) == (1, True)


def test_degraded_performance_is_told_as_the_specification_does(
    validate: Validate, build: Path, release: Release
) -> None:
    seen = observation("production", release.checkout.git_sha, release.now)
    seen["ingested"]["slowest"] = 301.0
    put(build, seen)
    found = validate()
    assert found.exit_code == 1
    assert "EXTEND Phase 4" in found.stdout
    assert "301 s (at most 300 s)" in found.stdout


def test_the_page_says_number_bound_file_commit_age_stand_ins_and_command(
    validate: Validate, build: Path, release: Release, tmp_path: Path
) -> None:
    release.kinds["load"]["tools"]["emulator"] = "an emulator 1.0"
    release.write(build / "evidence")
    page = tmp_path / "pages" / "local.html"
    assert validate("local", "--html", str(page)).exit_code == 1
    text = page.read_text()
    card = text.partition('<article id="latency">')[2].partition("</article>")[0]
    for told in ("40 ms", "at most 5,000 ms", "load.json", release.checkout.git_sha[:12], "2 hours ago"):
        assert told in card
    assert "of local, on an emulator 1.0" in card
    assert "make evidence KINDS=&quot;load&quot;" in card
    balance = Balance()
    balance.feed(text)
    assert balance.open == []


def test_a_page_that_cannot_be_written_is_explained(validate: Validate, build: Path) -> None:
    found = validate("local", "--html", str(build / "evidence" / "load.json" / "page.html"))
    assert (found.exit_code, "name another file with --html" in found.stderr) == (65, True)


def test_an_environment_that_nobody_knows_is_refused(validate: Validate) -> None:
    found = validate("moon")
    assert (found.exit_code, "local, staging, production" in found.stderr) == (65, True)
