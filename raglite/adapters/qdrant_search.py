"""Questions to Qdrant: all legs of one in one request, and a second one only for passages that are read the first time.

Some 300 points are found for a question, 400 KB with their texts: nine tenths of what it cost were to write, send and
read these. So a question fetches fingerprints, and the texts of those points alone that nobody asked for lately.
"""

import json
from collections.abc import Sequence
from typing import Any

from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ResponseHandlingException

from raglite.adapters import qdrant_points as points
from raglite.adapters.qdrant_errors import translated
from raglite.adapters.qdrant_parameters import DEFAULTS, searching
from raglite.adapters.qdrant_passages import Hit, Passages, fingerprint_of
from raglite.model import CollectionParameters
from raglite.ports import FoundChunk, SearchRequest, SparseVector, Telemetry
from raglite.telemetry import PASSAGES_FOUND, PASSAGES_READ

# Qdrant scores 1 / (k + rank) with rank from 0; Cormack et al. (2009) count from 1 with k = 60.
RRF_OFFSET = 1


class QdrantSearch:
    """Fused searches over one server. `telemetry` is told how many points were found, and how many had to be read."""

    def __init__(
        self,
        client: QdrantClient,
        passages: Passages,
        telemetry: Telemetry | None = None,
        parameters: CollectionParameters = DEFAULTS,
    ) -> None:
        self._client = client
        self._passages = passages
        self._telemetry = telemetry
        self._dense = searching(parameters)

    def search(self, collection: str, request: SearchRequest) -> tuple[FoundChunk, ...]:
        """Return fused results, best first, only points with committed <= request.commit < superseded.

        Should points change between the two requests, or another collection take their place, the question is asked
        anew in one request that brings its texts.
        """
        with translated(collection):
            query = query_of(request, self._dense)
            hits = _hits(self.ask(collection, query))
            known = self._passages.known(hits)
            missing = {hit.id: hit.fingerprint for hit in hits if hit.id not in known}
            read = len(missing)
            if missing:
                came = _records(self.read(collection, list(missing)))
                known |= self._passages.keep([one for one in came if fingerprint_of(one) == missing.get(str(one.id))])
            if len(known) < len(hits):
                found = self.ask(collection, query.model_copy(update={"with_payload": True}))
                hits = _hits(found)
                known = self._passages.keep(_records(found))
                read += len(hits)
        self._count(found=len(hits), read=read)
        return tuple(_scored(known[hit.id], hit.score) for hit in hits)

    def ask(self, collection: str, query: models.QueryRequest) -> list[dict[str, Any]]:
        """Return the points that are found, as Qdrant writes them: `id`, `score`, `payload`."""
        answered = self._sent(collection, "/query", query.model_dump_json(by_alias=True, exclude_none=True))
        try:
            found: list[dict[str, Any]] = answered["points"]
        except (KeyError, TypeError) as error:
            raise _no_answer(error) from error
        return found

    def read(self, collection: str, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Return those of these points that are there, as Qdrant writes them: `id`, `payload`."""
        found: list[dict[str, Any]] = self._sent(collection, "", json.dumps({"ids": ids, "with_payload": True}))
        return found

    def _sent(self, collection: str, end: str, content: str) -> Any:
        """Return the result of a request about points.

        The client's own methods make an object of seven fields of each point, which takes longer than all the rest.
        """
        answered = self._client.http.client.request(
            type_=dict,
            method="POST",
            url="/collections/{collection_name}/points" + end,
            path_params={"collection_name": collection},
            headers={"Content-Type": "application/json"},
            content=content,
        )
        try:
            return answered["result"]
        except (KeyError, TypeError) as error:
            raise _no_answer(error) from error

    def _count(self, found: int, read: int) -> None:
        if self._telemetry:
            self._telemetry.metric(PASSAGES_FOUND, found)
            self._telemetry.metric(PASSAGES_READ, read)


def query_of(request: SearchRequest, dense: models.SearchParams | None = None) -> models.QueryRequest:
    """Return a request as Qdrant takes it: its legs unchecked, since the models try seven shapes for every vector.

    `dense` goes with its dense legs.
    """
    rrf = models.Rrf(k=request.rrf_k + RRF_OFFSET, weights=[leg.weight for leg in request.legs])
    return models.QueryRequest.model_construct(
        prefetch=_prefetches(request, dense),
        query=models.RrfQuery(rrf=rrf),
        limit=request.limit,
        with_payload=[points.FINGERPRINT],
    )


def _prefetches(request: SearchRequest, dense: models.SearchParams | None) -> list[models.Prefetch]:
    vectors = {id(leg.vector): points.query_vector(leg.vector) for leg in request.legs}  # most legs share one of two
    return [
        models.Prefetch.model_construct(
            query=vectors[id(leg.vector)][0],
            using=vectors[id(leg.vector)][1],
            limit=leg.limit,
            params=None if isinstance(leg.vector, SparseVector) else dense,
            filter=points.leg_filter(request, leg),
        )
        for leg in request.legs
    ]


def _hits(found: list[dict[str, Any]]) -> list[Hit]:
    try:
        return [Hit(one["id"], (one.get("payload") or {}).get(points.FINGERPRINT), one["score"]) for one in found]
    except (AttributeError, KeyError, TypeError) as error:
        raise _no_answer(error) from error


def _records(found: list[dict[str, Any]]) -> list[models.Record]:
    """Return points as the client's own, as far as anything is read of them."""
    try:
        return [models.Record.model_construct(id=one["id"], payload=dict(one["payload"])) for one in found]
    except (KeyError, TypeError, ValueError) as error:
        raise _no_answer(error) from error


def _no_answer(error: Exception) -> ResponseHandlingException:
    return ResponseHandlingException(ValueError(f"no answer to a query: {error}"))


def _scored(passage: FoundChunk, score: float) -> FoundChunk:
    return FoundChunk(passage.id, passage.key, passage.version_id, passage.filing, passage.chunk, score)
