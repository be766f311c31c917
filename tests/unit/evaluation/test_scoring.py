"""Scores are what their definitions say, and what the reference scorer says."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from raglite.errors import InvalidRequest
from raglite.evaluation.runs import Question, RankedPage, RunLine, read_questions, read_run
from raglite.evaluation.scoring import Interval, evaluate, scores, wilson

REFERENCE = Path(__file__).resolve().parents[4] / "shared" / "tools" / "eval_pages.py"


def question(*pages: int, name: str = "q", **more: Any) -> Question:
    return Question.model_validate({"id": name, "doc": "Acme_2022.pdf", "evidence_pages": pages, **more})


def line(*pages: tuple[str, int], name: str = "q", cited: list[tuple[str, int]] | None = None) -> RunLine:
    ranked = [RankedPage(doc=doc, page=page) for doc, page in pages]
    citations = None if cited is None else [RankedPage(doc=doc, page=page) for doc, page in cited]
    return RunLine(id=name, ranked=ranked, citations=citations)


def test_the_rank_of_the_first_gold_page_decides() -> None:
    found = scores(question(7), line(("acme_2022", 9), ("other", 7), ("acme_2022", 7)), (1, 3))
    assert found == {
        "hit@1": 0, "hit@1+-1": 0, "full@1": 0, "doc@1": 1,
        "hit@3": 1, "hit@3+-1": 1, "full@3": 1, "doc@3": 1,
        "MRR@10": 1 / 3,
    }  # fmt: skip


def test_a_neighbour_of_the_gold_page_counts_only_with_tolerance_and_in_the_same_document() -> None:
    near = scores(question(7), line(("Acme_2022.pdf", 8)), (1,))
    assert (near["hit@1"], near["hit@1+-1"]) == (0, 1)
    assert scores(question(7), line(("other", 8)), (1,))["hit@1+-1"] == 0
    assert scores(question(7), line(("Acme_2022", 9)), (1,))["hit@1+-1"] == 0


def test_repeated_pages_take_no_place() -> None:
    repeated = line(*[("acme_2022", 1)] * 5, ("ACME_2022.PDF", 1), ("x/Acme_2022.pdf", 7))
    assert scores(question(7), repeated, (3,))["MRR@10"] == 1 / 2


def test_full_needs_every_gold_page_unless_one_suffices() -> None:
    half = line(("acme_2022", 7))
    assert scores(question(7, 8), half, (5,))["full@5"] == 0
    assert scores(question(7, 8, evidence_mode="any_sufficient"), half, (5,))["full@5"] == 1


def test_a_gold_page_after_the_tenth_has_no_reciprocal_rank() -> None:
    late = line(*[("other", page) for page in range(1, 11)], ("acme_2022", 7))
    assert scores(question(7), late)["MRR@10"] == 0


@pytest.mark.parametrize(
    ("cited", "strict", "lenient"),
    [
        ([("acme_2022", 7)], 1, 1),
        ([("acme_2022", 8)], 0, 1),
        ([("acme_2022", 7), ("other", 1)], 0, 0),
        ([], 0, 0),
    ],
)
def test_attribution_wants_only_gold_documents_and_one_gold_page(
    cited: list[tuple[str, int]], strict: float, lenient: float
) -> None:
    found = scores(question(7), line(cited=cited), ())
    assert (found["attribution"], found["attribution+-1"]) == (strict, lenient)


def test_a_question_that_the_run_leaves_out_is_a_miss() -> None:
    asked = [question(7), question(7, name="left out")]
    assert evaluate(asked, [line(("acme_2022", 7))])["hit@5"] == 0.5


def test_unanswerable_questions_are_no_trials() -> None:
    asked = [question(7), question(name="nobody knows", answerable=False)]
    assert evaluate(asked, [line(("acme_2022", 7))])["hit@5"] == 1
    with pytest.raises(InvalidRequest, match="no answerable question"):
        evaluate(asked[1:], [])


def test_questions_are_taken_as_they_stand_in_their_file() -> None:
    row = {"id": "q", "question": "How much?", "evidence": [{"doc": "a.pdf", "page": 2, "text": "5"}], "answer": "5"}
    assert evaluate([row], [line(("a", 2))])["hit@1"] == 1
    with pytest.raises(InvalidRequest, match="no question"):
        evaluate([{"question": "How much?"}], [])
    with pytest.raises(InvalidRequest, match="names no gold page"):
        evaluate([{"id": "q"}], [])


def test_wilsons_interval_is_the_published_one() -> None:
    # Newcombe (1998), table I: 81 of 263, method 3.
    interval = wilson(81, 263)
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.2553, 0.3662)
    assert wilson(0, 0) == Interval(low=0, high=0)
    assert wilson(10, 10).high == pytest.approx(1)
    assert wilson(0, 10).low == 0


IDS = ["a", "b", "c", "d", "e"]
PAGES = st.builds(
    lambda doc, page: {"doc": doc, "page": page},
    st.sampled_from(["Acme.pdf", "acme", "folder/ACME.PDF", "Birch", "birch.pdf", "Cedar .pdf"]),
    st.integers(1, 9),
)
QUESTIONS = st.fixed_dictionaries(
    {"evidence": st.lists(PAGES, min_size=1, max_size=3), "answerable": st.booleans()},
    optional={"evidence_mode": st.sampled_from(["all_needed", "any_sufficient"])},
)
LINES = st.fixed_dictionaries(
    {"ranked": st.lists(PAGES, max_size=14)}, optional={"citations": st.lists(PAGES, max_size=3)}
)


@pytest.mark.skipif(not REFERENCE.exists(), reason="shared/tools/eval_pages.py, the reference scorer, is not here")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.fixed_dictionaries(dict.fromkeys(IDS, QUESTIONS)), st.dictionaries(st.sampled_from(IDS), LINES))
def test_every_score_equals_the_reference_scorers(
    tmp_path: Path, asked: dict[str, dict[str, Any]], ran: dict[str, dict[str, Any]]
) -> None:
    asked["a"]["answerable"] = True  # without any, both refuse
    paths = [tmp_path / name for name in ("questions.jsonl", "run.jsonl", "reference.json")]
    rows = [{"id": name, "doc": row["evidence"][0]["doc"], **row} for name, row in asked.items()]
    paths[0].write_text("".join(json.dumps(row) + "\n" for row in rows))
    paths[1].write_text("".join(json.dumps({"id": name, **row}) + "\n" for name, row in ran.items()))
    command = [sys.executable, str(REFERENCE), str(paths[0]), str(paths[1]), "--json", str(paths[2])]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    reference = json.loads(paths[2].read_text())["all"]
    trials = reference.pop("n")
    questions = read_questions(paths[0])
    ours = evaluate(questions, read_run(paths[1], questions))
    assert ours == pytest.approx(reference, abs=1e-12)
    interval = wilson(ours["hit@5"] * trials, trials)
    (shown,) = (row for row in printed.splitlines() if row.split()[:1] == ["hit@5"] and "[" in row)
    assert f"[{100 * interval.low:.1f}, {100 * interval.high:.1f}]" in shown
