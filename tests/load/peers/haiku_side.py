"""haiku.rag as its own code builds it, with our embedder in the place of those that its settings offer.

There is no door for an embedder in the process: its factory knows seven providers, and all of them need a server or
torch. So the factory is replaced wherever it was taken from its module. The settings are the defaults but for the
model's name and size; none are read from a file.
"""

from typing import Any

from docling_core.types.doc.document import DoclingDocument
from docling_core.types.doc.labels import DocItemLabel
from haiku.rag import embeddings
from haiku.rag.client import client
from haiku.rag.config.models import AppConfig, EmbeddingModelConfig, EmbeddingsConfig
from haiku.rag.store import engine
from haiku.rag.store.models.chunk import Chunk as Stored

from tests.load.peers.corpus import DIMENSIONS, MODEL_NAME, Chunk, Embedder


class Wrapper(embeddings.EmbedderWrapper):
    """Our embedder, as its code asks for one."""

    def __init__(self, embedder: Embedder) -> None:
        super().__init__(None, DIMENSIONS)
        self._ours = embedder

    async def _embed_query(self, text: str) -> list[float]:
        return await self._ours.embed_query(text)

    async def _embed_documents(self, texts: list[str]) -> list[list[float]]:
        return await self._ours.embed_documents(texts)


def plug_in(embedder: Embedder) -> None:
    """Make it the one that haiku.rag embeds with."""
    for taken in (embeddings, engine, client):
        taken.get_embedder = lambda *_, **__: Wrapper(embedder)


def configuration() -> AppConfig:
    model = EmbeddingModelConfig(provider="sentence-transformers", name=MODEL_NAME, vector_dim=DIMENSIONS)
    return AppConfig(embeddings=EmbeddingsConfig(model=model))


def document(chunks: list[Chunk]) -> tuple[DoclingDocument, list[str]]:
    """Return the document that chunks are of, with a heading where a section begins, and each chunk's item in it."""
    made, refs, section = DoclingDocument(name=chunks[0].key), [], None
    for chunk in chunks:
        if chunk.section and chunk.section != section:
            made.add_heading(chunk.section[-1])
        section = chunk.section
        refs.append(made.add_text(DocItemLabel.TEXT, chunk.text).self_ref)
    return made, refs


def stored(chunk: Chunk, vector: list[float] | None = None, ref: str | None = None) -> Stored:
    """Return a chunk as haiku.rag keeps it. It embeds and indexes headings and content below: our embedding text.

    With the item that it is, a search returns the section around it; without, the chunk as it is.
    """
    metadata: dict[str, Any] = {"chunk": chunk.id, "page_numbers": [chunk.page]}
    if chunk.header:
        metadata["headings"] = [chunk.header]
    if ref:
        metadata |= {"doc_item_refs": [ref], "labels": ["text"]}
    return Stored(content=chunk.text, metadata=metadata, embedding=vector)
