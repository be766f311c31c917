"""The search index: what is written into it and how it is asked."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from raglite.errors import DependencyUnavailable
from raglite.model import Chunk, ChunkKind, EmbeddingSpec, Filing, Filters, Statement
from raglite.ports.roster import Built

NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Term ids (unique, ascending) with their weights; the index multiplies by IDF itself."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """One indexing of one version, numbered from 1.

    Published points change no more but for their stamps. A version that comes back, or is indexed anew, gets another
    edition; what was answered from before stays as it was, for questions about an earlier date.
    """

    key: str
    version_id: str
    number: int


@dataclass(frozen=True, slots=True)
class Holding:
    """How many points of an edition bear the same stamps; `committed` None: nobody has published them."""

    edition: Edition
    committed: int | None
    superseded: int | None
    points: int

    def visible(self, commit: int) -> bool:
        """Whether a reader at `commit` sees them."""
        hidden = self.superseded is not None and self.superseded <= commit
        return self.committed is not None and self.committed <= commit and not hidden


@dataclass(frozen=True, slots=True)
class IndexPoint:
    """One chunk of one edition, ready to be written: unpublished until it is stamped with a commit number.

    `dense` is None for a whole page, which only the lexical leg looks at.
    """

    id: uuid.UUID
    edition: Edition
    filing: Filing
    chunk: Chunk
    dense: NDArray[np.float32] | None
    lexical: SparseVector

    @property
    def key(self) -> str:
        """The document's key."""
        return self.edition.key

    @property
    def version_id(self) -> str:
        """The version's id."""
        return self.edition.version_id


@dataclass(frozen=True, slots=True)
class Leg:
    """One way of searching. `vector` is dense (array) or lexical (SparseVector); `weight` scales its RRF share.

    `filters` and `statements` limit this leg alone; empty means no limit. Its own filter on companies lets pass what no
    company could be read from.
    """

    vector: NDArray[np.float32] | SparseVector
    kinds: tuple[ChunkKind, ...] = (ChunkKind.CHUNK,)
    limit: int = 50
    weight: float = 1.0
    filters: Filters = NO_FILTERS
    statements: tuple[Statement, ...] = ()


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


class FoundChunk(NamedTuple):
    """One point that a search returned. A question makes 300: a tuple takes a quarter of a dataclass's time."""

    id: uuid.UUID
    key: str
    version_id: str
    filing: Filing
    chunk: Chunk
    score: float


class CollectionMissing(DependencyUnavailable):
    """The collection that was asked for is not there (any more)."""


class VectorIndex(Protocol):
    """The disposable search index: one collection, the live one unless told otherwise. Reads are at a commit number."""

    def prepare(self, spec: EmbeddingSpec) -> None:
        """Work on the live collection by its name, whatever is made live later; CollectionMissing if there is none.

        ConfigurationError if it was built with another spec.
        """

    def strays(self) -> bool:
        """Whether another collection has become the live one since `prepare`; False where `prepare` was not called."""

    def serve(self, spec: EmbeddingSpec) -> None:
        """Read whichever collection questions embedded with `spec` go to; CollectionMissing if there is no live one.

        Where the live one is of the same space (EmbeddingSpec.space), that is it, from one question to the next. Where
        it is not, it is the one that was live before it. ConfigurationError if there is none.
        """

    def begin(self, spec: EmbeddingSpec) -> Built:
        """Make the very first collection, the live one: only where nothing was ever published (ports/standing.py).

        Tasks that begin together begin the same one.
        """

    def check(self, spec: EmbeddingSpec) -> None:
        """Raise ConfigurationError unless questions embedded with `spec` can be answered.

        CollectionMissing if there is no live collection, DependencyUnavailable if it cannot be reached.
        """

    def built(self) -> Built | None:
        """Return the collection that is worked on; None if there is none."""

    def beside(self, name: str) -> "VectorIndex":
        """Return the index over another collection, whether it is there or not."""

    def create(self, spec: EmbeddingSpec, name: str | None = None) -> Built:
        """Make a collection of a spec for nobody to read yet: `name`, if it is not there, or one that nobody knows.

        An empty one of that spec, to which nobody is led, is one that nobody knows: who made it has died.
        """

    def switch(self, to: Built) -> None:
        """Make a collection the live one, all at once, for questions of its space too; a no-op if it is."""

    def drop(self, name: str) -> None:
        """Remove a collection; a no-op if there is none."""

    def stamp(self, edition: Edition, committed: int | None, superseded: int | None) -> None:
        """Give all of an edition's points these stamps, whatever they had: how a state is copied, not published."""

    def write(self, points: Sequence[IndexPoint]) -> None:
        """Write points unpublished; the same ids again replace them, but for those that are published.

        So a task that lost its lease, or that repeats an attempt, hides nothing. Not all-or-nothing: a failed call is
        repeated.
        """

    def vectors(self, key: str, content_hashes: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        """Return dense vectors that are there already for these content hashes, published or not.

        Those of `key` itself are looked for first, then those of any document: a renamed one computes nothing anew.
        """

    def publish(self, edition: Edition, commit: int) -> None:
        """Stamp the edition's unpublished points `committed = commit`; a no-op on points that have a stamp."""

    def supersede(self, key: str, kept: Edition | None, commit: int) -> None:
        """Stamp `superseded = commit` on the key's published points outside `kept` that lack the stamp."""

    def rollback(self, commit: int) -> None:
        """Undo every stamp above `commit`: what a publisher that died left behind. Called under the publish lease."""

    def sweep(self, key: str) -> None:
        """Remove the key's points that bear no stamp `committed`: what attempts that ended left behind."""

    def discard(self, key: str, version_id: str) -> None:
        """Remove a version's points, whatever their stamps: nothing of it can be found any more, as of no date."""

    def search(self, request: SearchRequest) -> tuple[FoundChunk, ...]:
        """Return fused results, best first, only points with committed <= request.commit < superseded."""

    def count(self, key: str | None = None, version_id: str | None = None, commit: int | None = None) -> int:
        """Count points, of a key, of a version, visible at a commit; None means any."""

    def ahead(self, commit: int) -> int:
        """Count the points that bear a stamp above `commit`."""

    def shown(self, commit: int, most: int) -> Mapping[uuid.UUID, int]:
        """Return how many points of each document a reader at `commit` sees, of at most so many documents.

        What is cut off has no more points than any that is there; nothing is said of what nothing is seen of.
        """

    def holdings(self, key: str | None = None) -> tuple[Holding, ...]:
        """Return everything that is held of a key, None: of all keys; in no particular order."""

    def digest(self, commit: int) -> str:
        """Return a sha256 (hex) over what a reader at `commit` sees: which chunks of which versions, with vectors.

        Equal exactly if the points' versions, kinds and ordinals, their payloads but for edition and stamps, and their
        vectors are equal.
        """
