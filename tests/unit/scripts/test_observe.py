"""What an observation takes from files that other commands left, and what it leaves out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from raglite.errors import InvalidRequest
from raglite.evaluation.gate import Thresholds
from raglite.evaluation.report import report as evaluated
from raglite.recovery.drills.report import Machine
from raglite.recovery.drills.report import Report as Drilled
from raglite.release.evidence import write
from raglite.release.reading import read_one
from raglite.release.validation.observation import Drawn, Ingested, Minutes, Observation
from raglite.settings import Settings
from scripts.observe import files
from scripts.observe.__main__ import main, observe
from tests.load.crowds import report as loads
from tests.load.crowds.plan import Plan
from tests.unit.evaluation.made import evidence, line, question
from tests.unit.load.made import FIT, asked

URL, BUCKET, COMMIT = "https://raglite.example.com", "raglite-documents-staging", "c" * 40
NOW = datetime.now(UTC)


@dataclass
class Cloud:
    """An environment of which AWS has counted everything."""

    environment: str = "staging"
    endpoint: str = ""
    spans: list[Any] = field(default_factory=list)

    def service_url(self) -> str:
        return URL

    def commit(self) -> str:
        return COMMIT

    def deployed(self) -> datetime:
        return NOW - timedelta(days=2)

    def minutes(self, span: Any) -> Minutes:
        self.spans.append(span)
        return Minutes(up=10_000, down=70, silent=10)

    def ingested(self, _: Any) -> Ingested:
        return Ingested(documents=3, slowest=61.5)

    def running(self, span: Any) -> tuple[int, int]:
        self.spans.append(span)
        return 2, 3

    def dashboards(self, _: Any) -> list[Drawn]:
        return [Drawn(name="RAGLite-Production", metrics={"QueryLatency": 7})]


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """Return a folder with a load, an evaluation and a drill of this environment."""
    _load(tmp_path)
    found = evaluated(evidence([question("a")], [line("a", 1)]), Thresholds(), NOW, f"{URL}/")
    _put(tmp_path / "eval" / "eval.json", found.model_dump(mode="json"))
    _put(tmp_path / "drill" / "observed.json", _drill().as_json())
    return tmp_path


def _put(path: Path, document: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


def _load(build: Path, host: str = URL, count: int = 120) -> None:
    run = loads.Run(Plan(folder=build / "load", api_key="k"), host, 10, NOW - timedelta(hours=1))
    run.asked = [asked(40, due=n / 10) for n in range(count)] + [asked(5, due=13, failure="HTTP 503")]
    run.seconds, run.cpu = 600, [FIT.cpu_percent]
    loads.write(loads.report(run), "a page")


def _drill(**change: Any) -> Drilled:
    told: dict[str, Any] = {
        "name": "index-lost", "green": True, "began": NOW, "disaster": NOW, "failed": NOW, "rto_seconds": 30.0,
        "well": NOW + timedelta(seconds=30), "rpo_seconds": 1.5, "right": 20, "refused": 4, "wrong": 0, "writes": 5,
        "refused_writes": 0, "lost_writes": 0, "assertions": (), "phases": {}, "git_sha": COMMIT,
        "names": {"documents_bucket": BUCKET}, "machine": Machine(system="Linux", processors=2, load=0.1),
    }  # fmt: skip
    return Drilled.model_validate(told | change)


def settings(environment: str = "staging") -> Settings:
    return Settings(environment=environment, documents_bucket=BUCKET)


def test_an_environment_is_seen_whole_and_read_back_as_it_was_written(
    build: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud, path = Cloud(), tmp_path / "observed" / "staging.json"
    survey = tmp_path / "survey.csv"
    survey.write_text("person,questions,asked_here\nann,30,28\n")
    found = observe(cloud, settings(), build, survey)
    write(path, found)
    assert read_one(path, Observation) == found
    assert (found.environment, found.git_sha, found.endpoint) == ("staging", COMMIT, "")
    assert cloud.spans[0] == (found.since, found.started)
    assert found.started - found.since == timedelta(days=7)
    assert (found.minutes, found.ingested) == (cloud.minutes(None), cloud.ingested(None))
    assert [one.model_dump() for one in found.survey] == [{"person": "ann", "questions": 30, "asked_here": 28}]
    assert found.use is None
    assert "use was not observed" in capsys.readouterr().err


def test_a_load_brings_its_events_and_the_tasks_that_ran(build: Path) -> None:
    cloud = Cloud()
    found = observe(cloud, settings(), build).load
    assert found is not None
    assert (found.users, found.seconds, found.fewest_tasks, found.most_tasks) == (10, 600, 2, 3)
    assert {name: len(values) for name, values in found.measured.samples.items()} == {
        "Queries": 121, "Errors": 1, "QueryLatency": 120
    }  # fmt: skip
    assert found.measured.samples["QueryLatency"] == pytest.approx([40] * 120, abs=0.2)
    assert cloud.spans[1] == (found.began, found.began + timedelta(seconds=600) + files.SETTLING)


def test_an_evaluation_and_a_drill_are_taken_as_they_were(build: Path) -> None:
    found = observe(Cloud(), settings(), build)
    assert found.accuracy is not None
    assert (found.accuracy.made, found.accuracy.answers.run[0].id) == (NOW, "a")
    [drill] = found.drills
    assert (drill.name, drill.questions, drill.wrong, drill.lost_seconds) == ("index-lost", 24, 0, 1.5)


def test_what_is_of_another_service_bucket_or_commit_is_left_out(build: Path) -> None:
    _load(build, host="http://127.0.0.1:8000")
    report = json.loads((build / "eval" / "eval.json").read_text())
    _put(build / "eval" / "eval.json", report | {"service": "http://127.0.0.1:8000"})
    for change in (
        {"names": {"documents_bucket": "raglite-documents-local"}},
        {"git_sha": "d" * 40},
        {"sabotage": "x"},
    ):
        _put(build / "drill" / "observed.json", _drill(**change).as_json())
        found = observe(Cloud(), settings(), build)
        assert (found.load, found.accuracy, found.drills) == (None, None, ())


def test_a_load_that_says_nothing_of_the_service_is_left_out(build: Path) -> None:
    _load(build, count=3)
    assert observe(Cloud(), settings(), build).load is None


def test_without_files_nothing_is_made_up(tmp_path: Path) -> None:
    found = observe(Cloud(), settings(), tmp_path)
    assert (found.load, found.accuracy, found.drills, found.survey) == (None, None, (), ())


def test_a_drill_that_was_red_is_told_instead_of_left_out(build: Path) -> None:
    _put(build / "drill" / "observed.json", _drill(green=False).as_json())
    with pytest.raises(InvalidRequest, match="not green"):
        observe(Cloud(), settings(), build)


@pytest.mark.parametrize("text", ["person,questions\nann,3\n", "person,questions,asked_here\nann,3,4\n", "\0"])
def test_what_is_no_survey_is_refused_with_what_to_write(build: Path, tmp_path: Path, text: str) -> None:
    path = tmp_path / "survey.csv"
    path.write_text(text)
    with pytest.raises(InvalidRequest, match="person,questions,asked_here"):
        observe(Cloud(), settings(), build, path)


def test_settings_of_another_environment_are_refused(build: Path) -> None:
    with pytest.raises(InvalidRequest, match="not 'staging'"):
        observe(Cloud(), settings("production"), build)


def test_a_file_that_is_not_whole_is_named(build: Path) -> None:
    (build / "load" / "steady.json").write_text("{")
    with pytest.raises(InvalidRequest, match=r"steady\.json is not whole"):
        observe(Cloud(), settings(), build)


def test_settings_that_are_wrong_end_with_their_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("RAGLITE_NO_SUCH_SETTING", "1")
    assert main(["staging"]) == 78
    assert "observe: " in capsys.readouterr().err
