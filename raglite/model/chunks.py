"""Passages, and what makes two of their vectors comparable."""

import hashlib
from enum import StrEnum

from raglite.model.value import Frozen


class ChunkKind(StrEnum):
    """Which leg of a question a point serves."""

    CHUNK = "chunk"
    PAGE = "page"
    HEADING = "heading"


class Statement(StrEnum):
    """The financial statement a page or table belongs to."""

    INCOME_STATEMENT = "income_statement"
    COMPREHENSIVE_INCOME = "comprehensive_income"
    BALANCE_SHEET = "balance_sheet"
    CASH_FLOW_STATEMENT = "cash_flow_statement"
    CHANGES_IN_EQUITY = "changes_in_equity"


class Chunk(Frozen):
    """A passage that lies on one page. `header` is the context put before the text for the dense vector only."""

    ordinal: int
    kind: ChunkKind
    page: int
    text: str
    header: str
    section: tuple[str, ...] = ()
    statement: Statement | None = None

    @property
    def embedding_text(self) -> str:
        """What the dense vector is computed from."""
        return f"{self.header}\n{self.text}" if self.header else self.text

    @property
    def content_hash(self) -> str:
        """sha256 of the embedding text as hex: equal hashes under one embedding spec share one vector."""
        return hashlib.sha256(self.embedding_text.encode()).hexdigest()


class EmbeddingSpec(Frozen):
    """What makes two vectors comparable. Its hash is stored with the collection and with every point id."""

    model: str
    weights_sha256: str
    tokenizer_sha256: str
    dimensions: int
    max_tokens: int
    pooling: str
    normalized: bool
    header_version: int
    chunker_version: int

    @property
    def digest(self) -> str:
        """sha256 of the spec's canonical JSON, as hex."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @property
    def space(self) -> str:
        """sha256 (hex) of what a question's vector depends on: equal spaces, comparable vectors.

        How texts are cut and headed does not matter to a question, nor the window, which is longer than any question.
        """
        model = self.model_dump_json(exclude={"max_tokens", "header_version", "chunker_version"})
        return hashlib.sha256(model.encode()).hexdigest()
