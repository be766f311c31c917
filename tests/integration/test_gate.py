"""The accuracy gate, for real: a corpus that questions are known for is uploaded, asked and judged, and the gate bites.

Runs in order on one estate, through `raglite eval`. The corpus is a generated one, or `DOCS=DIR QUESTIONS=FILE`;
`BASELINE=FILE` is what the run is held against, `KEEP=1` leaves the estate running.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import BUILD, Uploaded
from tests.integration.corpus import Corpus
from tests.integration.estate import ROOT, Estate, eventually, run
from tests.integration.journal import Journal

REFERENCE_SCORER = ROOT.parent / "shared" / "tools" / "eval_pages.py"
BLOCKED = 1

pytestmark = pytest.mark.timeout(3600)


@pytest.fixture(scope="module")
def questions(documents: Corpus) -> Path:
    assert documents.questions, "no questions: a gate that asks nothing must not pass (give QUESTIONS=)"
    path = BUILD / "questions.jsonl"
    path.write_text("".join(json.dumps(question) + "\n" for question in documents.questions))
    return path


@pytest.fixture(scope="module")
def names(documents: Corpus) -> Path:
    path = BUILD / "names.json"
    path.write_text(json.dumps(documents.names))
    return path


@pytest.fixture(scope="module")
def baseline() -> list[str]:
    given = os.environ.get("BASELINE")
    return ["--baseline", given] if given else []


@pytest.fixture(scope="module")
def judged(  # noqa: PLR0913, PLR0917  a fixture's parameters are the fixtures it builds on
    estate: Estate, uploaded: Uploaded, questions: Path, names: Path, baseline: list[str], journal: Journal
) -> subprocess.CompletedProcess[str]:
    with journal.phase("ask and judge"):
        return _judge(
            estate, questions, names, *baseline, "--run-out", str(BUILD / "run.jsonl"), "--json",
            str(BUILD / "eval.json"), "--html", str(BUILD / "eval.html"),
            "--write-baseline", str(BUILD / "baseline.json"),
        )  # fmt: skip


def _judge(estate: Estate, questions: Path, names: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return estate.cli("eval", "--questions", str(questions), "--names", str(names), *more, check=False)


def test_every_document_is_searchable_or_says_why_not(uploaded: Uploaded, documents: Corpus) -> None:
    states = {documents.names[key]: record["state"] for key, record in uploaded.records.items()}
    assert {name for name, state in states.items() if state != "searchable"} == {
        documents.names[key] for key in documents.bad
    }


def test_the_gate_lets_this_release_pass(judged: subprocess.CompletedProcess[str], journal: Journal) -> None:
    print(judged.stdout)
    report = json.loads((BUILD / "eval.json").read_text())
    journal.sections["verdict"] = report["verdict"]
    assert judged.returncode == 0, f"{judged.stdout}\n{judged.stderr}"


def test_the_reference_scorer_finds_the_same(
    judged: subprocess.CompletedProcess[str], questions: Path, journal: Journal
) -> None:
    if not REFERENCE_SCORER.exists():
        pytest.skip("the reference scorer is not on this machine")
    out = BUILD / "reference.json"
    run(sys.executable, str(REFERENCE_SCORER), str(questions), str(BUILD / "run.jsonl"), "--json", str(out))
    reference, ours = json.loads(out.read_text())["all"], _scores()
    shared = {name: value for name, value in ours.items() if name in reference}
    assert {"hit@1", "hit@5", "full@5", "doc@5"} <= shared.keys()
    assert shared == pytest.approx({name: reference[name] for name in shared})
    journal.sections["scores"] = {name: f"{100 * value:.1f} %" for name, value in shared.items()}


def _scores() -> dict[str, float]:
    report = json.loads((BUILD / "eval.json").read_text())
    return {name: score["value"] for name, score in report["tables"][0]["scores"].items()}


def test_a_question_that_is_left_out_turns_the_gate_red(
    estate: Estate, judged: subprocess.CompletedProcess[str], questions: Path, names: Path, tmp_path: Path
) -> None:
    fewer = tmp_path / "fewer.jsonl"
    fewer.write_text("".join(questions.read_text().splitlines(keepends=True)[:6]))
    told = _judge(estate, fewer, names, "--baseline", str(BUILD / "baseline.json"), "--gate", "0", "--target", "0")
    assert told.returncode == BLOCKED
    assert "questions_missing" in told.stderr


def test_a_document_that_is_gone_turns_the_gate_red(
    estate: Estate, judged: subprocess.CompletedProcess[str], documents: Corpus, names: Path, tmp_path: Path
) -> None:
    gone = next(key for key in documents.names if key not in documents.bad)
    estate.delete(gone)
    eventually(lambda: "searchable" not in {r["state"] for r in estate.documents() if r["key"] == gone}, 60, "gone")
    few = tmp_path / "few.jsonl"
    others = [q for q in documents.questions if documents.names[gone] not in {gold["doc"] for gold in q["evidence"]}]
    few.write_text("".join(json.dumps(question) + "\n" for question in others[:6]))
    told = _judge(estate, few, names, "--baseline", str(BUILD / "baseline.json"), "--gate", "0", "--target", "0")
    assert told.returncode == BLOCKED
    assert "documents_missing" in told.stderr or "documents_not_searchable" in told.stderr
