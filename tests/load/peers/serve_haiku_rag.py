"""haiku.rag over the chunks of a benchmark: loads them if they are not there, then serves MCP at /mcp.

    python tests/load/peers/serve_haiku_rag.py --corpus DIR --store PATH --port N [--bare]

For the peer's Python, with the repository's root as PYTHONPATH and OMP_NUM_THREADS=1. What was chosen, and why:

- Chunks come in by `import_documents`, which is meant for chunks and vectors that are there already, with their header
  as heading: it puts headings before the content for vectors and for the full text.
- Each refers to its item in a docling document with headings, as what its own chunker makes does: `search_documents`
  returns the section around a hit, which is what the tool promises. `--bare` leaves the items out, and chunks come back
  as they are: less to do for the peer. The chunk's id travels as metadata, which the tool prints.
- The search is its default: vectors and full text, fused by reciprocal rank, no reranker.
- `vacuum` after loading, as its documentation asks, so that the full-text index covers every row.
- A vector index from 10,000 chunks on, where it begins to be faster. Its documentation finds one necessary from 100,000
  on only. The vectors' part of a search is approximate then, with the default refinement.
- Warnings only are logged, no banner and no spans: that is in the peer's favour.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path

from haiku.rag.client import HaikuRAG
from haiku.rag.client.documents import DocumentImport
from haiku.rag.mcp import create_mcp_server

from tests.load.peers.corpus import Corpus, Embedder, begin_again
from tests.load.peers.haiku_side import configuration, document, plug_in, stored

BATCH = 20  # documents
INDEX_FROM = 10_000  # chunks


def imports(corpus: Corpus, *, bare: bool) -> Iterator[DocumentImport]:
    rows = ((chunk.key, chunk, vector) for chunk, vector in zip(corpus.chunks(), corpus.vectors(), strict=True))
    for key, of_document in groupby(rows, itemgetter(0)):
        pairs = [(chunk, vector.tolist()) for _, chunk, vector in of_document]
        made, refs = document([chunk for chunk, _ in pairs])
        items = [None] * len(refs) if bare else refs
        kept = [stored(chunk, vector, item) for (chunk, vector), item in zip(pairs, items, strict=True)]
        yield DocumentImport(made, kept, uri=key, title=key)


async def loaded(corpus: Corpus, store: Path) -> bool:
    if not store.exists():  # noqa: ASYNC240  nothing else runs yet
        return False
    async with HaikuRAG(store, configuration(), read_only=True) as client:
        return await client.store.chunks_table.count_rows() == len(corpus)


async def load(corpus: Corpus, store: Path, *, bare: bool) -> None:
    async with HaikuRAG(store, configuration(), create=True) as client:
        documents = imports(corpus, bare=bare)
        while batch := list(islice(documents, BATCH)):
            await client.import_documents(batch)
        await client.vacuum()
        if len(corpus) >= INDEX_FROM:
            await client.store._ensure_vector_index()  # what `haiku-rag create-index` does


async def serve(corpus: Corpus, store: Path, port: int, *, bare: bool) -> None:
    """Serve until ended, or return to begin anew once the corpus is loaded."""
    plug_in(Embedder())
    if await loaded(corpus, store):
        server = create_mcp_server(store, configuration())
        how = {"transport": "streamable-http", "log_level": "warning", "show_banner": False}
        await server.run_http_async(host="127.0.0.1", port=port, **how)
        sys.exit()
    await load(corpus, store, bare=bare)
    assert await loaded(corpus, store), f"{store} holds something else"
    begin_again()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--bare", action="store_true")
    given = parser.parse_args()
    asyncio.run(serve(Corpus(given.corpus), given.store, given.port, bare=given.bare))
