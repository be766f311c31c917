"""Every score of every kind of question is the reference scorer's."""

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from raglite.evaluation.claims import abstention
from raglite.evaluation.runs import Question, RunLine, read_questions, read_run
from raglite.evaluation.tables import FIELDS, Table, by_document, percentiles, tables, understood
from tests.unit.evaluation.made import line, question

SHARED = Path(__file__).resolve().parents[4] / "shared"
REFERENCE, QUESTIONS = SHARED / "tools/eval_pages.py", SHARED / "data/filings/questions.jsonl"


def test_each_kind_of_question_has_its_own_scores() -> None:
    asked = [
        question("a", doc_type="10-K", company_named=True),
        question("b", doc_type="10-K", company_named=False),
        question("c", doc_type="8-K", company_named=True),
        question("nobody", doc_type="20-F", answerable=False),
    ]
    run = [
        line("a", 1, interpreted_as={"companies": ["Acme"], "fiscal_years": [2023]}),
        line("b", 9, interpreted_as={"companies": [], "period_ends": ["2023-12-31"]}),
    ]
    shown = {table.name: (table.trials, table.scores["hit@5"].value) for table in tables(asked, run)}
    assert shown == {
        "all": (3, 1 / 3),
        "doc_type=10-K": (2, 0.5),
        "doc_type=8-K": (1, 0),
        "question_type=None": (3, 1 / 3),
        "source=None": (3, 1 / 3),
        "company_named=False": (1, 0),
        "company_named=True": (2, 0.5),
        "understood=company and period": (1, 1),
        "understood=period only": (1, 0),
        "understood=neither": (1, 0),
    }


def test_without_an_answerable_question_there_is_no_table() -> None:
    assert tables([question("nobody", answerable=False)], []) == ()
    assert by_document([], []) is None


def test_a_company_alone_is_not_a_period() -> None:
    assert understood(line("a", interpreted_as={"companies": ["Acme"], "fiscal_years": []})) == "company only"
    assert understood(None) == "neither"


def test_percentiles_are_values_that_were_seen() -> None:
    assert percentiles([float(n) for n in range(100, 0, -1)]) == {"p50": 50, "p95": 95, "p99": 99}
    assert percentiles([7.0]) == {"p50": 7, "p95": 7, "p99": 7}
    assert percentiles([]) == {}


def synthetic_run(questions: list[Question]) -> list[RunLine]:
    """Return answers of every quality, some of them missing: 11 draws from the pages of all documents."""
    chance = random.Random(20)  # noqa: S311  a fixed sequence, not a secret
    docs = sorted({page.doc for q in questions for page in q.gold_pages})
    lines = []
    for asked in questions:
        gold = [{"doc": page.doc, "page": page.page + chance.choice([0, 0, 0, 1, -1, 7])} for page in asked.gold_pages]
        noise = [{"doc": chance.choice(docs), "page": chance.randint(1, 99)} for _ in range(11)]
        ranked = noise + gold * chance.randint(0, 2)
        chance.shuffle(ranked)
        found: dict[str, Any] = {
            "ranked": ranked,
            "latency_ms": chance.gauss(40, 9),
            "abstained": chance.random() < 0.3,
        }
        if chance.random() < 0.8:
            found["citations"] = ranked[: chance.randint(0, 2)]
        if chance.random() < 0.9:
            lines.append(RunLine.model_validate({"id": asked.id, **found}))
    return lines


def as_reference(table: Table) -> dict[str, float]:
    return {"n": table.trials, **{name: score.value for name, score in table.scores.items()}}


@pytest.mark.real_data
@pytest.mark.skipif(not (REFERENCE.exists() and QUESTIONS.exists()), reason="../shared/data/filings is not here")
def test_all_tables_of_the_real_questions_equal_the_reference_scorers(tmp_path: Path) -> None:
    asked, run, out = tmp_path / "questions.jsonl", tmp_path / "run.jsonl", tmp_path / "reference.json"
    rows = [json.loads(row) for row in QUESTIONS.read_text().splitlines()]
    for row in rows[::9]:
        row["answerable"] = False
    asked.write_text("".join(json.dumps(row) + "\n" for row in rows))
    questions = read_questions(asked)
    lines = synthetic_run(questions)
    run.write_text("".join(one.model_dump_json(exclude_none=True) + "\n" for one in lines))
    command = [sys.executable, str(REFERENCE), str(asked), str(run), "--by", *FIELDS, "--json", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    reference = json.loads(out.read_text())
    ours = {table.name: as_reference(table) for table in tables(questions, read_run(run, questions))}
    theirs = {name: scores for name, scores in reference.items() if name == "all" or "=" in name}
    assert {name: scores for name, scores in ours.items() if not name.startswith("understood")} == {
        name: pytest.approx(scores, abs=1e-12) for name, scores in theirs.items()
    }
    assert by_document(questions, lines) == pytest.approx(reference["macro_by_doc"])
    assert percentiles([one.latency_ms for one in lines if one.latency_ms is not None]) == reference["latency_ms"]
    recognised = abstention(questions, lines).recognised
    assert (recognised.count, recognised.trials) == (
        reference["unanswerable"]["abstained"],
        reference["unanswerable"]["judged"],
    )
