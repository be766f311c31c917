"""Making one collection hold of a key what another holds, from its parsed documents, under the key's lease."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from raglite.errors import DependencyUnavailable, NotFound, PermanentError, TransientError
from raglite.ingestion.chunking import chunk
from raglite.ingestion.indexing import Vectors, points
from raglite.ingestion.lease import HeldLease
from raglite.ingestion.reindex.plan import KeyPlan, are_alike, plan, share_vectors
from raglite.model import Chunk, ChunkKind
from raglite.ports import Built, CollectionMissing, Edition, IndexPoint, Services

Made = dict[Edition, list[IndexPoint]]


class Unbuildable(PermanentError):
    """A key cannot be made the same: the sentence says why, and what to do."""

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(f"{key}: {sentence}")
        self.key = key


@dataclass(frozen=True, slots=True)
class Worker:
    """Who works, and how long a lease lasts. Seconds."""

    owner: str
    lease_seconds: float
    publish_seconds: float
    actor: str


@dataclass(slots=True)
class Mirror:
    """From the live collection `source` to `target`. `embedded` counts the vectors that were computed."""

    services: Services
    source: Built
    target: Built
    worker: Worker
    embedded: int = 0
    _ready: dict[str, Made] = field(default_factory=dict)  # of keys that were busy when their points were made

    def look(self, key: str) -> KeyPlan:
        """Return what is to be done about a key. The number is read first: see Shelf.of."""
        commit = self.services.registry.commit_number()
        index = self.services.index
        held = index.beside(self.source.name).holdings(key), index.beside(self.target.name).holdings(key)
        records = self.services.registry.history(key)
        return plan(*held, commit, records, alike=are_alike(self.source.spec, self.target.spec))

    def copy(self, key: str) -> bool:
        """Make a key the same; False if a task works on it. Unbuildable if that cannot be done.

        What takes long is done before the lease is taken: a task that comes for the key meanwhile turns away.
        """
        before = self.look(key)
        if before.agrees:
            return True
        with suppress(Unbuildable):  # it may have been erased meanwhile: looked at again under the lease
            self._ready[key] = self._points(key, before)
        lease = self.services.registry.acquire(key, self.worker.owner, self.worker.lease_seconds)
        if lease is None:
            return False
        held = HeldLease(self.services.registry, lease, self.worker.lease_seconds)
        try:
            with held.kept_alive():
                now = self.look(key)
                _refuse_unclear(key, now)
                self._apply(key, now, self._points(key, now), held)
                self._ready.pop(key, None)
        finally:
            with suppress(TransientError):  # the lease then runs out by itself
                self.services.registry.abandon(held.lease)
        return True

    def _apply(self, key: str, done: KeyPlan, made: Made, held: HeldLease) -> None:
        """Remove what is not to be there, write what is missing, and stamp it last: a stamped edition is whole."""
        target = self.services.index.beside(self.target.name)
        held.check()
        for edition in done.surplus:
            target.stamp(edition, None, None)
        if done.surplus or done.leftovers:
            target.sweep(key)
        for version_id in done.erased:
            target.discard(key, version_id)
        for edition, written in made.items():
            held.check()
            target.write(written)
            self._note(edition, len(written), held)
        if made:
            self._count(key, made)
        for edition, stamps in done.stamps.items():
            held.check()
            target.stamp(edition, stamps.committed, stamps.superseded)

    def _count(self, key: str, made: Made) -> None:
        found = {one.edition: one.points for one in self.services.index.beside(self.target.name).holdings(key)}
        short = [edition for edition, written in made.items() if found.get(edition) != len(written)]
        if short:
            raise DependencyUnavailable("index", f"not all points of {key} are there: run `raglite reindex` again.")

    def _note(self, edition: Edition, written: int, held: HeldLease) -> None:
        """Record how many points the version's newest edition has in the target, for whoever compares."""
        record = self.services.registry.find(edition.key, edition.version_id)
        if record is not None and record.edition == edition.number:
            by_spec = {**record.chunks_by_spec, self.target.spec.digest: written}
            self.services.registry.record(record.model_copy(update={"chunks_by_spec": by_spec}), held.lease)

    # --- points ---------------------------------------------------------------------------------------------------

    def _points(self, key: str, wanted: KeyPlan) -> Made:
        known = self._ready.get(key, {})
        return {one: known[one] if one in known else self._of_edition(key, one) for one in wanted.missing}

    def _of_edition(self, key: str, edition: Edition) -> list[IndexPoint]:
        embedder = self.services.embedder
        if embedder.spec != self.target.spec:
            raise Unbuildable(key, "it was published since, and only the release of the other collection can build it.")
        record = self.services.registry.find(key, edition.version_id)
        if record is None:
            raise Unbuildable(key, f"no record of version {edition.version_id}: `raglite reconcile --repair`.")
        try:
            parsed = self.services.documents.load_parsed(key, edition.version_id)
        except NotFound as error:
            gone = f"the parsed pages of version {edition.version_id} are gone: restore them, or delete that version"
            told = f"{gone} for good (a document that is to stay is uploaded again first)."
            raise Unbuildable(key, told) from error
        chunks = chunk(parsed, record.filing, embedder.count_tokens, embedder.spec.max_tokens)
        if not chunks:
            raise Unbuildable(key, f"version {edition.version_id} gives no chunks.")
        return points(edition, record.filing, chunks, self._vectors(key, chunks), embedder.spec.digest)

    def _vectors(self, key: str, chunks: Sequence[Chunk]) -> Vectors:
        """Return vectors for all chunks but whole pages, those that are there already taken from where they are."""
        texts = {one.content_hash: one.embedding_text for one in chunks if one.kind is not ChunkKind.PAGE}
        known: dict[str, NDArray[np.float32]] = {}
        shared = [self.source] if share_vectors(self.source.spec, self.target.spec) else []
        for built in (self.target, *shared):
            missing = [digest for digest in texts if digest not in known]
            with suppress(CollectionMissing):  # the live one may be gone
                known |= self.services.index.beside(built.name).vectors(key, missing) if missing else {}
        missing = [digest for digest in texts if digest not in known]
        computed = self.services.embedder.embed([texts[digest] for digest in missing])
        self.embedded += len(missing)
        return Vectors(known | dict(zip(missing, computed, strict=True)), len(missing))


def _refuse_unclear(key: str, wanted: KeyPlan) -> None:
    if wanted.torn:
        raise Unbuildable(key, "some of its points are stamped otherwise: `raglite reconcile --repair`.")
    if wanted.strange:
        version = wanted.strange[0].version_id
        advice = "remove that collection and build it anew"
        raise Unbuildable(key, f"the registry does not know who published version {version} in the other: {advice}.")


def of(services: Services, built: Built) -> Services:
    """Return the services over another collection."""
    return replace(services, index=services.index.beside(built.name))
