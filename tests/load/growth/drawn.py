"""Vectors of passages drawn instead of computed: a hundred thousand would take an hour.

They have what matters to a search: unit length, clusters of subjects and companies where a question's real vector
falls, and within a cluster no two alike.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from raglite.model import EmbeddingSpec
from raglite.ports import Embedder

CHARACTERS = 4.5  # a token: the model's own tokenizer would take half of the time that a filing takes here
DRAWN = 4096  # directions; each passage has two of them
SUBJECT, COMPANY, OWN = 0.55, 0.35, 0.75  # shares of what its header says, whose it is, and nobody else's
PARTS = " | "  # of a header: company, form and year, where in the document
NUMBERED = re.compile(r"\bNote \d+\. |\d+")  # notes of one subject are one, whatever their numbers


class DrawnEmbedder:
    """Embedder whose passages lie about the real vectors of their subjects. Questions are embedded by the real one."""

    def __init__(self, real: Embedder) -> None:
        self._real = real
        self._centre = lru_cache(None)(self._computed)
        drawn = np.random.default_rng(1).normal(size=(DRAWN, real.spec.dimensions))
        self._directions = drawn / np.linalg.norm(drawn, axis=1, keepdims=True) / np.sqrt(2)

    @property
    def spec(self) -> EmbeddingSpec:
        return self._real.spec

    def count_tokens(self, text: str) -> int:
        return int(len(text) / CHARACTERS) + 1

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self._real.embed_query(text)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        digests = [hashlib.sha256(text.encode()).digest() for text in texts]
        one, other = ([int.from_bytes(digest[at : at + 4]) % DRAWN for digest in digests] for at in (0, 4))
        own = self._directions[one] - self._directions[other]
        summed = np.asarray([self._placed(text) for text in texts]) + OWN * own
        return np.asarray(summed / np.linalg.norm(summed, axis=1, keepdims=True), dtype=np.float32)

    def _placed(self, text: str) -> NDArray[np.float32]:
        company, _, rest = text.partition("\n")[0].partition(PARTS)
        subject = NUMBERED.sub("", rest.rpartition(PARTS)[2])
        return SUBJECT * self._centre(subject) + COMPANY * self._centre(company)

    def _computed(self, text: str) -> NDArray[np.float32]:
        return self._real.embed([text])[0]
