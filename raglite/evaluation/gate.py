"""Whether a run is good enough to release, and whether enough was measured to say so."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from raglite.errors import InvalidRequest
from raglite.evaluation.baseline import Comparison, compare
from raglite.evaluation.evidence import Evidence, Reason, ReasonCode
from raglite.evaluation.runs import some
from raglite.evaluation.scoring import MRR, Interval, means, names, score_each, wilson
from raglite.evaluation.shrinkage import shrinkage
from raglite.model import Frozen

HEADLINE = "hit@5"
SIGNIFICANT = 0.05  # a loss less likely than this by chance blocks


class Thresholds(Frozen):
    """Shares in [0, 1]: below `block_below` nothing is released, below `target` it is, with a warning."""

    block_below: float = Field(default=0.7, ge=0, le=1)
    target: float = Field(default=0.9, ge=0, le=1)
    metric: str = HEADLINE

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.block_below > self.target:
            raise ValueError("block_below is above target: swap them")
        return self


class Outcome(StrEnum):
    """What the gate says."""

    BLOCK = "block"
    WARN = "warn"
    PASS = "pass"  # noqa: S105  a verdict


class Verdict(Frozen):
    """What the gate says and why. `interval` is Wilson's, at 95 %, of the share `value` of `questions` trials."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
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
        """The verdict for a person, without the reasons."""
        bounds = f"[{100 * self.interval.low:.1f}, {100 * self.interval.high:.1f}]"
        found = f"{self.metric} is {100 * self.value:.1f} % {bounds} of {self.questions} questions"
        limit = f"blocked below {100 * self.thresholds.block_below:.0f} %, target {100 * self.thresholds.target:.0f} %"
        return f"{self.outcome.value.upper()}: {found}; {limit}."


def judge(evidence: Evidence, thresholds: Thresholds) -> Verdict:
    """Return the verdict on a run: it is blocked for every reason that is found, warned of if it is below target.

    InvalidRequest if the metric is no share of this run.
    """
    trials = list(score_each(evidence.questions, evidence.run).values())
    value = _value(trials, thresholds.metric)
    reasons = [*shrinkage(evidence), *_losses(evidence, thresholds)]
    if trials and value < thresholds.block_below:
        reasons.append(_below(value, thresholds))
    return Verdict(
        outcome=Outcome.BLOCK if reasons else Outcome.PASS if value >= thresholds.target else Outcome.WARN,
        reasons=tuple(reasons),
        metric=thresholds.metric,
        value=value,
        interval=wilson(value * len(trials), len(trials)),
        questions=len(trials),
        thresholds=thresholds,
    )


def comparisons(evidence: Evidence) -> tuple[Comparison, ...]:
    """Return what was won and lost against the baseline, nothing without one."""
    return compare(evidence.baseline, evidence.questions, evidence.run) if evidence.baseline else ()


def _value(trials: Sequence[dict[str, float]], metric: str) -> float:
    """Return the metric's share; 0 if there are no trials, which is a reason of its own."""
    if not trials:
        return 0.0
    shares = [name for name in names(trials) if name != MRR]
    if metric not in shares:
        raise InvalidRequest(f"{metric} is no share of this run; choose one of {', '.join(shares)}.")
    return means(trials, [metric])[metric]


def _losses(evidence: Evidence, thresholds: Thresholds) -> list[Reason]:
    return [
        Reason(
            code=ReasonCode.SIGNIFICANT_LOSS,
            sentence=f"{found.metric} lost {len(found.lost)} questions ({some(found.lost)}) and won {len(found.won)} "
            f"against the baseline, which chance alone does with p = {found.p:.3f}: look at the lost ones.",
        )
        for found in comparisons(evidence)
        if found.metric == thresholds.metric and len(found.lost) > len(found.won) and found.p < SIGNIFICANT
    ]


def _below(value: float, thresholds: Thresholds) -> Reason:
    found, limit = f"{100 * value:.1f} %", f"{100 * thresholds.block_below:.0f} %"
    return Reason(
        code=ReasonCode.BELOW_GATE,
        sentence=f"{thresholds.metric} is {found}, below {limit}: look at the misses in the report.",
    )
