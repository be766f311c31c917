"""The gate blocks, warns or passes by its thresholds, and a loss that is no chance blocks too.

That it cannot be passed by measuring less is tested through the command line: tests/unit/cli/test_eval.py.
"""

import pytest
from pydantic import ValidationError

from raglite.errors import InvalidRequest
from raglite.evaluation.baseline import baseline_of
from raglite.evaluation.evidence import ReasonCode
from raglite.evaluation.gate import Outcome, Thresholds, judge
from raglite.evaluation.runs import RunLine
from raglite.evaluation.scoring import wilson
from tests.unit.evaluation.made import documents, evidence, line, question

QUESTIONS = [question(str(n), n) for n in range(1, 11)]
THRESHOLDS = Thresholds(block_below=0.7, target=0.9)


def run_with(hits: int) -> list[RunLine]:
    return [line(str(n), n if n <= hits else n + 100) for n in range(1, 11)]


@pytest.mark.parametrize(
    ("hits", "outcome", "passed"),
    [(6, Outcome.BLOCK, False), (7, Outcome.WARN, True), (8, Outcome.WARN, True), (9, Outcome.PASS, True)],
)
def test_the_verdict_follows_the_thresholds(hits: int, outcome: Outcome, passed: bool) -> None:
    verdict = judge(evidence(QUESTIONS, run_with(hits)), THRESHOLDS)
    assert (verdict.outcome, verdict.passed, verdict.value) == (outcome, passed, hits / 10)
    assert [reason.code for reason in verdict.reasons] == ([] if passed else [ReasonCode.BELOW_GATE])


def test_the_sentence_gives_share_interval_and_number_of_questions() -> None:
    verdict = judge(evidence(QUESTIONS, run_with(6)), THRESHOLDS)
    assert verdict.interval == wilson(6, 10)
    assert verdict.sentence == ("BLOCK: hit@5 is 60.0 % [31.3, 83.2] of 10 questions; blocked below 70 %, target 90 %.")


@pytest.mark.parametrize(("lost", "blocks"), [(5, False), (6, True)])
def test_only_a_loss_that_is_no_chance_blocks(lost: int, blocks: bool) -> None:
    before = baseline_of(QUESTIONS, run_with(10), documents())
    low = Thresholds(block_below=0, target=0)
    verdict = judge(evidence(QUESTIONS, run_with(10 - lost), baseline=before), low)
    assert [reason.code for reason in verdict.reasons] == ([ReasonCode.SIGNIFICANT_LOSS] if blocks else [])


def test_a_gain_never_blocks() -> None:
    before = baseline_of(QUESTIONS, run_with(0), documents())
    assert judge(evidence(QUESTIONS, run_with(10), baseline=before), THRESHOLDS).reasons == ()


def test_new_questions_may_be_added() -> None:
    before = baseline_of(QUESTIONS, run_with(10), documents())
    more = evidence([*QUESTIONS, question("new", 3)], [*run_with(10), line("new", 3)], baseline=before)
    verdict = judge(more, THRESHOLDS)
    assert (verdict.questions, verdict.reasons) == (11, ())


@pytest.mark.parametrize("metric", ["MRR@10", "hit@4", "attribution"])
def test_only_a_share_of_this_run_can_be_gated_on(metric: str) -> None:
    with pytest.raises(InvalidRequest, match="choose one of hit@1"):
        judge(evidence(QUESTIONS, run_with(10)), THRESHOLDS.model_copy(update={"metric": metric}))


def test_thresholds_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValidationError, match="swap them"):
        Thresholds(block_below=0.9, target=0.7)
