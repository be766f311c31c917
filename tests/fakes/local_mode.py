"""qdrant-client's own implementation of Qdrant, in the process: it has no REST side, so it is asked by its methods."""

from collections.abc import Sequence
from typing import Any

from qdrant_client import QdrantClient, models

from raglite.adapters.qdrant_index import PASSAGES, QdrantIndex
from raglite.adapters.qdrant_passages import Passages
from raglite.adapters.qdrant_search import QdrantSearch


class LocalSearch(QdrantSearch):
    def ask(self, collection: str, query: models.QueryRequest) -> list[dict[str, Any]]:
        found = self._client.query_points(
            collection,
            prefetch=query.prefetch,
            query=query.query,
            limit=query.limit or 10,
            with_payload=query.with_payload or False,
        )
        return [{"id": str(one.id), "score": one.score, "payload": one.payload} for one in found.points]

    def read(self, collection: str, ids: Sequence[str]) -> list[dict[str, Any]]:
        found = self._client.retrieve(collection, ids, with_payload=True)
        return [{"id": str(one.id), "payload": one.payload} for one in found]


def local_index(collection: str, client: QdrantClient | None = None) -> QdrantIndex:
    client = client or QdrantClient(":memory:")
    return QdrantIndex(client, collection, LocalSearch(client, Passages(PASSAGES)))
