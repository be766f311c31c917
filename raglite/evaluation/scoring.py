"""How often a question finds its page. One answerable question is one trial; one that the run leaves out is a miss.

Of a run's list only unique pages count: repeats are dropped, the first place is kept.

| score       | 1 if ...                                                                                            |
|-------------|-----------------------------------------------------------------------------------------------------|
| hit@k       | a gold page is among the first k pages; hit@5 is what "retrieval accuracy" means here               |
| hit@k+-1    | a page within one of a gold page of the same document is                                            |
| full@k      | all gold pages are (one suffices where the question says any_sufficient)                            |
| doc@k       | a page of a gold document is                                                                        |
| attribution | all cited documents are gold and a cited page is (+-1: within one page of a gold one); only if cited |

MRR@10 is the mean of 1/rank of the first gold page among the first ten, 0 if none is.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from raglite.errors import InvalidRequest
from raglite.evaluation.runs import Place, Question, RankedPage, RunLine, checked, unique
from raglite.model import Frozen

DEPTHS = (1, 3, 5, 10)
MRR = "MRR@10"
MRR_DEPTH = 10
Z_95 = 1.959964  # the normal distribution's 97.5 % quantile


class Interval(Frozen):
    """A confidence interval of a share; both ends lie in [0, 1]."""

    low: float
    high: float


def evaluate(
    questions: Iterable[Question | Mapping[str, Any]], run: Sequence[RunLine], depths: Sequence[int] = DEPTHS
) -> dict[str, float]:
    """Return every score's mean over the answerable questions, each in [0, 1].

    InvalidRequest if nothing answerable is asked, or if the run has ids twice or ids that were not asked.
    """
    asked = [_question(question) for question in questions]
    trials = score_each(asked, run, depths)
    if not trials:
        raise InvalidRequest("There is no answerable question: nothing would be measured.")
    return means(list(trials.values()), names(trials.values()))


def score_each(
    questions: Iterable[Question], run: Sequence[RunLine], depths: Sequence[int] = DEPTHS
) -> dict[str, dict[str, float]]:
    """Return the scores of each answerable question by its id; InvalidRequest as `evaluate` raises it for a run."""
    asked = unique(questions)
    found = {line.id: line for line in checked(run, asked)}
    return {question.id: scores(question, found.get(question.id), depths) for question in asked if question.answerable}


def names(trials: Iterable[Mapping[str, float]]) -> list[str]:
    """Return the names of the scores that any trial has, in order."""
    return list(dict.fromkeys(name for trial in trials for name in trial))


def means(trials: Sequence[Mapping[str, float]], wanted: Iterable[str]) -> dict[str, float]:
    """Return each wanted score's mean over the trials, at least one; a trial without it counts as 0."""
    return {name: sum(trial.get(name, 0.0) for trial in trials) / len(trials) for name in wanted}


def scores(question: Question, line: RunLine | None, depths: Sequence[int] = DEPTHS) -> dict[str, float]:
    """Return one question's scores, each in [0, 1]; attribution only if the line has citations."""
    gold = question.gold
    pages = list(dict.fromkeys(page.place for page in line.ranked)) if line else []
    found = {name: value for depth in depths for name, value in _at(depth, pages[:depth], question).items()}
    found[MRR] = next((1 / rank for rank, page in enumerate(pages[:MRR_DEPTH], 1) if page in gold), 0.0)
    if line is not None and line.citations is not None:
        found |= _attribution(line.citations, gold)
    return found


def wilson(successes: float, trials: int, z: float = Z_95) -> Interval:
    """Return Wilson's score interval of a share (Wilson 1927; Newcombe 1998, method 3); [0, 0] without trials."""
    if not trials:
        return Interval(low=0, high=0)
    share, square = successes / trials, z * z
    centre = share + square / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    scale = 1 + square / trials
    return Interval(low=max(0.0, (centre - half) / scale), high=min(1.0, (centre + half) / scale))


def _at(depth: int, top: Sequence[Place], question: Question) -> dict[str, float]:
    gold = question.gold
    hit = any(page in gold for page in top)
    every = hit if question.evidence_mode == "any_sufficient" else gold <= set(top)
    near = _near(gold)
    return {
        f"hit@{depth}": float(hit),
        f"hit@{depth}+-1": float(any(page in near for page in top)),
        f"full@{depth}": float(every),
        f"doc@{depth}": float(any(doc in _docs(gold) for doc, _ in top)),
    }


def _attribution(citations: Sequence[RankedPage], gold: frozenset[Place]) -> dict[str, float]:
    cited = {citation.place for citation in citations}
    in_gold_documents = bool(cited) and {doc for doc, _ in cited} <= _docs(gold)
    return {
        "attribution": float(in_gold_documents and bool(cited & gold)),
        "attribution+-1": float(in_gold_documents and bool(cited & _near(gold))),
    }


def _near(gold: frozenset[Place]) -> set[Place]:
    return {(doc, page + offset) for doc, page in gold for offset in (-1, 0, 1)}


def _docs(gold: frozenset[Place]) -> set[str]:
    return {doc for doc, _ in gold}


def _question(given: Question | Mapping[str, Any]) -> Question:
    try:
        return Question.model_validate(given)
    except ValidationError as error:
        raise InvalidRequest(
            f"This is no question: {error.errors()[0]['msg']} ({error.errors()[0]['loc']})."
        ) from error
