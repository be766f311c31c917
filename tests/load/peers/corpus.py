"""The chunks that every side of the comparison holds, and our embedder as the peers call it.

Read by the peers' Pythons, so it needs nothing but numpy and what our embedder needs.
"""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raglite.adapters.onnx_embedder import OnnxEmbedder

MODEL = Path(__file__).resolve().parents[3] / "build" / "model"
MODEL_NAME = "sentence-transformers/all-MiniLM-L6-v2"  # what build/model was exported from
DIMENSIONS = 384


@dataclass(frozen=True)
class Chunk:
    """A passage; `embedding_text` is its header, if it has one, and its text below."""

    id: str
    key: str
    page: int
    section: list[str]
    header: str
    text: str
    embedding_text: str


@dataclass(frozen=True)
class Corpus:
    """A folder of chunks, and of unit vectors in the same order. Nothing is read before it is asked for."""

    folder: Path

    def __len__(self) -> int:
        with (self.folder / "chunks.jsonl").open("rb") as lines:
            return sum(1 for _ in lines)

    def chunks(self) -> list[Chunk]:
        with (self.folder / "chunks.jsonl").open() as lines:
            return [Chunk(**json.loads(line)) for line in lines]

    def vectors(self) -> NDArray[np.float32]:
        """Return an array of shape (chunks, DIMENSIONS)."""
        vectors: NDArray[np.float32] = np.load(self.folder / "vectors.npy", mmap_mode="r")
        assert vectors.shape == (len(self), DIMENSIONS)
        return vectors


def chunks_of(path: Path) -> list[Chunk]:
    """Read one document's chunks."""
    return [Chunk(**one) for one in json.loads(path.read_text())]


def begin_again() -> None:
    """Start this program anew in its process, so that what loading took is no part of what serving takes."""
    os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606  there is no shell to want


class Embedder:
    """Ours, in a thread as the peers run theirs; `embedded` counts the documents' texts, not the questions."""

    def __init__(self, threads: int = 1) -> None:
        self._embedder = OnnxEmbedder(MODEL, threads)
        self.embedded = 0

    async def embed_documents(self, texts: Sequence[str]) -> list[list[float]]:
        self.embedded += len(texts)
        return await self._embed(texts)

    async def embed_query(self, text: str) -> list[float]:
        (vector,) = await self._embed([text])
        return vector

    async def _embed(self, texts: Sequence[str]) -> list[list[float]]:
        vectors: NDArray[np.float32] = await asyncio.to_thread(self._embedder.embed, texts)
        made: list[list[float]] = vectors.tolist()
        return made
