"""mcp-server-qdrant as its own code builds it, with our embedder in the place of FastEmbed.

The embedder is handed over as `embedding_provider`, an argument that its server has for this. The vector has the name
that FastEmbed gives to the same model. Everything else is the default: ten results, no filters, cosine distance.
"""

from mcp_server_qdrant.embeddings.base import EmbeddingProvider
from mcp_server_qdrant.mcp_server import QdrantMCPServer
from mcp_server_qdrant.settings import QdrantSettings, ToolSettings

from tests.load.peers.corpus import DIMENSIONS, MODEL_NAME, Chunk, Embedder

COLLECTION = "bench"
LOCAL = "local:"


class Provider(EmbeddingProvider):
    """Our embedder, as its server asks for one."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    async def embed_documents(self, documents: list[str]) -> list[list[float]]:
        return await self._embedder.embed_documents(documents)

    async def embed_query(self, query: str) -> list[float]:
        return await self._embedder.embed_query(query)

    def get_vector_name(self) -> str:
        return f"fast-{MODEL_NAME.split('/')[-1].lower()}"

    def get_vector_size(self) -> int:
        return DIMENSIONS


def server(store: str, embedder: Embedder) -> QdrantMCPServer:
    """Return the server over `local:PATH` or over the URL of a Qdrant."""
    place = {"QDRANT_LOCAL_PATH": store.removeprefix(LOCAL)} if store.startswith(LOCAL) else {"QDRANT_URL": store}
    settings = QdrantSettings(COLLECTION_NAME=COLLECTION, **place)
    return QdrantMCPServer(ToolSettings(), settings, embedding_provider=Provider(embedder))


async def held(peer: QdrantMCPServer) -> int:
    """Return how many chunks it has, in a collection that it makes if there is none."""
    connector = peer.qdrant_connector
    await connector._ensure_collection_exists(COLLECTION)
    return (await connector._client.count(COLLECTION, exact=True)).count


def metadata(chunk: Chunk) -> dict[str, str | int]:
    """Return what is stored beside a chunk and comes back with it."""
    return {"chunk": chunk.id, "key": chunk.key, "page": chunk.page}
