"""A fixed piece of work that has nothing to do with our code: what takes twice as long on any machine is ours.

Seconds over the calibrator's, measured in the same round, are the multiple that a baseline may keep. About 30 ms in
three parts as a question costs: products of matrices, JSON, and dictionaries of words in plain Python.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

CALIBRATOR = "calibrator"  # the arm's name
# A block of a layer: 64 tokens by 64 of its weights. So small a product gets no second thread, whatever
# OPENBLAS_NUM_THREADS says (OpenBLAS, interface/gemm.c: up to 65536 * 4 multiplications).
SIDE, BLOCKS = 64, 1280
DOCUMENTS, WORDS_EACH, VOCABULARY = 300, 60, 1009
CODINGS, COUNTINGS = 7, 3
# Whole numbers so small that float32 adds them exactly in any order: the same on every machine.
SUM = 135_888_896
CODED = 164_475  # characters of JSON
COUNTED = "f597ff96ce172935cd089ba08fa5c78ca808162eeeade788dd9d96a222797aaa"


class Calibrator:
    """The work, to be called as an arm of `interleaved`. What it needs is made once, so that only the work is timed."""

    def __init__(self) -> None:
        self._tokens = _whole((SIDE, SIDE), 104_729)
        self._weights = _whole((BLOCKS, SIDE, SIDE), 7919)
        self._product = np.empty_like(self._weights)
        self._documents = list(_documents())
        self._text = " ".join(one["text"] for one in self._documents)

    def __call__(self, _: int = 0) -> None:
        """Do it all once; AssertionError if the result is not what it always is."""
        assert (self.multiply(), self.code(), self.count()) == (SUM, CODED, COUNTED)

    def multiply(self) -> int:
        """Return the sum of a layer's activations."""
        np.matmul(self._tokens, self._weights, out=self._product)
        np.maximum(self._product, 0, out=self._product)
        return int(self._product.sum(dtype=np.float64))

    def code(self) -> int:
        """Return how long the documents are as JSON, written and read again and again."""
        documents = self._documents
        for _ in range(CODINGS):
            documents = json.loads(json.dumps(documents))
        return len(json.dumps(documents))

    def count(self) -> str:
        """Return what tells the words' counts from any others."""
        counts: dict[str, int] = {}
        for _ in range(COUNTINGS):
            for word in self._text.split():
                key = word.upper().lower()
                counts[key] = counts.get(key, 0) + 1
        written = ",".join(f"{word}={count}" for word, count in sorted(counts.items()))
        return hashlib.sha256(written.encode()).hexdigest()


def _whole(shape: tuple[int, ...], factor: int) -> NDArray[np.float32]:
    """Return numbers from -2 to 2 as if at random."""
    return (np.arange(np.prod(shape)) * factor % 5 - 2).astype(np.float32).reshape(shape)


def _documents() -> Iterator[dict[str, Any]]:
    for number in range(DOCUMENTS):
        words = (f"word{(number * 31 + place * 17) % VOCABULARY}" for place in range(WORDS_EACH))
        yield {"document": f"{number}.pdf", "page": number % 97, "score": number / 7, "text": " ".join(words)}
