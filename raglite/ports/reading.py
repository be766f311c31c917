"""Bytes to pages, and texts to vectors."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from raglite.model import EmbeddingSpec, ParsedDocument


class Parser(Protocol):
    """Bytes to pages, in a process that can be killed."""

    @property
    def version(self) -> str:
        """Return what changes whenever the same bytes may give other pages."""

    def ready(self, name: str) -> AbstractContextManager[None]:
        """Prepare to parse a file of this name while the body runs; of what was not needed nothing is left after it.

        It fails for nothing: what stands in the way is told by `parse`, which may be called without.
        """

    def parse(self, path: Path, name: str) -> ParsedDocument:
        """Parse the file at `path`; `name` (the key) only tells the format. DocumentRejected if it cannot be."""


class Embedder(Protocol):
    """Texts to unit vectors."""

    @property
    def spec(self) -> EmbeddingSpec:
        """Return what makes this embedder's vectors comparable."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array of shape (len(texts), spec.dimensions), rows of length 1.

        The same text gives the same bytes in any company: vectors that are used again are those computed anew.
        """

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Return a question's vector, of shape (spec.dimensions,) and length 1, close to what `embed` returns for it.

        Its last bits may depend on what is asked beside it.
        """

    def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` has for this model, special tokens not counted."""
