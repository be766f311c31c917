"""How right the figures are that answers give, and how well they say that there is no answer."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from raglite.evaluation.numbers import agrees, gold_number
from raglite.evaluation.runs import Question, RunLine
from raglite.evaluation.scoring import Interval, wilson
from raglite.model import Figure, Frozen


class Share(Frozen):
    """`count` of `trials`: `value` is the share in [0, 1], None of nothing, with Wilson's interval at 95 %."""

    count: int
    trials: int
    value: float | None
    interval: Interval

    @property
    def written(self) -> str:
        """The share for a person."""
        percent = "" if self.value is None else f" ({100 * self.value:.0f} %)"
        return f"{self.count} of {self.trials}{percent}"


class FigureOutcome(StrEnum):
    """What became of one question's figure."""

    RIGHT = "right"
    WRONG = "wrong"
    UNJUDGED = "unjudged"  # the gold answer is no number
    UNFOUNDED = "unfounded"  # the question has no answer
    WITHHELD = "withheld"
    NONE = "none"


class FigureScores(Frozen):
    """`given` of the questions whose answer is a number, `right` and `verified` of the given.

    Only the first figure of an answer counts. `verified` counts every question that got figures: all their cells must
    be. `unfounded` are figures given where the question has no answer. `withheld` counts the reasons for giving none.
    """

    given: Share
    right: Share
    verified: Share
    unjudged: int
    unfounded: Share
    withheld: dict[str, int]


class Abstention(Frozen):
    """`recognised` of the unanswerable questions, and `refused` of the answerable ones, of those that were judged."""

    recognised: Share
    refused: Share


def figure_outcome(question: Question, line: RunLine) -> FigureOutcome:
    """Judge the figure of one answer."""
    if not line.figures:
        return FigureOutcome.WITHHELD if line.withheld else FigureOutcome.NONE
    if not question.answerable:
        return FigureOutcome.UNFOUNDED
    gold = gold_number(question.answer, question.question, question.unit or "")
    if gold is None:
        return FigureOutcome.UNJUDGED
    return FigureOutcome.RIGHT if agrees(gold, line.figures[0], question.question) else FigureOutcome.WRONG


def is_verified(figure: Figure) -> bool:
    """Whether a second reader found every cell that the figure rests on."""
    return bool(figure.operands) and all(operand.stated.verified for operand in figure.operands)


def figure_scores(questions: Iterable[Question], run: Iterable[RunLine]) -> FigureScores:
    """Return the scores of all figures."""
    asked = {question.id: question for question in questions}
    lines = list(run)
    outcomes = Counter(figure_outcome(asked[line.id], line) for line in lines)
    given = [line for line in lines if line.figures]
    numeric = sum(q.answerable and gold_number(q.answer, q.question, q.unit or "") is not None for q in asked.values())
    right, wrong = outcomes[FigureOutcome.RIGHT], outcomes[FigureOutcome.WRONG]
    return FigureScores(
        given=_share(right + wrong, numeric),
        right=_share(right, right + wrong),
        verified=_share(sum(all(map(is_verified, line.figures)) for line in given), len(given)),
        unjudged=outcomes[FigureOutcome.UNJUDGED],
        unfounded=_share(outcomes[FigureOutcome.UNFOUNDED], sum(not q.answerable for q in asked.values())),
        withheld=dict(Counter(one.reason.value for line in lines for one in line.withheld)),
    )


def abstention(questions: Iterable[Question], run: Iterable[RunLine]) -> Abstention:
    """Return how often the answers say that there is none, rightly and wrongly."""
    answerable = {question.id: question.answerable for question in questions}
    judged = [(answerable[line.id], bool(line.abstained)) for line in run if line.abstained is not None]
    return Abstention(
        recognised=_share(judged.count((False, True)), sum(not can for can, _ in judged)),
        refused=_share(judged.count((True, True)), sum(can for can, _ in judged)),
    )


def _share(count: int, trials: int) -> Share:
    value = count / trials if trials else None
    return Share(count=count, trials=trials, value=value, interval=wilson(count, trials))
