"""What it costs mcp-server-qdrant to store a document, the same again, and a changed one, as JSON.

    python tests/load/peers/ingesting_mcp_server_qdrant.py --document FILE --changed FILE [--store local:PATH | URL]

For the peer's Python, with the repository's root as PYTHONPATH and OMP_NUM_THREADS=1.

Its tools are its only documented way in. `qdrant-store` takes one text a call and gives it a random id: there are no
documents, and nothing is recognised, replaced or deleted. So a document stored again is embedded and held once more,
and the former chunks of a changed one stay. In the peer's favour: the tools are called in the process, without HTTP,
and as many at once as there are processors, where an agent calls one after the other.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from fastmcp import Client
from mcp_server_qdrant.mcp_server import QdrantMCPServer

from tests.load.peers import ingesting
from tests.load.peers.corpus import Embedder, chunks_of
from tests.load.peers.qdrant_side import LOCAL, held, metadata, server


class Tools:
    """The peer through its tools."""

    def __init__(self, peer: QdrantMCPServer, client: Client) -> None:
        self._peer, self._client = peer, client

    async def store(self, path: Path) -> None:
        waiting = iter(chunks_of(path))

        async def one_after_the_other() -> None:
            for chunk in waiting:
                given = {"information": chunk.embedding_text, "metadata": metadata(chunk)}
                await self._client.call_tool("qdrant-store", given)

        await asyncio.gather(*(one_after_the_other() for _ in range(ingesting.PROCESSORS)))

    async def find(self, text: str) -> list[str]:
        (found,) = await self._client.call_tool("qdrant-find", {"query": text})
        texts: list[str] = json.loads(found.text)[1:]  # the first repeats the question
        return texts

    async def held(self) -> int:
        return await held(self._peer)


async def main() -> None:
    given = ingesting.arguments()
    embedder = Embedder(ingesting.PROCESSORS)
    with TemporaryDirectory() as scratch:
        peer = server(given.store or LOCAL + scratch, embedder)
        await held(peer)

        @asynccontextmanager
        async def opened() -> AsyncIterator[Tools]:
            async with Client(peer) as client:
                yield Tools(peer, client)

        print(json.dumps(await ingesting.measured(opened, embedder, given.document, given.changed)))


if __name__ == "__main__":
    asyncio.run(main())
