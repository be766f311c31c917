"""An Embedder that adds up a fixed direction per word: texts that share words are close."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from raglite.model import EmbeddingSpec
from raglite.retrieval.lexical import term_id

SPEC = EmbeddingSpec(
    model="words",
    weights_sha256="0" * 64,
    tokenizer_sha256="1" * 64,
    dimensions=32,
    max_tokens=64,
    pooling="sum",
    normalized=True,
    header_version=1,
    chunker_version=1,
)


class FakeEmbedder:
    def __init__(self, spec: EmbeddingSpec = SPEC) -> None:
        self._spec = spec
        self.embedded: list[str] = []

    @property
    def spec(self) -> EmbeddingSpec:
        return self._spec

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.embedded += texts
        vectors = np.zeros((len(texts), self._spec.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            summed = sum((self._direction(word) for word in _words(text)), start=self._direction(""))
            vectors[row] = summed / np.linalg.norm(summed)
        return vectors

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self.embed([text])[0]

    def count_tokens(self, text: str) -> int:
        return len(_words(text))

    def _direction(self, word: str) -> NDArray[np.float64]:
        # Another model, other vectors.
        other = [] if self._spec.model == SPEC.model else list(self._spec.model.encode())
        return np.random.default_rng([term_id(word), *other]).normal(size=self._spec.dimensions)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", text.lower())
