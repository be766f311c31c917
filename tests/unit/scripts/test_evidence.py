"""How gates become evidence: outcomes of pytest, what make targets leave in build/, and the watch over both."""

import json
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from raglite.errors import ConfigurationError
from raglite.evaluation.gate import Thresholds
from raglite.evaluation.report import report
from raglite.evaluation.runs import write_run
from raglite.release.evidence import Evidence, Kind, write
from raglite.release.policy import STEPS
from raglite.release.promote import refusals
from raglite.release.reading import read_folder
from raglite.release.refusals import Why
from scripts.evidence import surroundings
from scripts.evidence.gates import NOT_FOR_GATES, Gate, make_at
from scripts.evidence.measured import measured, merge
from tests.load.crowds.plan import VARIABLES
from tests.unit.evaluation.made import evidence, line, question
from tests.unit.release.made import BOUNDS, CORPUS, IMAGE, MODEL, NOW, Release, git, repository

ROOT = Path(__file__).resolve().parents[3]
TESTS = """
import os
import pytest

@pytest.fixture
def broken():
    raise ValueError("no database")

def test_good(): assert not {"EVIDENCE_OUTCOMES", "PYTEST_PLUGINS"} & os.environ.keys()
def test_bad(): assert 1 == 2
def test_unset(broken): pass
def test_skipped(): pytest.skip("UNRUN: no image of Qdrant")
def test_filtered(): pass
@pytest.mark.xfail(reason="one day")
def test_known(): assert False
@pytest.mark.xfail(reason="long ago")
def test_mended(): pass
@pytest.mark.parametrize("file", ["a.pdf"])
def test_of(file): pass
"""
EXPECTED = {
    "test_a.py::test_good": ("passed", None),
    "test_a.py::test_bad": ("failed", "test_a.py:10: AssertionError"),
    "test_a.py::test_unset": ("error", "test_a.py:7: ValueError"),
    "test_a.py::test_skipped": ("skipped", "UNRUN: no image of Qdrant"),
    "test_a.py::test_known": ("xfailed", "one day"),
    "test_a.py::test_mended": ("xpassed", "long ago"),
    "test_a.py::test_of[a.pdf]": ("passed", None),
    "test_broken.py": ("error", "E   ModuleNotFoundError: No module named 'no_such_module'"),
    "test_whole.py": ("skipped", "no Docker here"),
}


@pytest.mark.parametrize("more", [[], ["-n", "2"]], ids=["one process", "two workers"])
def test_every_outcome_of_a_run_is_noted(tmp_path: Path, more: list[str]) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_a.py").write_text(TESTS)
    (tmp_path / "test_broken.py").write_text("import no_such_module\n")
    (tmp_path / "test_whole.py").write_text("import pytest\npytest.skip('no Docker here', allow_module_level=True)\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment = kept | {
        "PYTEST_PLUGINS": "tests.evidence_plugin", "EVIDENCE_OUTCOMES": str(tmp_path / "out"), "PYTHONPATH": str(ROOT)
    }  # fmt: skip
    command = [sys.executable, "-m", "pytest", "-q", "--continue-on-collection-errors", "--deselect",
               "test_a.py::test_filtered", "-p", "no:cacheprovider", *more]  # fmt: skip
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    [file] = (tmp_path / "out").iterdir()
    session = json.loads(file.read_text())
    assert {one["test"]: (one["outcome"], one["reason"]) for one in session["tests"]} == EXPECTED
    assert session["deselected"] == 1


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(tmp_path / "repository", NOW)


def made(code: int = 0, **outcomes: str) -> Any:
    """Return a make that notes outcomes as the plugin does."""

    def make(step: str, environment: dict[str, str]) -> int:
        tests = [
            {"test": f"tests/made.py::test_{name}", "outcome": outcome, "seconds": 0.1, "reason": None}
            for name, outcome in outcomes.items()
        ]
        folder = Path(environment["EVIDENCE_OUTCOMES"])
        (folder / "1.json").write_text(json.dumps({"tests": tests, "deselected": 0}))
        return code

    return make


def test_a_gate_tells_what_ran_on_which_commit_and_judges_nothing(root: Path) -> None:
    found = Gate(root, made(2, a="passed", b="failed")).run(Kind.E2E, ["e2e", "faults"])
    release = Release(root, NOW)
    assert (found.git_sha, found.dirty, found.locks) == (release.checkout.git_sha, (), release.checkout.locks)
    assert [(step.name, step.exit_code) for step in found.steps] == [("e2e", 2), ("faults", 2)]
    assert [test.outcome for test in found.steps[0].tests] == ["passed", "failed"]
    assert found.steps[0].relies_on == ("logs.retention", "s3.events")
    assert found.times == tuple(sorted(found.times))


def test_a_number_that_can_be_none_of_what_was_measured_is_named(root: Path) -> None:
    def make(step: str, environment: dict[str, str]) -> int:
        path = root / "build" / "load" / "samples.json"
        path.parent.mkdir(parents=True)
        path.write_text('{"QueryLatency": [12.5, -0.1]}')
        return 0

    with pytest.raises(ConfigurationError, match=r"measured of load is no evidence, load\.samples\.QueryLatency\.1: "):
        Gate(root, make).run(Kind.LOAD, ["load"])


def test_what_a_gate_wrote_is_read_back_as_it_was(root: Path, tmp_path: Path) -> None:
    found = Gate(root, made(a="passed")).run(Kind.CHECKERS, ["check"])
    write(tmp_path / "evidence" / "checkers.json", found)
    assert read_folder(tmp_path / "evidence") == ((found,), ())


def test_a_changed_tree_is_told_even_if_it_was_changed_meanwhile(root: Path) -> None:
    def make(step: str, environment: dict[str, str]) -> int:
        (root / "pyproject.toml").write_text("# changed\n")
        return 0

    assert Gate(root, make).run(Kind.PLAN, ["alarms"]).dirty == ("pyproject.toml",)


def test_no_evidence_is_made_of_two_commits(root: Path) -> None:
    def make(step: str, environment: dict[str, str]) -> int:
        git(root, "commit", "--allow-empty", "-qm", "Meanwhile")
        return 0

    with pytest.raises(ConfigurationError, match="Another commit"):
        Gate(root, make).run(Kind.PLAN, ["alarms"])


def test_the_gate_of_a_real_report_is_judged_from_its_raw_lines(root: Path) -> None:
    folder = root / "build" / "gate"
    folder.mkdir(parents=True)
    asked, run = [question("q1")], [line("q1", 1, index_commit=7, latency_ms=40.0)]
    seen = evidence(asked, run, corpus=CORPUS, baseline=BOUNDS.baseline)

    def make(step: str, environment: dict[str, str]) -> int:
        found = report(seen, Thresholds(), datetime.now(UTC), "http://service")
        (folder / "eval.json").write_text(found.model_dump_json())
        (folder / "questions.jsonl").write_text(asked[0].model_dump_json() + "\n")
        write_run(folder / "run.jsonl", run)
        return made(a="passed")(step, environment)

    found = Gate(root, make).run(Kind.ACCURACY, ["gate"])
    assert found.accuracy is not None
    assert (found.accuracy.questions, found.accuracy.run, found.accuracy.corpus) == (tuple(asked), tuple(run), CORPUS)


def test_measurements_of_an_earlier_run_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "load").mkdir()
    (tmp_path / "load" / "samples.json").write_text('{"QueryLatency": [1.0]}')
    assert measured("load", tmp_path, time.time() - 60) == {"load": {"samples": {"QueryLatency": [1.0]}}}
    assert measured("load", tmp_path, time.time() + 60) == {}


@pytest.mark.parametrize(
    ("step", "file", "text"),
    [
        ("load", "load/samples.json", '{"QueryLatency": [1.0, '),
        ("bench", "bench/ingestion.json", "{}"),
        ("scaling", "scaling/release.json", '{"questions": [[1.0]]}'),
        ("test", "coverage/coverage.xml", "<coverage"),
    ],
)
def test_what_a_step_that_broke_off_left_does_not_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], step: str, file: str, text: str
) -> None:
    path = tmp_path / file
    path.parent.mkdir()
    path.write_text(text)
    assert measured(step, tmp_path, 0) == {}
    assert f"{path} is not whole" in capsys.readouterr().err


def test_coverage_is_read_as_it_was_counted(tmp_path: Path) -> None:
    (tmp_path / "coverage").mkdir()
    counted = 'lines-valid="10" lines-covered="9" branches-valid="4" branches-covered="3"'
    (tmp_path / "coverage" / "coverage.xml").write_text(f"<coverage {counted}/>")
    found = measured("test", tmp_path, 0)
    assert found == {"coverage": {"lines": 10, "lines_covered": 9, "branches": 4, "branches_covered": 3}}


def test_a_benchmark_tells_of_an_upload_and_of_no_question(tmp_path: Path) -> None:
    (tmp_path / "bench").mkdir()
    told = [{"extra_info": {"upload to searchable, s": 36.1}}, {"extra_info": {"question_ms": 45.4, "ratio": 1.03}}]
    (tmp_path / "bench" / "ingestion.json").write_text(json.dumps({"benchmarks": told}))
    assert measured("bench", tmp_path, 0) == {"load": {"samples": {"IngestionLatency": [36.1]}}}


def test_a_load_tells_of_questions_and_of_the_uploads_before_them(tmp_path: Path) -> None:
    (tmp_path / "load").mkdir()
    asked = {"Queries": [1.0, 1.0], "Errors": [1.0], "QueryLatency": [40.0]}
    (tmp_path / "load" / "samples.json").write_text(json.dumps(asked))
    (tmp_path / "load" / "uploads.json").write_text(json.dumps({"IngestionLatency": [9.5]}))
    assert measured("load", tmp_path, 0) == {"load": {"samples": asked | {"IngestionLatency": [9.5]}}}


def test_questions_of_a_load_are_events_and_those_without_an_answer_are_errors(tmp_path: Path) -> None:
    (tmp_path / "scaling").mkdir()
    for name, asked in {"autoscaling": [[1.0, 0.04, 200], [2.0, 30.0, 0]], "release": [[3.0, 0.05, 200]]}.items():
        (tmp_path / "scaling" / f"{name}.json").write_text(json.dumps({"questions": asked}))
    samples = {"Queries": [1.0] * 3, "Errors": [1.0], "QueryLatency": [40.0, 50.0]}
    assert measured("scaling", tmp_path, 0) == {"load": {"samples": samples}}


def test_events_of_several_steps_are_counted_together() -> None:
    fields: dict[str, Any] = {}
    merge(fields, {"load": {"samples": {"QueryLatency": [1.0]}}, "drills": ["a"]})
    merge(fields, {"load": {"samples": {"QueryLatency": [2.0], "Errors": []}}, "drills": ["b"]})
    assert fields == {"load": {"samples": {"QueryLatency": [1.0, 2.0], "Errors": []}}, "drills": ["a", "b"]}


def test_played_alarms_are_kept_without_when_they_cleared(tmp_path: Path) -> None:
    (tmp_path / "alarms").mkdir()
    case = {"name": "a fault", "alarms": ["raglite-a"], "fired": {"raglite-a": 60}, "faults": []}
    matrix = {"alarms": ["raglite-a"], "cases": [{**case, "cleared": {"raglite-a": 120}}]}
    (tmp_path / "alarms" / "matrix.json").write_text(json.dumps(matrix))
    assert measured("alarms", tmp_path, 0) == {"alarms": {"alarms": ["raglite-a"], "cases": [case]}}


def test_only_images_of_this_commit_are_named(tmp_path: Path) -> None:
    (tmp_path / "image").mkdir()
    built = [
        {"stage": "service", "id": IMAGE, "revision": "this"},
        {"stage": "ingest", "id": IMAGE, "revision": "this-dirty"},
    ]
    (tmp_path / "image" / "report.json").write_text(json.dumps({"images": built}))
    assert surroundings.images(tmp_path, "this") == {"raglite-service": IMAGE}
    assert surroundings.images(tmp_path, "another") == {}
    assert surroundings.images(tmp_path / "nowhere", "this") == {}


def test_a_package_that_is_not_as_locked_is_named(root: Path) -> None:
    (root / "constraints.txt").write_text("PyTest==1.0\nno-such-package==1\n")
    assert surroundings.off_lock(root) == {
        "constraints.txt": [f"pytest {pytest.__version__}"],
        "local/constraints.txt": [],
    }


def test_a_tool_that_is_not_there_has_no_version(root: Path) -> None:
    assert surroundings.tools(root).keys() == {"python", "pytest", "vector store"}
    (root / "build/model").mkdir(parents=True)
    spec = {"model": "m", "weights_sha256": "w", "tokenizer_sha256": "t", "dimensions": 3, "max_tokens": 2,
            "pooling": "mean", "normalized": True, "header_version": 1, "chunker_version": 1}  # fmt: skip
    (root / "build/model/spec.json").write_text(json.dumps({"spec": spec}))
    assert len(surroundings.tools(root)["model"]) == len(MODEL)


def test_nothing_that_is_set_outside_changes_what_a_gate_runs() -> None:
    makefile = (ROOT / "Makefile").read_text()
    defined = set(re.findall(r"^(?:export )?([A-Z_]+) :?=", makefile, re.MULTILINE))
    asked = set(re.findall(r"\$\(([A-Z_]+)\)", makefile))
    about_the_machine = "CURDIR HOME NEWER_PYTHON MAKEFILE_LIST OMP_NUM_THREADS OPENBLAS_NUM_THREADS PYTHON".split()
    not_of_gates = "ENVIRONMENT IMAGE_TAG KINDS SURVEY TORCH_INDEX_URL".split()
    asks_for_more = {"ALL"}  # every drill instead of some: the weekly run
    assert asked - defined - {*about_the_machine, *not_of_gates, *asks_for_more} <= {*NOT_FOR_GATES}


def test_a_gate_loads_the_twin_as_the_specification_says_and_no_other_service() -> None:
    assert {"RAGLITE_API_URL", "USERS", *VARIABLES.values()} <= {*NOT_FOR_GATES}


@pytest.mark.parametrize("flags", ["GNUMAKEFLAGS", "MAKEFLAGS"])
def test_a_step_is_run_whatever_flags_make_is_given_from_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str
) -> None:
    (tmp_path / "Makefile").write_text("bad:\n\tfalse\n")
    monkeypatch.setenv(flags, "-n")
    assert make_at(tmp_path)("bad", {}) == 2


def test_one_kind_alone_is_refused_for_all_that_it_lacks(tmp_path: Path) -> None:
    root = repository(tmp_path, datetime.now(UTC))
    alone: Evidence = Gate(root, made(a="passed")).run(Kind.CHECKERS, STEPS[Kind.CHECKERS])
    told = {one.why for one in refusals(Release(root, datetime.now(UTC)).judge([alone]))}
    assert told == {Why.KIND_MISSING, Why.TOOL_UNNAMED, Why.IMAGE_MISSING}
