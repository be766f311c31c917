"""The vector index on Qdrant: one collection, by its name or by an alias (qdrant_collections.py)."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from qdrant_client import QdrantClient, models

from raglite.adapters import qdrant_points as points
from raglite.adapters.qdrant_collections import QdrantCollections
from raglite.adapters.qdrant_connection import connected
from raglite.adapters.qdrant_errors import completed, missing, translated
from raglite.adapters.qdrant_parameters import DEFAULTS
from raglite.adapters.qdrant_passages import Passages
from raglite.adapters.qdrant_search import QdrantSearch
from raglite.errors import ConfigurationError
from raglite.model import CollectionParameters, EmbeddingSpec
from raglite.ports import Built, CollectionMissing, Edition, FoundChunk, Holding, IndexPoint, SearchRequest, Telemetry

HASHES = 2**256  # so many there are of sha256
BATCH = 128  # points a request, with their vectors: about 2 MB of JSON
PAGE = 1000  # points a request, without vectors
PASSAGES = 32 * 1024**2  # bytes that a process keeps of what points say: some 16,000 passages


class QdrantIndex:
    """VectorIndex over one collection, reached through its alias; `parameters` are for collections that it makes."""

    def __init__(
        self,
        client: QdrantClient,
        collection: str,
        search: QdrantSearch | None = None,
        parameters: CollectionParameters = DEFAULTS,
    ) -> None:
        self._client = client
        self._search = search or QdrantSearch(client, Passages(PASSAGES), parameters=parameters)
        self._parameters = parameters
        self._alias = collection
        self._name = collection
        self._collections = QdrantCollections(client, collection, parameters)
        self._prepared: Built | None = None

    @classmethod
    def connect(
        cls, url: str, api_key: str | None, collection: str, timeout: int = 20, telemetry: Telemetry | None = None
    ) -> "QdrantIndex":
        """Return an index over REST; nothing is sent yet. `timeout` is seconds per request."""
        client = connected(url, api_key, timeout)
        return cls(client, collection, QdrantSearch(client, Passages(PASSAGES), telemetry))

    # --- the collection and its spec ------------------------------------------------------------------------------

    def prepare(self, spec: EmbeddingSpec) -> None:
        """Work on the live collection by its name: CollectionMissing without, ConfigurationError on another spec."""
        live = self._live()
        if live.spec != spec:
            raise _mismatch(self._alias, live, spec)
        self._name, self._prepared = live.name, live

    def strays(self) -> bool:
        """Whether another collection has become the live one since `prepare`; False where `prepare` was not called."""
        if self._prepared is None:
            return False
        with translated(self._alias):
            return self._collections.led_to() != self._prepared.name

    def serve(self, spec: EmbeddingSpec) -> None:
        """Read whichever collection questions embedded with `spec` go to; CollectionMissing if there is no live one."""
        live = self._live()
        with translated(self._alias):
            self._name = self._collections.asked_by(spec, live)
        self.check(spec)

    def begin(self, spec: EmbeddingSpec) -> Built:
        """Make the very first collection, the live one; tasks that begin together begin the same one."""
        with translated(self._alias):
            return self._collections.begin(spec)

    def check(self, spec: EmbeddingSpec) -> None:
        """Raise ConfigurationError unless questions embedded with `spec` can be answered.

        CollectionMissing if there is no live collection, DependencyUnavailable if Qdrant cannot be reached.
        """
        with translated(self._alias):
            found = self._collections.asked(spec)
        if found is None:
            raise missing(self._alias)
        if found.spec.space != spec.space:
            raise _mismatch(self._alias, found, spec)

    def built(self) -> Built | None:
        """Return the collection that is worked on; None if there is none."""
        if self._prepared is not None:
            return self._prepared
        with translated(self._alias):
            return self._collections.behind(self._name)

    def beside(self, name: str) -> "QdrantIndex":
        """Return the index over another collection, whether it is there or not."""
        other = QdrantIndex(self._client, self._alias, self._search, self._parameters)
        other._name = name
        return other

    def create(self, spec: EmbeddingSpec, name: str | None = None) -> Built:
        """Make a collection of a spec for nobody to read yet: `name`, if it is not there, or one that nobody knows."""
        with translated(self._alias):
            return self._collections.create(spec, name or self._collections.unknown(spec))

    def switch(self, to: Built) -> None:
        """Make a collection the live one, all at once, for questions of its space too; a no-op if it is."""
        with translated(to.name):
            self._collections.switch(to)

    def drop(self, name: str) -> None:
        """Remove a collection; a no-op if there is none."""
        with translated(name):
            self._client.delete_collection(name)

    def _live(self) -> Built:
        with translated(self._alias):
            live = self._collections.live()
        if live is None:
            raise missing(self._alias)
        return live

    # --- writing --------------------------------------------------------------------------------------------------

    def write(self, points_: Sequence[IndexPoint]) -> None:
        """Write points unpublished; the same ids again replace them, but for those that are published.

        Not all-or-nothing: a failed call is repeated.
        """
        with translated(self._name):
            for start in range(0, len(points_), BATCH):
                batch = [points.point_of(point) for point in points_[start : start + BATCH]]
                completed(self._client.upsert(self._name, batch, wait=True, update_filter=points.UNPUBLISHED))

    def publish(self, edition: Edition, commit: int) -> None:
        """Stamp the edition's unpublished points `committed = commit`; a no-op on points that have a stamp."""
        self._stamp({"committed": commit}, models.Filter(must=[*points.of_edition(edition), points.UNPUBLISHED]))

    def supersede(self, key: str, kept: Edition | None, commit: int) -> None:
        """Stamp `superseded = commit` on the key's published points outside `kept` that lack the stamp."""
        spared: list[models.Condition] = [] if kept is None else [models.Filter(must=points.of_edition(kept))]
        chosen = models.Filter(must=[*points.of_version(key), points.visible_at(commit)], must_not=spared)
        self._stamp({"superseded": commit}, chosen)

    def rollback(self, commit: int) -> None:
        """Undo every stamp above `commit`: what a publisher that died left behind. Called under the publish lease."""
        self._stamp({"committed": None}, models.Filter(must=[points.above("committed", commit)]))
        self._stamp({"superseded": None}, models.Filter(must=[points.above("superseded", commit)]))

    def sweep(self, key: str) -> None:
        """Remove the key's points that bear no stamp `committed`: what attempts that ended left behind."""
        self._remove(models.Filter(must=[*points.of_version(key), points.UNPUBLISHED]))

    def discard(self, key: str, version_id: str) -> None:
        """Remove a version's points, whatever their stamps: nothing of it can be found any more, as of no date."""
        self._remove(models.Filter(must=points.of_version(key, version_id)))

    def stamp(self, edition: Edition, committed: int | None, superseded: int | None) -> None:
        """Give all of an edition's points these stamps, whatever they had: how a state is copied, not published."""
        chosen = models.Filter(must=list(points.of_edition(edition)))
        self._stamp({"committed": committed, "superseded": superseded}, chosen)

    def _stamp(self, payload: dict[str, int | None], chosen: models.Filter) -> None:
        with translated(self._name):
            completed(self._client.set_payload(self._name, payload, points=chosen, wait=True))

    def _remove(self, chosen: models.Filter) -> None:
        with translated(self._name):
            completed(self._client.delete(self._name, models.FilterSelector(filter=chosen), wait=True))

    # --- vectors that are there already ---------------------------------------------------------------------------

    def vectors(self, key: str, content_hashes: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        """Return dense vectors that are there already for these content hashes, published or not.

        Those of `key` itself are looked for first, then those of any document: a renamed one computes nothing anew.
        """
        own = self._holders(content_hashes, points.of_version(key))
        others = self._holders([one for one in content_hashes if one not in own], [])
        found: dict[str, NDArray[np.float32]] = {}
        for record in self._with_dense([*own.values(), *others.values()]):
            named: Any = record.vector
            found[(record.payload or {})["content_hash"]] = np.asarray(named["dense"], dtype=np.float32)
        return found

    def _holders(self, content_hashes: Iterable[str], within: list[models.Condition]) -> dict[str, Any]:
        """Return the id of one point for each hash that has a point with a dense vector.

        A request leaves out what is found already. So a chunk that a thousand documents share costs one page, and
        there are at most as many pages as hashes.
        """
        missing = sorted(set(content_hashes))
        found: dict[str, Any] = {}
        while missing:
            part = missing[:PAGE]
            chosen = models.Filter(must=[*within, points.any_of("content_hash", part), points.HAS_DENSE])
            with translated(self._name):
                records, following = self._client.scroll(
                    self._name, chosen, limit=PAGE, with_payload=["content_hash"], with_vectors=False
                )
            found |= {(record.payload or {})["content_hash"]: record.id for record in records}
            unread = [] if following is None else [one for one in part if one not in found]
            missing = unread + missing[PAGE:]
        return found

    def _with_dense(self, ids: Sequence[Any]) -> Iterator[models.Record]:
        for start in range(0, len(ids), BATCH):
            with translated(self._name):
                yield from self._client.retrieve(
                    self._name, ids[start : start + BATCH], with_payload=["content_hash"], with_vectors=["dense"]
                )

    # --- reading --------------------------------------------------------------------------------------------------

    def search(self, request: SearchRequest) -> tuple[FoundChunk, ...]:
        """Return fused results, best first, only points with committed <= request.commit < superseded."""
        return self._search.search(self._name, request)

    def count(self, key: str | None = None, version_id: str | None = None, commit: int | None = None) -> int:
        """Count points, of a key, of a version, visible at a commit; None means any."""
        must: list[models.Condition] = [] if key is None else list(points.of_version(key, version_id))
        if commit is not None:
            must.append(points.visible_at(commit))
        with translated(self._name):
            return self._client.count(self._name, models.Filter(must=must), exact=True).count

    def ahead(self, commit: int) -> int:
        """Count the points that bear a stamp above `commit`."""
        chosen = models.Filter(should=[points.above("committed", commit), points.above("superseded", commit)])
        with translated(self._name):
            return self._client.count(self._name, chosen, exact=True).count

    def shown(self, commit: int, most: int) -> Mapping[UUID, int]:
        """Return how many points of each document a reader at `commit` sees, of at most so many documents."""
        with translated(self._name):
            found = self._client.facet(
                self._name, "document", models.Filter(must=[points.visible_at(commit)]), limit=most, exact=True
            )
        return {UUID(str(hit.value)): hit.count for hit in found.hits}

    def holdings(self, key: str | None = None) -> tuple[Holding, ...]:
        """Return everything that is held of a key, None: of all keys, in any order; nothing of a lost index."""
        chosen = models.Filter(must=[] if key is None else points.of_version(key))
        records = self._scroll(chosen, PAGE, with_payload=points.HOLDING_FIELDS, with_vectors=False)
        try:
            groups = Counter(points.holding_of(record) for record in records)
        except CollectionMissing:
            return ()
        return tuple(Holding(*held, points=number) for held, number in groups.items())

    def digest(self, commit: int) -> str:
        """Return a sha256 (hex) over what a reader at `commit` sees: which chunks of which versions, with vectors.

        Equal exactly if the points' versions, kinds and ordinals, their payloads but for edition and stamps, and their
        vectors are equal, but for who chooses points to that end: the points' hashes are added up, in whatever order
        they come (an additive multiset hash, Clarke et al., 2003). Reads them all, in constant memory.
        """
        chosen, number, total = models.Filter(must=[points.visible_at(commit)]), 0, 0
        for record in self._scroll(chosen, BATCH, with_payload=True, with_vectors=True):
            number, total = number + 1, (total + int.from_bytes(points.hash_of(record))) % HASHES
        return hashlib.sha256(f"{number} {total}".encode()).hexdigest()

    def _scroll(self, chosen: models.Filter, page: int, **fields: Any) -> Iterator[models.Record]:
        offset: Any = None
        while True:
            with translated(self._name):
                records, offset = self._client.scroll(self._name, chosen, limit=page, offset=offset, **fields)
            yield from records
            if offset is None:
                return


def _mismatch(alias: str, found: Built, spec: EmbeddingSpec) -> ConfigurationError:
    return ConfigurationError(
        f"The collection {alias} was built with another embedding spec ({found.spec.digest[:12]}..., this process has "
        f"{spec.digest[:12]}...): use the model and the release it was built with, or build a new collection by "
        "`raglite reindex`."
    )
