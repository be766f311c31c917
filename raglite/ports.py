"""What the core needs from the outside, as Protocols. Adapters implement them, bootstrap.py picks, tests bring fakes.

Every method may raise TransientError (try again) besides the errors it names. No vendor type appears here.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from raglite.model import (
    Chunk,
    ChunkKind,
    DocumentVersion,
    EmbeddingSpec,
    Filing,
    Filters,
    ObjectVersion,
    ParsedDocument,
)
from raglite.telemetry import AuditAction, Metric, Span


class DocumentStore(Protocol):
    """The documents bucket (the truth) and the event-free bucket of parsed documents."""

    def versions(self, key: str) -> tuple[ObjectVersion, ...]:
        """Return the key's versions and delete markers, newest first; empty if the bucket has never held it."""

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Yield every key that has a version, deleted ones included, in key order."""

    def fetch(self, key: str, version_id: str, into: Path) -> str:
        """Write one version's bytes to the file `into` and return their sha256 (hex); NotFound if it is gone."""

    def metadata(self, key: str, version_id: str) -> Mapping[str, str]:
        """Return the object's user metadata, lower-case names; NotFound if it is gone."""

    def upload(self, path: Path, key: str) -> ObjectVersion:
        """Store a file under `key` and return the new version."""

    def delete(self, key: str) -> None:
        """Put a delete marker on `key`; older versions stay in the bucket."""

    def save_parsed(self, key: str, version_id: str, parsed: ParsedDocument) -> None:
        """Keep what the parser returned, compressed, under ids that do not name the bucket."""

    def load_parsed(self, key: str, version_id: str) -> ParsedDocument:
        """Return what was saved; NotFound if nothing was."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on one key until `expires`. `token` grows with every grant, so a late holder is told."""

    key: str
    owner: str
    token: int
    expires: datetime
    generation: int  # the key's request counter when the lease was granted


class DocumentRegistry(Protocol):
    """Control state: one record per version, one work item per key, and the index's commit number."""

    def record(self, version: DocumentVersion, lease: Lease | None = None) -> None:
        """Write a version's record; LeaseLost if `lease` is given and no longer held."""

    def find(self, key: str, version_id: str) -> DocumentVersion | None:
        """Return one version's record."""

    def history(self, key: str) -> tuple[DocumentVersion, ...]:
        """Return all records of a key, in no particular order."""

    def documents(self) -> Iterator[DocumentVersion]:
        """Yield every version's record."""

    def request(self, key: str, trace_header: str | None = None) -> int:
        """Mark `key` as needing a look and return its new request counter; the Lambda does the same in its own code."""

    def waiting(self, limit: int = 100) -> tuple[str, ...]:
        """Return keys that need a look and that nobody holds a live lease on, oldest request first."""

    def acquire(self, key: str, owner: str, seconds: float) -> Lease | None:
        """Take the key's lease if it is free or expired; None if somebody else holds it."""

    def renew(self, lease: Lease, seconds: float) -> Lease:
        """Prolong a lease; LeaseLost if it is no longer held."""

    def release(self, lease: Lease) -> bool:
        """Give the lease back. True if the key needs no further look; False if it was requested again meanwhile."""

    def abandon(self, lease: Lease) -> None:
        """Give the lease back after a failure: the key goes on needing a look."""

    def trace_header(self, key: str) -> str | None:
        """Return the trace header the key's last request came with."""

    def commit_number(self) -> int:
        """Return the index's current commit number; 0 before the first publish."""

    def advance(self, lease: Lease, expected: int) -> int:
        """Move the commit number from `expected` to `expected + 1` and return it; LeaseLost if either is not so.

        `lease` is a lease on PUBLISH_KEY, taken with acquire(): publishing is serialised by it.
        """


PUBLISH_KEY = "#publish"


class Parser(Protocol):
    """Bytes to pages, in a process that can be killed."""

    def parse(self, path: Path, name: str) -> ParsedDocument:
        """Parse the file at `path`; `name` (the key) only tells the format. DocumentRejected if it cannot be."""


class Embedder(Protocol):
    """Texts to unit vectors."""

    @property
    def spec(self) -> EmbeddingSpec:
        """Return what makes this embedder's vectors comparable."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array of shape (len(texts), spec.dimensions), rows of length 1."""

    def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` has for this model, special tokens not counted."""


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Term ids (unique, ascending) with their weights; the index multiplies by IDF itself."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class IndexPoint:
    """One chunk of one version, ready to be written: unpublished until it is stamped with a commit number.

    `dense` is None for a whole page, which only the lexical leg looks at.
    """

    id: uuid.UUID
    key: str
    version_id: str
    filing: Filing
    chunk: Chunk
    dense: NDArray[np.float32] | None
    lexical: SparseVector


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Leg:
    """One way of searching. `vector` is dense (array) or lexical (SparseVector); `weight` scales its RRF share."""

    vector: NDArray[np.float32] | SparseVector
    kinds: tuple[ChunkKind, ...] = (ChunkKind.CHUNK,)
    limit: int = 50
    weight: float = 1.0
    filters: Filters = NO_FILTERS


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """Legs fused by reciprocal rank, all read at one commit number and limited by `filters` and `groups`.

    `groups` (first path segments of keys) is the caller's access and comes from the credential only; None means all.
    """

    legs: tuple[Leg, ...]
    commit: int
    limit: int
    filters: Filters = NO_FILTERS
    groups: tuple[str, ...] | None = None
    rrf_k: int = 60


@dataclass(frozen=True, slots=True)
class FoundChunk:
    """One point that a search returned."""

    id: uuid.UUID
    key: str
    version_id: str
    filing: Filing
    chunk: Chunk
    score: float


class VectorIndex(Protocol):
    """The disposable search index. All reads are at a commit number."""

    def prepare(self, spec: EmbeddingSpec) -> None:
        """Create the collection if there is none; ConfigurationError if it was built with another spec."""

    def check(self, spec: EmbeddingSpec) -> None:
        """Raise ConfigurationError on another spec or a missing collection, DependencyUnavailable if unreachable."""

    def write(self, points: Sequence[IndexPoint]) -> None:
        """Write points unpublished; the same ids again replace them. Not all-or-nothing: a failed call is repeated."""

    def vectors(self, key: str, content_hashes: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        """Return dense vectors that any version of `key` already has for these content hashes."""

    def publish(self, key: str, version_id: str, commit: int) -> None:
        """Stamp the version's points `committed = commit` and clear `superseded`, in one write per point.

        A no-op on points that are visible already; a version that comes back gets the new number.
        """

    def supersede(self, key: str, except_version: str | None, commit: int) -> None:
        """Stamp `superseded = commit` on the key's published points of every other version that lack the stamp."""

    def rollback(self, commit: int) -> None:
        """Undo every stamp above `commit`: what a publisher that died left behind. Called under the publish lease."""

    def discard(self, key: str, version_id: str) -> None:
        """Remove a version's points."""

    def search(self, request: SearchRequest) -> tuple[FoundChunk, ...]:
        """Return fused results, best first, only points with committed <= request.commit < superseded."""

    def count(self, key: str | None = None, version_id: str | None = None, commit: int | None = None) -> int:
        """Count points, of a key, of a version, visible at a commit; None means any."""


class Telemetry(Protocol):
    """Traces and metrics."""

    def trace(
        self, name: Span, header: str | None = None, **annotations: str | float | bool
    ) -> AbstractContextManager[str]:
        """Open a segment, continuing `header` (X-Amzn-Trace-Id) if given; yields the trace id."""

    def span(self, name: Span, **annotations: str | float | bool) -> AbstractContextManager[None]:
        """Open a subsegment of what is open now; a no-op outside a trace."""

    def metric(self, metric: Metric, value: float) -> None:
        """Record one value of a declared metric."""


class AuditLog(Protocol):
    """Who did what, appended."""

    def append(self, action: AuditAction, actor: str, **fields: str | float | bool | list[str] | None) -> None:
        """Write one record; raises rather than losing it."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a credential's name, its scopes (read, ingest, admin) and the document groups it may see."""

    name: str
    scopes: frozenset[str]
    groups: tuple[str, ...] | None = None


class Credentials(Protocol):
    """API keys, kept as hashes."""

    def authenticate(self, presented: str) -> Principal:
        """Return who presents this key; AccessDenied if nobody may."""


class Clock(Protocol):
    """The time, replaceable in tests."""

    def now(self) -> datetime:
        """Return the current time, timezone-aware UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current time, timezone-aware UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the use cases need, made by bootstrap.py."""

    documents: DocumentStore
    registry: DocumentRegistry
    parser: Parser
    embedder: Embedder
    index: VectorIndex
    telemetry: Telemetry
    audit: AuditLog
    credentials: Credentials
    clock: Clock = field(default_factory=SystemClock)
