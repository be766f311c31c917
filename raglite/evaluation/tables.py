"""The scores of all questions and of each kind of question, with their intervals."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from raglite.evaluation.gate import HEADLINE
from raglite.evaluation.runs import Question, RunLine, bare
from raglite.evaluation.scoring import MRR, Interval, means, names, score_each, wilson
from raglite.model import Frozen

ALL = "all"
FIELDS = ("doc_type", "question_type", "source", "company_named")  # of a question; the first is its document's form
UNDERSTOOD = "understood"
PERCENTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


class Score(Frozen):
    """A mean over trials; a share has Wilson's interval at 95 %, MRR has none."""

    value: float
    interval: Interval | None

    @property
    def written(self) -> str:
        """The score for a person: a share in percent."""
        return f"{self.value:.3f}" if self.interval is None else f"{100 * self.value:.1f} %"


class Table(Frozen):
    """The scores of the questions of one kind, named `field=value` as the field stands in the questions file."""

    name: str
    trials: int
    scores: dict[str, Score]


def tables(questions: Sequence[Question], run: Sequence[RunLine]) -> tuple[Table, ...]:
    """Return one table of all answerable questions and one for each kind of them; none if there are none."""
    trials = score_each(questions, run)
    found = {line.id: line for line in run}
    kinds: dict[str, list[str]] = {ALL: list(trials)} if trials else {}
    for field in FIELDS:
        kinds |= _by({q.id: f"{field}={getattr(q, field)}" for q in questions if q.answerable})
    kinds |= _by({name: f"{UNDERSTOOD}={understood(found.get(name))}" for name in trials})
    wanted = names(trials.values())
    return tuple(_table(kind, [trials[name] for name in ids], wanted) for kind, ids in kinds.items())


def understood(line: RunLine | None) -> str:
    """Return which of company and period the service made out: one of both, or the other one, or neither."""
    read = (line.interpreted_as if line else None) or {}
    company, period = bool(read.get("companies")), bool(read.get("fiscal_years") or read.get("period_ends"))
    return {
        (True, True): "company and period",
        (True, False): "company only",
        (False, True): "period only",
        (False, False): "neither",
    }[company, period]


def by_document(questions: Sequence[Question], run: Sequence[RunLine], metric: str = HEADLINE) -> float | None:
    """Return a score's mean over documents, each weighing the same however many questions it has; None without any."""
    trials, groups = score_each(questions, run), defaultdict(list)
    for question in questions:
        if question.answerable:
            doc = question.doc or min(question.gold)[0]
            groups[bare(doc)].append(trials[question.id].get(metric, 0.0))
    return sum(sum(group) / len(group) for group in groups.values()) / len(groups) if groups else None


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return percentiles by nearest rank, in the values' unit; none of no values."""
    ordered = sorted(values)
    return {name: ordered[math.ceil(share * len(ordered)) - 1] for name, share in PERCENTILES.items() if ordered}


def _by(kind_of: Mapping[str, str]) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {kind: [] for kind in sorted(set(kind_of.values()))}
    for name, kind in kind_of.items():
        kinds[kind].append(name)
    return kinds


def _table(name: str, trials: Sequence[Mapping[str, float]], wanted: Sequence[str]) -> Table:
    def score(metric: str, value: float) -> Score:
        return Score(value=value, interval=None if metric == MRR else wilson(value * len(trials), len(trials)))

    means_ = means(trials, wanted)
    return Table(name=name, trials=len(trials), scores={metric: score(metric, mean) for metric, mean in means_.items()})
