"""What the gate sees, and the reasons that it may give."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from raglite.evaluation.baseline import Baseline, BaselineDocument
from raglite.evaluation.corpus import Corpus
from raglite.evaluation.runs import Question, RunLine
from raglite.model import Frozen


class ReasonCode(StrEnum):
    """Why the gate blocks. All but the last two say that less was measured than should have been."""

    NO_QUESTIONS = "no_questions"
    QUESTIONS_MISSING = "questions_missing"
    QUESTIONS_CHANGED = "questions_changed"
    DOCUMENTS_MISSING = "documents_missing"
    DOCUMENTS_NOT_SEARCHABLE = "documents_not_searchable"
    DOCUMENTS_CHANGED = "documents_changed"
    DOCUMENTS_SHRUNK = "documents_shrunk"
    INGESTION_RUNNING = "ingestion_running"
    EMBEDDINGS_MISSING = "embeddings_missing"
    EMBEDDING_CHANGED = "embedding_changed"
    DENSE_LEG_SILENT = "dense_leg_silent"
    SERVICE_NOT_READY = "service_not_ready"
    SEVERAL_COMMITS = "several_commits"
    REQUESTS_FAILED = "requests_failed"
    ANSWERS_IDENTICAL = "answers_identical"
    SIGNIFICANT_LOSS = "significant_loss"
    BELOW_GATE = "below_gate"


class Reason(Frozen):
    """One reason to block: a code that scripts may match on, and a sentence that says what to do."""

    code: ReasonCode
    sentence: str


@dataclass(frozen=True)
class Evidence:
    """A run, what was asked, of which corpus, and what it is held against."""

    questions: Sequence[Question]
    run: Sequence[RunLine]
    corpus: Corpus
    baseline: Baseline | None = None

    @property
    def answered(self) -> list[RunLine]:
        """The lines that are answers, not failures."""
        return [line for line in self.run if line.failed is None]

    @property
    def commits(self) -> list[int]:
        """The index commits that answers were read at, ascending."""
        return sorted({line.index_commit for line in self.run if line.index_commit is not None})

    @property
    def gold_documents(self) -> set[str]:
        """The names of the documents that questions are answered in."""
        return {doc for question in self.questions for doc, _ in question.gold}

    @property
    def baseline_documents(self) -> dict[str, BaselineDocument]:
        """The documents of the baseline by name; none without one."""
        return self.baseline.documents if self.baseline else {}
