"""The gate blocks, warns or passes by its thresholds, and cannot be passed by asking less."""

import pytest
from pydantic import ValidationError

from raglite.errors import InvalidRequest
from raglite.evaluation.gate import Baseline, Outcome, Thresholds, judge
from raglite.evaluation.runs import Question, RankedPage, RunLine
from raglite.evaluation.scoring import wilson

QUESTIONS = [Question(id=str(n), doc="a.pdf", evidence_pages=(n,)) for n in range(1, 11)]
BASELINE = Baseline(question_ids=frozenset(question.id for question in QUESTIONS))
THRESHOLDS = Thresholds(block_below=0.7, target=0.9)


def run_with(hits: int) -> list[RunLine]:
    return [RunLine(id=str(n), ranked=(RankedPage(doc="a", page=n),)) for n in range(1, hits + 1)]


@pytest.mark.parametrize(
    ("hits", "outcome", "passed"),
    [(6, Outcome.BLOCK, False), (7, Outcome.WARN, True), (8, Outcome.WARN, True), (9, Outcome.PASS, True)],
)
def test_the_verdict_follows_the_thresholds(hits: int, outcome: Outcome, passed: bool) -> None:
    verdict = judge(QUESTIONS, run_with(hits), THRESHOLDS, BASELINE)
    assert (verdict.outcome, verdict.passed, verdict.value) == (outcome, passed, hits / 10)


def test_the_sentence_gives_share_interval_and_number_of_questions() -> None:
    verdict = judge(QUESTIONS, run_with(6), THRESHOLDS, BASELINE)
    assert verdict.interval == wilson(6, 10)
    assert verdict.sentence == ("BLOCK: hit@5 is 60.0 % [31.3, 83.2] of 10 questions; blocked below 70 %, target 90 %.")


def test_the_gate_refuses_to_judge_fewer_questions_than_the_baseline() -> None:
    with pytest.raises(InvalidRequest, match="1 of the baseline's 10 questions are not asked, 10 among them"):
        judge(QUESTIONS[:9], run_with(9), THRESHOLDS, BASELINE)


def test_a_baseline_question_that_became_unanswerable_or_was_swapped_is_missing_too() -> None:
    idle = QUESTIONS[9].model_copy(update={"answerable": False})
    other = QUESTIONS[9].model_copy(update={"id": "easier"})
    for swapped in (idle, other):
        with pytest.raises(InvalidRequest, match="10 among them"):
            judge([*QUESTIONS[:9], swapped], run_with(9), THRESHOLDS, BASELINE)


def test_new_questions_may_be_added() -> None:
    more = [*QUESTIONS, Question(id="new", doc="a", evidence_pages=(1,))]
    assert judge(more, run_with(10), THRESHOLDS, BASELINE).questions == 11


@pytest.mark.parametrize("metric", ["MRR@10", "hit@4", "attribution"])
def test_only_a_share_of_this_run_can_be_gated_on(metric: str) -> None:
    thresholds = THRESHOLDS.model_copy(update={"metric": metric})
    with pytest.raises(InvalidRequest, match="choose one of hit@1"):
        judge(QUESTIONS, run_with(10), thresholds, BASELINE)


def test_thresholds_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValidationError, match="swap them"):
        Thresholds(block_below=0.9, target=0.7)
