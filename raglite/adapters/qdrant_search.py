"""Questions to Qdrant: all legs of one in one request, and a second one only for passages that are read the first time.

Some 300 points are found for a question, 400 KB with their texts: nine tenths of what it cost were to write, send and
read these. So a question fetches fingerprints, and the texts of those points alone that nobody asked for lately.
"""

from qdrant_client import QdrantClient, models

from raglite.adapters import qdrant_points as points
from raglite.adapters.qdrant_errors import translated
from raglite.adapters.qdrant_passages import Passages
from raglite.ports import FoundChunk, SearchRequest, Telemetry
from raglite.telemetry import PASSAGES_FOUND, PASSAGES_READ

# Qdrant scores 1 / (k + rank) with rank from 0; Cormack et al. (2009) count from 1 with k = 60.
RRF_OFFSET = 1


class QdrantSearch:
    """Fused searches over one server. `telemetry` is told how many points were found, and how many had to be read."""

    def __init__(self, client: QdrantClient, passages: Passages, telemetry: Telemetry | None = None) -> None:
        self._client = client
        self._passages = passages
        self._telemetry = telemetry

    def search(self, collection: str, request: SearchRequest) -> tuple[FoundChunk, ...]:
        """Return fused results, best first, only points with committed <= request.commit < superseded.

        A point that is removed between the two requests is not among them.
        """
        with translated(collection):
            hits = self._hits(collection, request)
            known = self._passages.known(hits)
            missing = [hit.id for hit in hits if str(hit.id) not in known]
            if missing:
                known |= self._passages.keep(self._client.retrieve(collection, missing, with_payload=True))
        self._count(found=len(hits), read=len(missing))
        return tuple(_scored(known[str(hit.id)], hit.score) for hit in hits if str(hit.id) in known)

    def _hits(self, collection: str, request: SearchRequest) -> list[models.ScoredPoint]:
        rrf = models.Rrf(k=request.rrf_k + RRF_OFFSET, weights=[leg.weight for leg in request.legs])
        return self._client.query_points(
            collection,
            prefetch=_prefetches(request),
            query=models.RrfQuery(rrf=rrf),
            limit=request.limit,
            with_payload=[points.FINGERPRINT],
        ).points

    def _count(self, found: int, read: int) -> None:
        if self._telemetry:
            self._telemetry.metric(PASSAGES_FOUND, found)
            self._telemetry.metric(PASSAGES_READ, read)


def _scored(passage: FoundChunk, score: float) -> FoundChunk:
    return FoundChunk(passage.id, passage.key, passage.version_id, passage.filing, passage.chunk, score)


def _prefetches(request: SearchRequest) -> list[models.Prefetch]:
    """Return the legs as Qdrant takes them, unchecked: the client tries seven shapes for every vector that is checked.

    Most legs share one of two vectors.
    """
    vectors = {id(leg.vector): points.query_vector(leg.vector) for leg in request.legs}
    return [
        models.Prefetch.model_construct(
            query=vectors[id(leg.vector)][0],
            using=vectors[id(leg.vector)][1],
            limit=leg.limit,
            filter=points.leg_filter(request, leg),
        )
        for leg in request.legs
    ]
