"""What a run is compared with: an earlier run's outcome per question, and the corpus it was asked of."""

import math
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from raglite.errors import InvalidRequest
from raglite.evaluation.corpus import Corpus, digest
from raglite.evaluation.runs import Question, RunLine
from raglite.evaluation.scoring import score_each
from raglite.model import Frozen

COMPARED = ("hit@5", "hit@1")


class BaselineDocument(Frozen):
    """What a document was when the baseline was written."""

    content_sha256: str | None
    pages: int
    chunks: int
    embeddings: int


class BaselineQuestion(Frozen):
    """Which question it was, and what it found: a score that is 0 or 1 by its name, none if it is unanswerable."""

    digest: str
    found: dict[str, bool] = Field(default_factory=dict)


class Baseline(Frozen):
    """The questions and documents that a run has to be measured on, at the least. Holds no text of either."""

    questions: dict[str, BaselineQuestion]
    documents: dict[str, BaselineDocument]
    embedding: str | None = None


class Comparison(Frozen):
    """What changed for one score. `p` is McNemar's exact two-sided probability of a split at least as uneven."""

    metric: str
    compared: int
    won: tuple[str, ...]
    lost: tuple[str, ...]
    p: float


def baseline_of(questions: Sequence[Question], run: Sequence[RunLine], corpus: Corpus) -> Baseline:
    """Return a run's own baseline."""
    trials = score_each(questions, run)
    return Baseline(
        questions={
            question.id: BaselineQuestion(
                digest=digest(question),
                found={name: bool(trials[question.id][name]) for name in COMPARED} if question.answerable else {},
            )
            for question in questions
        },
        documents={
            name: BaselineDocument.model_validate(document.model_dump(include=set(BaselineDocument.model_fields)))
            for name, document in corpus.searchable.items()
        },
        embedding=corpus.embedding,
    )


def compare(baseline: Baseline, questions: Sequence[Question], run: Sequence[RunLine]) -> tuple[Comparison, ...]:
    """Compare the questions that are the same as in the baseline, for each score that it knows."""
    trials = score_each(questions, run)
    same = [
        question.id
        for question in questions
        if question.answerable and (known := baseline.questions.get(question.id)) and known.digest == digest(question)
    ]
    return tuple(_comparison(metric, same, baseline, trials) for metric in COMPARED)


def mcnemar(won: int, lost: int) -> float:
    """Return the exact two-sided p of McNemar's test: a fair coin's `won` heads and `lost` tails, or worse."""
    flips = won + lost
    tail = sum(math.comb(flips, k) for k in range(min(won, lost) + 1))
    return min(1.0, float(2 * tail / 2**flips))


def read_baseline(path: Path) -> Baseline:
    """Return a file's baseline; InvalidRequest if it is none."""
    try:
        return Baseline.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise InvalidRequest(
            f"{path} is no baseline ({error.errors()[0]['msg']}): write it anew with --write-baseline."
        ) from error


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write a baseline so that a change of it can be reviewed line by line."""
    path.write_text(baseline.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _comparison(metric: str, ids: Sequence[str], baseline: Baseline, trials: dict[str, dict[str, float]]) -> Comparison:
    before = {name: baseline.questions[name].found.get(metric, False) for name in ids}
    now = {name: bool(trials[name][metric]) for name in ids}
    won = tuple(name for name in ids if now[name] and not before[name])
    lost = tuple(name for name in ids if before[name] and not now[name])
    return Comparison(metric=metric, compared=len(ids), won=won, lost=lost, p=mcnemar(len(won), len(lost)))
