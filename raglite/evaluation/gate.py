"""Whether a run is good enough to release, and whether it was asked enough to say so."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from raglite.errors import InvalidRequest
from raglite.evaluation.runs import Question, RunLine
from raglite.evaluation.scoring import MRR, Interval, evaluate, wilson
from raglite.model import Frozen

HEADLINE = "hit@5"


class Thresholds(Frozen):
    """Shares in [0, 1]: below `block_below` nothing is released, below `target` it is, with a warning."""

    block_below: float = Field(ge=0, le=1)
    target: float = Field(ge=0, le=1)
    metric: str = HEADLINE

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.block_below > self.target:
            raise ValueError("block_below is above target: swap them")
        return self


class Baseline(Frozen):
    """The questions a run has to be measured on, at the least."""

    question_ids: frozenset[str]


class Outcome(StrEnum):
    """What the gate says."""

    BLOCK = "block"
    WARN = "warn"
    PASS = "pass"  # noqa: S105  a verdict


class Verdict(Frozen):
    """What the gate says and why. `interval` is Wilson's, at 95 %, of the share `value` of `questions` trials."""

    outcome: Outcome
    metric: str
    value: float
    interval: Interval
    questions: int
    thresholds: Thresholds

    @property
    def passed(self) -> bool:
        """Whether a release may go on."""
        return self.outcome is not Outcome.BLOCK

    @property
    def sentence(self) -> str:
        """The verdict for a person."""
        bounds = f"[{100 * self.interval.low:.1f}, {100 * self.interval.high:.1f}]"
        found = f"{self.metric} is {100 * self.value:.1f} % {bounds} of {self.questions} questions"
        limit = f"blocked below {100 * self.thresholds.block_below:.0f} %, target {100 * self.thresholds.target:.0f} %"
        return f"{self.outcome.value.upper()}: {found}; {limit}."


def judge(questions: Iterable[Question], run: Sequence[RunLine], thresholds: Thresholds, baseline: Baseline) -> Verdict:
    """Return the verdict on a run.

    InvalidRequest if a question of the baseline is not asked any more: a gate must not pass by shrinking its test set.
    """
    asked = list(questions)
    trials = {question.id for question in asked if question.answerable}
    gone = sorted(baseline.question_ids - trials)
    if gone:
        raise InvalidRequest(
            f"{len(gone)} of the baseline's {len(baseline.question_ids)} questions are not asked, {gone[0]} among "
            "them: put them back, or change the baseline where it can be reviewed."
        )
    scored = evaluate(asked, run)
    if thresholds.metric not in scored or thresholds.metric == MRR:
        shares = ", ".join(name for name in scored if name != MRR)
        raise InvalidRequest(f"{thresholds.metric} is no share of this run; choose one of {shares}.")
    value = scored[thresholds.metric]
    return Verdict(
        outcome=_outcome(value, thresholds),
        metric=thresholds.metric,
        value=value,
        interval=wilson(value * len(trials), len(trials)),
        questions=len(trials),
        thresholds=thresholds,
    )


def _outcome(value: float, thresholds: Thresholds) -> Outcome:
    if value < thresholds.block_below:
        return Outcome.BLOCK
    return Outcome.PASS if value >= thresholds.target else Outcome.WARN
