"""What an index's dense search finds beside an exact search of the same vectors, read from the index's own files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import qdrant_edge as edge
from numpy.typing import NDArray

from raglite.model import ChunkKind
from raglite.ports import Leg, SearchRequest, VectorIndex

NEAREST = 10
PAGE = 5000


def recall(index: VectorIndex, commit: int, vectors: Path, asked: NDArray[np.float32]) -> float:
    """Return the share, 0 to 1, of each vector's ten nearest passages that the index finds for it, over all `asked`."""
    held = np.load(vectors)
    found = [_found(index, commit, one) & _nearest(held["ids"], held["dense"], one) for one in asked]
    return sum(map(len, found)) / (NEAREST * len(found))


def keep_vectors(shard: edge.EdgeShard, path: Path) -> None:
    """Write the ids and vectors of all passages beside an index."""
    ids, dense = zip(*_passages(shard), strict=True)
    np.savez(path, ids=np.asarray(ids), dense=np.asarray(dense, dtype=np.float32))


def _passages(shard: edge.EdgeShard) -> Iterator[tuple[str, Any]]:
    chosen = edge.Filter(must=[edge.FieldCondition(key="kind", match=edge.MatchValue(ChunkKind.CHUNK.value))])
    offset: Any = None
    while True:
        request = edge.ScrollRequest(
            offset=offset, limit=PAGE, filter=chosen, with_payload=False, with_vector=["dense"]
        )
        records, offset = shard.scroll(request)
        yield from ((str(one.id), np.asarray(one.vector["dense"], dtype=np.float32)) for one in records)
        if offset is None:
            return


def _found(index: VectorIndex, commit: int, asked: NDArray[np.float32]) -> set[str]:
    leg = Leg(asked, (ChunkKind.CHUNK,), NEAREST)
    return {str(one.id) for one in index.search(SearchRequest((leg,), commit, NEAREST))}


def _nearest(ids: NDArray[np.str_], dense: NDArray[np.float32], asked: NDArray[np.float32]) -> set[str]:
    return set(ids[np.argsort(dense @ asked)[-NEAREST:]].tolist())
