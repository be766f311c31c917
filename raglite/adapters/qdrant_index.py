"""The vector index on Qdrant.

The setting `collection` is an alias; the collection behind it is named after the embedding spec, so that another spec
builds another collection. The spec is kept in the collection's metadata and compared at start and before writing.
"""

import hashlib
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from qdrant_client import QdrantClient, models

from raglite.adapters import qdrant_points as points
from raglite.adapters.qdrant_errors import CollectionMissing, completed, translated, unless_there
from raglite.errors import ConfigurationError
from raglite.model import EmbeddingSpec
from raglite.ports import Edition, FoundChunk, Holding, IndexPoint, Leg, SearchRequest

BATCH = 128  # points a request, with their vectors: about 2 MB of JSON
PAGE = 1000  # points a request, without vectors
# Qdrant scores 1 / (k + rank) with rank from 0; Cormack et al. (2009) count from 1 with k = 60.
RRF_OFFSET = 1


class QdrantIndex:
    """VectorIndex over one collection, reached through its alias."""

    def __init__(self, client: QdrantClient, collection: str) -> None:
        self._client = client
        self._alias = collection

    @classmethod
    def connect(cls, url: str, api_key: str | None, collection: str, timeout: int = 20) -> "QdrantIndex":
        """Return an index over REST; nothing is sent yet. `timeout` is seconds per request."""
        with warnings.catch_warnings():
            if _stays_on_this_machine(url):
                warnings.filterwarnings("ignore", "Api key is used with an insecure connection")
            client = QdrantClient(
                url=url, api_key=api_key, timeout=timeout, check_compatibility=False, prefer_grpc=False
            )
        return cls(client, collection)

    # --- the collection and its spec ------------------------------------------------------------------------------

    def prepare(self, spec: EmbeddingSpec) -> None:
        """Create the collection if there is none; ConfigurationError if it was built with another spec."""
        with translated(self._alias):
            if self._digest_of_collection() is None:
                self._create(spec)
        self.check(spec)

    def check(self, spec: EmbeddingSpec) -> None:
        """Raise ConfigurationError on another spec or a missing collection, DependencyUnavailable if unreachable."""
        with translated(self._alias):
            found = self._digest_of_collection()
        if found is None:
            raise ConfigurationError(f"There is no collection {self._alias} yet: the first document creates it.")
        if found != spec.digest:
            raise ConfigurationError(
                f"The collection {self._alias} was built with another embedding spec ({found[:12]}..., this process "
                f"has {spec.digest[:12]}...): use the model it was built with, or build a new collection."
            )

    def _digest_of_collection(self) -> str | None:
        """Return the spec digest behind the alias; None if there is no collection."""
        names = {alias.alias_name: alias.collection_name for alias in self._client.get_aliases().aliases}
        name = names.get(self._alias)
        if name is None:
            return None
        metadata = self._client.get_collection(name).config.metadata or {}
        return str(metadata.get("embedding_spec", "none recorded"))

    def _create(self, spec: EmbeddingSpec) -> None:
        name = f"{self._alias}-{spec.digest[:12]}"
        if not self._client.collection_exists(name):
            with unless_there():
                self._client.create_collection(
                    name,
                    vectors_config={
                        "dense": models.VectorParams(size=spec.dimensions, distance=models.Distance.COSINE)
                    },
                    sparse_vectors_config={"bm25": models.SparseVectorParams(modifier=models.Modifier.IDF)},
                    metadata={"embedding_spec": spec.digest, "spec": spec.model_dump(mode="json")},
                )
        for field, schema in points.PAYLOAD_INDEXES.items():
            self._client.create_payload_index(name, field, schema, wait=True)
        alias = models.CreateAlias(collection_name=name, alias_name=self._alias)
        self._client.update_collection_aliases([models.CreateAliasOperation(create_alias=alias)])

    # --- writing --------------------------------------------------------------------------------------------------

    def write(self, points_: Sequence[IndexPoint]) -> None:
        """Write points unpublished; the same ids again replace them, but for those that are published.

        Not all-or-nothing: a failed call is repeated.
        """
        with translated(self._alias):
            for start in range(0, len(points_), BATCH):
                batch = [points.point_of(point) for point in points_[start : start + BATCH]]
                completed(self._client.upsert(self._alias, batch, wait=True, update_filter=points.UNPUBLISHED))

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

    def _stamp(self, payload: dict[str, int | None], chosen: models.Filter) -> None:
        with translated(self._alias):
            completed(self._client.set_payload(self._alias, payload, points=chosen, wait=True))

    def _remove(self, chosen: models.Filter) -> None:
        with translated(self._alias):
            completed(self._client.delete(self._alias, models.FilterSelector(filter=chosen), wait=True))

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
            with translated(self._alias):
                records, following = self._client.scroll(
                    self._alias, chosen, limit=PAGE, with_payload=["content_hash"], with_vectors=False
                )
            found |= {(record.payload or {})["content_hash"]: record.id for record in records}
            unread = [] if following is None else [one for one in part if one not in found]
            missing = unread + missing[PAGE:]
        return found

    def _with_dense(self, ids: Sequence[Any]) -> Iterator[models.Record]:
        for start in range(0, len(ids), BATCH):
            with translated(self._alias):
                yield from self._client.retrieve(
                    self._alias, ids[start : start + BATCH], with_payload=["content_hash"], with_vectors=["dense"]
                )

    # --- reading --------------------------------------------------------------------------------------------------

    def search(self, request: SearchRequest) -> tuple[FoundChunk, ...]:
        """Return fused results, best first, only points with committed <= request.commit < superseded. One request."""
        rrf = models.Rrf(k=request.rrf_k + RRF_OFFSET, weights=[leg.weight for leg in request.legs])
        with translated(self._alias):
            response = self._client.query_points(
                self._alias,
                prefetch=[_prefetch(request, leg) for leg in request.legs],
                query=models.RrfQuery(rrf=rrf),
                limit=request.limit,
                with_payload=True,
            )
        return tuple(points.found_chunk(point) for point in response.points)

    def count(self, key: str | None = None, version_id: str | None = None, commit: int | None = None) -> int:
        """Count points, of a key, of a version, visible at a commit; None means any."""
        must: list[models.Condition] = [] if key is None else list(points.of_version(key, version_id))
        if commit is not None:
            must.append(points.visible_at(commit))
        with translated(self._alias):
            return self._client.count(self._alias, models.Filter(must=must), exact=True).count

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
        vectors are equal. Takes 32 bytes of memory a point, and reads them all.
        """
        chosen = models.Filter(must=[points.visible_at(commit)])
        records = self._scroll(chosen, BATCH, with_payload=True, with_vectors=True)
        return hashlib.sha256(b"".join(sorted(points.fingerprint(record) for record in records))).hexdigest()

    def _scroll(self, chosen: models.Filter, page: int, **fields: Any) -> Iterator[models.Record]:
        offset: Any = None
        while True:
            with translated(self._alias):
                records, offset = self._client.scroll(self._alias, chosen, limit=page, offset=offset, **fields)
            yield from records
            if offset is None:
                return


def _stays_on_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def _prefetch(request: SearchRequest, leg: Leg) -> models.Prefetch:
    vector, name = points.query_vector(leg.vector)
    return models.Prefetch(query=vector, using=name, limit=leg.limit, filter=points.leg_filter(request, leg))
