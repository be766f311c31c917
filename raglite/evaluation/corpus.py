"""What questions were asked of: which documents, in which state, embedded with what. Fingerprints tell two apart."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from raglite.errors import InvalidRequest
from raglite.evaluation.runs import Question, bare
from raglite.model import DocumentVersion, Frozen, VersionState

MOVING = frozenset({VersionState.RECEIVED, VersionState.PROCESSING})


class CorpusDocument(Frozen):
    """One version as the service lists it, under the bare name that questions and baselines know it by."""

    name: str
    key: str
    version_id: str
    state: VersionState
    content_sha256: str | None
    pages: int
    chunks: int
    embeddings: int


class Corpus(Frozen):
    """The service's documents, and what it says of itself.

    `parts` are what /readyz finds, "ok" each if nothing is the matter. `embedding` is the digest of the embedding
    spec, None if the service does not tell. `dense` says whether embeddings alone find anything.
    """

    documents: tuple[CorpusDocument, ...]
    parts: dict[str, str]
    embedding: str | None = None
    dense: bool = True

    @property
    def searchable(self) -> dict[str, CorpusDocument]:
        """The searchable documents by name, in order."""
        found = (document for document in self.documents if document.state is VersionState.SEARCHABLE)
        return {document.name: document for document in sorted(found, key=lambda document: document.name)}

    @property
    def contents_sha256(self) -> str:
        """Equal wherever the same documents are embedded alike: names, content hashes, embedding spec."""
        rows = [(document.name, document.content_sha256) for document in self.searchable.values()]
        return fingerprint([rows, self.embedding])

    def state_sha256(self, commits: Iterable[int]) -> str:
        """Equal only for the same versions at the same index commits: one installation in one state."""
        rows = [(document.name, document.version_id) for document in self.searchable.values()]
        return fingerprint([self.contents_sha256, rows, sorted(set(commits))])


def named(versions: Iterable[DocumentVersion], names: Mapping[str, str]) -> tuple[CorpusDocument, ...]:
    """Return the versions as documents; `names` maps keys to document names, a key without one is its own.

    InvalidRequest if two searchable documents would have one name: their pages could not be told apart.
    """
    documents = tuple(_document(version, names) for version in versions)
    keys: dict[str, str] = {}
    for document in documents:
        if document.state is VersionState.SEARCHABLE and keys.setdefault(document.name, document.key) != document.key:
            raise InvalidRequest(
                f"{keys[document.name]} and {document.key} are both called {document.name}: give one of them another "
                "name in the file for --names."
            )
    return documents


def questions_sha256(questions: Iterable[Question]) -> str:
    """Return the fingerprint of a set of questions, in whatever order they stand."""
    return fingerprint(sorted((question.id, digest(question)) for question in questions))


def digest(question: Question) -> str:
    """Return what changes when a question is made easier: its words, its gold, or what counts as right."""
    gold = sorted(question.gold)
    right = [question.evidence_mode, question.answerable, question.answer, question.unit]
    return fingerprint([question.question, gold, *right])[:16]


def fingerprint(value: Sequence[Any]) -> str:
    """Return sha256 of a value's canonical JSON, as hex."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _document(version: DocumentVersion, names: Mapping[str, str]) -> CorpusDocument:
    return CorpusDocument(
        name=bare(names.get(version.key, version.key)),
        key=version.key,
        version_id=version.version_id,
        state=version.state,
        content_sha256=version.content_sha256,
        pages=version.pages_parsed,
        chunks=version.chunks,
        embeddings=version.embeddings_computed + version.embeddings_reused,
    )
