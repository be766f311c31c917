"""Everything the invariants are judged by, read once when all is quiet: plain values, no service is asked any more."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from raglite.errors import NotFound
from raglite.ingestion.reconciling import reconcile
from raglite.model import DocumentVersion, ObjectVersion
from raglite.ports import Principal, Services, WorkItem
from raglite.retrieval.query import Retriever
from raglite.retrieval.requests import MOST_RESULTS, Question
from raglite.retrieval.wholeness import PointsLost
from tests.faults.documents import Document

Name = tuple[str, str]  # a version: key and version id
ASKER = Principal("checker", frozenset({"read"}))


@dataclass(frozen=True, slots=True)
class StoredPoint:
    """A point as it lies in the index, whoever put it there."""

    id: str
    key: str
    version_id: str
    edition: int
    kind: str
    ordinal: int
    committed: int | None
    superseded: int | None

    @property
    def name(self) -> Name:
        """The version it belongs to."""
        return self.key, self.version_id

    def visible(self, commit: int) -> bool:
        """Whether a reader at `commit` sees it."""
        hidden = self.superseded is not None and self.superseded <= commit
        return self.committed is not None and self.committed <= commit and not hidden


@dataclass(frozen=True, slots=True)
class Passage:
    """A result of a question."""

    name: Name
    excerpt: str


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A fresh ingestion of what the bucket holds, into an empty index: which parts are visible, and its digest."""

    parts: frozenset[tuple[str, str, str, int]]  # key, version id, kind, ordinal
    digest: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The end of a run."""

    uploaded: Mapping[Name, Document]  # every version that there ever was
    bucket: Mapping[str, tuple[ObjectVersion, ...]]
    records: tuple[DocumentVersion, ...]
    work: tuple[WorkItem, ...]
    commit: int
    points: tuple[StoredPoint, ...]
    digest: str
    parsed: frozenset[Name]  # versions whose parsed text, or figures, lie in the other bucket
    answers: Mapping[str, tuple[Passage, ...]]  # by the word that was asked for
    rebuilt: Rebuilt
    findings: tuple[str, ...] = ()  # the reconciler's
    seen: tuple[str, ...] = ()  # what the watcher found wrong while it all happened
    left: tuple[str, ...] = ()  # processes, files, undeliverable events

    @property
    def visible(self) -> list[StoredPoint]:
        """The points that are answered from."""
        return [point for point in self.points if point.visible(self.commit)]


def gather(
    services: Services,
    uploaded: Mapping[Name, Document],
    points: Callable[[], Iterable[StoredPoint]],
    rebuilt: Rebuilt,
) -> Evidence:
    """Read the evidence; what a watcher saw, and what was left lying about, is added by whoever knows."""
    commit = services.registry.commit_number()
    return Evidence(
        uploaded=uploaded,
        bucket={versions[0].key: versions for versions in services.documents.inventory()},
        records=tuple(services.registry.documents()),
        work=tuple(services.registry.work()),
        commit=commit,
        points=tuple(points()),
        digest=services.index.digest(commit),
        parsed=frozenset(name for name in uploaded if _has_parsed(services, name)),
        answers=_answers(services, {document.word for document in uploaded.values()}),
        rebuilt=rebuilt,
        findings=tuple(f"{one.kind}: {one.key}: {one.sentence}" for one in reconcile(services, 0).findings),
    )


def _has_parsed(services: Services, name: Name) -> bool:
    for load in (services.documents.load_parsed, services.documents.load_figures):
        with suppress(NotFound):
            load(*name)
            return True
    return False


def _answers(services: Services, words: Iterable[str]) -> dict[str, tuple[Passage, ...]]:
    retriever = Retriever(services)
    return {word: tuple(_passages(retriever, word)) for word in sorted(words)}


def _passages(retriever: Retriever, word: str) -> Iterable[Passage]:
    question = Question(query=f"What is said about {word}?", top_k=MOST_RESULTS)
    with suppress(PointsLost):  # nothing is answered then: that points are missing, the other evidence shows
        for result in retriever.query(question, ASKER).results:
            yield Passage((result.document.key, result.document.version_id), result.excerpt)
