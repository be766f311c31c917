"""The vector index on Qdrant.

The setting `collection` is an alias; the collection behind it is named after the embedding spec, so that another spec
builds another collection. The spec is kept in the collection's metadata and compared at start and before writing.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from raglite.adapters import qdrant_points as points
from raglite.errors import ConfigurationError, DependencyUnavailable
from raglite.model import EmbeddingSpec
from raglite.ports import FoundChunk, IndexPoint, Leg, SearchRequest

BATCH = 128  # points a request: about 2 MB of JSON
PAGE = 256  # points a scroll
# Qdrant scores 1 / (k + rank) with rank from 0; Cormack et al. (2009) count from 1 with k = 60.
RRF_OFFSET = 1
CONFLICT = 409  # HTTP's own number


class QdrantIndex:
    """VectorIndex over one collection, reached through its alias."""

    def __init__(self, client: QdrantClient, collection: str) -> None:
        self._client = client
        self._alias = collection
        self._spec_digest: str | None = None

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
        with _translated():
            if self._digest_of_collection() is None:
                self._create(spec)
        self.check(spec)

    def check(self, spec: EmbeddingSpec) -> None:
        """Raise ConfigurationError on another spec or a missing collection, DependencyUnavailable if unreachable."""
        with _translated():
            found = self._digest_of_collection()
        if found is None:
            raise ConfigurationError(f"There is no collection {self._alias} yet: the first document creates it.")
        if found != spec.digest:
            raise ConfigurationError(
                f"The collection {self._alias} was built with another embedding spec ({found[:12]}..., this process "
                f"has {spec.digest[:12]}...): use the model it was built with, or build a new collection."
            )
        self._spec_digest = found

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
            with _unless_there():
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
        with _translated():
            for start in range(0, len(points_), BATCH):
                batch = [points.point_of(point) for point in points_[start : start + BATCH]]
                self._client.upsert(self._alias, batch, wait=True, update_filter=points.UNPUBLISHED)

    def vectors(self, key: str, content_hashes: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        """Return dense vectors that any version of `key` already has for these content hashes."""
        wanted = sorted(set(content_hashes))
        found: dict[str, NDArray[np.float32]] = {}
        for start in range(0, len(wanted), PAGE):
            part = wanted[start : start + PAGE]
            chosen = models.Filter(must=[*points.of_version(key), points.any_of("content_hash", part)])
            for record in self._scroll(chosen, ["content_hash"], with_vectors=["dense"]):
                named: Any = record.vector
                if "dense" in named:
                    found[(record.payload or {})["content_hash"]] = np.asarray(named["dense"], dtype=np.float32)
        return found

    def _scroll(self, chosen: models.Filter, fields: list[str], with_vectors: list[str]) -> Iterator[models.Record]:
        offset: Any = None
        while True:
            with _translated():
                records, offset = self._client.scroll(
                    self._alias, chosen, limit=PAGE, offset=offset, with_payload=fields, with_vectors=with_vectors
                )
            yield from records
            if offset is None:
                return

    def publish(self, key: str, version_id: str, commit: int) -> None:
        """Stamp the version's points `committed = commit` and clear `superseded`, in one write per point.

        A no-op on points that are visible already; a version that comes back gets the new number.
        """
        visible = points.visible_at(commit)
        stale = models.Filter(must=points.of_version(key, version_id), must_not=[visible])
        self._stamp({"committed": commit, "superseded": None}, stale)

    def supersede(self, key: str, except_version: str | None, commit: int) -> None:
        """Stamp `superseded = commit` on the key's published points of every other version that lack the stamp."""
        kept = [] if except_version is None else [points.is_value("version", except_version)]
        chosen = models.Filter(must=[*points.of_version(key), points.visible_at(commit)], must_not=kept)
        self._stamp({"superseded": commit}, chosen)

    def rollback(self, commit: int) -> None:
        """Undo every stamp above `commit`: what a publisher that died left behind. Called under the publish lease."""
        self._stamp({"committed": None}, models.Filter(must=[points.above("committed", commit)]))
        self._stamp({"superseded": None}, models.Filter(must=[points.above("superseded", commit)]))

    def _stamp(self, payload: dict[str, int | None], chosen: models.Filter) -> None:
        with _translated():
            self._client.set_payload(self._alias, payload, points=chosen, wait=True)

    def discard(self, key: str, version_id: str) -> None:
        """Remove a version's points."""
        chosen = models.Filter(must=points.of_version(key, version_id))
        with _translated():
            self._client.delete(self._alias, models.FilterSelector(filter=chosen), wait=True)

    # --- reading --------------------------------------------------------------------------------------------------

    def search(self, request: SearchRequest) -> tuple[FoundChunk, ...]:
        """Return fused results, best first, only points with committed <= request.commit < superseded. One request."""
        rrf = models.Rrf(k=request.rrf_k + RRF_OFFSET, weights=[leg.weight for leg in request.legs])
        with _translated():
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
        with _translated():
            return self._client.count(self._alias, models.Filter(must=must), exact=True).count


def _stays_on_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def _prefetch(request: SearchRequest, leg: Leg) -> models.Prefetch:
    vector, name = points.query_vector(leg.vector)
    return models.Prefetch(query=vector, using=name, limit=leg.limit, filter=points.leg_filter(request, leg))


@contextmanager
def _unless_there() -> Iterator[None]:
    """Pass over a conflict: tasks that start together make the collection together, and one of them is first."""
    try:
        yield
    except UnexpectedResponse as error:
        if error.status_code != CONFLICT:
            raise


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the client's errors into ours."""
    try:
        yield
    except UnexpectedResponse as error:
        status = error.status_code or 500
        if status in {401, 403}:
            raise ConfigurationError("Qdrant refused the API key: set RAGLITE_QDRANT_API_KEY.") from error
        if status < 500 and status not in {404, 408, 429}:  # noqa: PLR2004  HTTP's own numbers
            raise ConfigurationError(f"Qdrant refused a request ({status}): {error.content.decode()[:300]}") from error
        raise DependencyUnavailable("Qdrant", f"answered {status}; try again.") from error
    except (ResponseHandlingException, ApiException, ConnectionError, TimeoutError) as error:
        raise DependencyUnavailable("Qdrant", f"not reachable ({error}); check RAGLITE_QDRANT_URL.") from error
