"""mcp-server-qdrant over the chunks of a benchmark: loads them if they are not there, then serves MCP at /mcp/.

    python tests/load/peers/serve_mcp_server_qdrant.py --corpus DIR --store (local:PATH | http://HOST:PORT) --port N

For the peer's Python, with the repository's root as PYTHONPATH and OMP_NUM_THREADS=1. What was chosen, and why:

- A point is what the peer's `qdrant-store` writes: the payload's `document` and `metadata`, and one named vector. They
  are written through the peer's own client, in batches and with the vectors that are given, because one by one would
  only take longer. The peer makes its collection itself. It has no payload indexes: those serve filters.
- `document` is the embedding text: the peer embeds what it stores and returns.
- Ten results are its default.
- Sessions and event streams are the default of its FastMCP, and its documentation does not advise otherwise.
- Warnings only are logged, instead of a line for each request: that is in the peer's favour.
- Its documentation offers a folder or a server. A folder is searched exactly, by numpy, in the event loop, and its
  client warns of more than 20,000 points there. A server is asked twice for each question, first whether there is the
  collection; how it searches is its own business.
"""

import argparse
import asyncio
import sys
from itertools import islice
from pathlib import Path

from mcp_server_qdrant.mcp_server import QdrantMCPServer
from qdrant_client.models import PointStruct

from tests.load.peers.corpus import Chunk, Corpus, Embedder, begin_again
from tests.load.peers.qdrant_side import COLLECTION, held, metadata, server

BATCH = 256  # points: some 3 MB of JSON, where Qdrant takes 32


async def load(corpus: Corpus, into: QdrantMCPServer) -> None:
    connector = into.qdrant_connector
    name = into.embedding_provider.get_vector_name()
    rows = zip(corpus.chunks(), corpus.vectors(), strict=True)
    while batch := [_point(chunk, name, vector.tolist()) for chunk, vector in islice(rows, BATCH)]:
        await connector._client.upsert(COLLECTION, batch)


def _point(chunk: Chunk, name: str, vector: list[float]) -> PointStruct:
    payload = {"document": chunk.embedding_text, "metadata": metadata(chunk)}
    return PointStruct(id=chunk.id, vector={name: vector}, payload=payload)


async def serve(corpus: Corpus, store: str, port: int) -> None:
    """Serve until ended, or return once the corpus is loaded."""
    peer = server(store, Embedder())
    if await held(peer) == len(corpus):
        await peer.run_http_async("streamable-http", host="127.0.0.1", port=port, log_level="warning")
        sys.exit()
    await load(corpus, peer)
    assert await held(peer) == len(corpus), f"{store} holds something else"
    begin_again()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--store", required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    asyncio.run(serve(Corpus(given.corpus), given.store, given.port))
