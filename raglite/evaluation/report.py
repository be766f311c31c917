"""Everything an evaluation found, in one record: what `--json` writes and `--html` shows."""

from collections.abc import Iterable
from datetime import datetime

from raglite.evaluation.baseline import Comparison
from raglite.evaluation.claims import (
    Abstention,
    FigureOutcome,
    FigureScores,
    abstention,
    figure_outcome,
    figure_scores,
)
from raglite.evaluation.corpus import CorpusDocument, questions_sha256
from raglite.evaluation.evidence import Evidence
from raglite.evaluation.gate import Thresholds, Verdict, comparisons, judge
from raglite.evaluation.runs import Question, RunLine
from raglite.evaluation.scoring import scores
from raglite.evaluation.tables import Table, by_document, percentiles, tables
from raglite.model import Frozen


class Asked(Frozen):
    """Which questions these were."""

    total: int
    answerable: int
    unanswered: int
    sha256: str


class AskedOf(Frozen):
    """Which documents they were asked of. `contents_sha256` compares installations, `state_sha256` one with itself."""

    documents: tuple[CorpusDocument, ...]
    contents_sha256: str
    state_sha256: str
    embedding: str | None
    dense: bool  # whether the dense leg found anything
    commits: tuple[int, ...]
    parts: dict[str, str]


class Finding(Frozen):
    """One question, what it should have found and what it found. `rank` is the first gold page's, None if nowhere."""

    question: Question
    line: RunLine
    rank: int | None
    hit: bool
    figure: FigureOutcome


class Report(Frozen):
    """One evaluation. Latencies are milliseconds: waited for by the asker, and as the service says."""

    made: datetime
    service: str
    verdict: Verdict
    tables: tuple[Table, ...]
    by_document: float | None
    comparisons: tuple[Comparison, ...]
    figures: FigureScores
    abstention: Abstention
    latency_ms: dict[str, float]
    took_ms: dict[str, float]
    asked: Asked
    corpus: AskedOf
    findings: tuple[Finding, ...]

    @property
    def kinds(self) -> tuple[Table, ...]:
        """The tables of kinds that tell questions apart: not those that all questions are of."""
        return tuple(table for table in self.tables if table.trials < self.tables[0].trials)

    @property
    def misses(self) -> tuple[Finding, ...]:
        """The answerable questions whose gold page is not among the first five."""
        return tuple(found for found in self.findings if found.question.answerable and not found.hit)


def report(evidence: Evidence, thresholds: Thresholds, made: datetime, service: str) -> Report:
    """Return the report; raises as `judge` does."""
    questions, run = evidence.questions, evidence.run
    return Report(
        made=made,
        service=service,
        verdict=judge(evidence, thresholds),
        tables=tables(questions, run),
        by_document=by_document(questions, run, thresholds.metric),
        comparisons=comparisons(evidence),
        figures=figure_scores(questions, run),
        abstention=abstention(questions, run),
        latency_ms=percentiles(_known(line.latency_ms for line in run)),
        took_ms=percentiles(_known(line.took_ms for line in run)),
        asked=Asked(
            total=len(questions),
            answerable=sum(question.answerable for question in questions),
            unanswered=len(questions) - len(evidence.answered),
            sha256=questions_sha256(questions),
        ),
        corpus=_asked_of(evidence),
        findings=_findings(evidence),
    )


def _asked_of(evidence: Evidence) -> AskedOf:
    corpus = evidence.corpus
    return AskedOf(
        documents=corpus.documents,
        contents_sha256=corpus.contents_sha256,
        state_sha256=corpus.state_sha256(evidence.commits),
        embedding=corpus.embedding,
        dense=corpus.dense,
        commits=tuple(evidence.commits),
        parts=corpus.parts,
    )


def _findings(evidence: Evidence) -> tuple[Finding, ...]:
    lines = {line.id: line for line in evidence.run}
    return tuple(_finding(question, lines.get(question.id, RunLine(id=question.id))) for question in evidence.questions)


def _finding(question: Question, line: RunLine) -> Finding:
    pages = list(dict.fromkeys(page.place for page in line.ranked))
    rank = next((rank for rank, page in enumerate(pages, 1) if page in question.gold), None)
    return Finding(
        question=question,
        line=line,
        rank=rank,
        hit=bool(question.answerable and scores(question, line, (5,))["hit@5"]),
        figure=figure_outcome(question, line),
    )


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]
