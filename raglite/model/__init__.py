"""The types that cross rooms: frozen, validated at the door, importing nothing of ours. All times are UTC."""

from raglite.model.answers import Answer, Citation, CitedDocument, Filters, SearchResult
from raglite.model.chunks import Chunk, ChunkKind, EmbeddingSpec, Statement
from raglite.model.documents import (
    DOCUMENT_NAMESPACE,
    DocumentVersion,
    Filing,
    ObjectVersion,
    VersionState,
    document_id,
    group_of,
)
from raglite.model.pages import Block, BlockKind, Box, Cell, Page, ParsedDocument, Table
from raglite.model.value import Frozen

__all__ = [
    "DOCUMENT_NAMESPACE",
    "Answer",
    "Block",
    "BlockKind",
    "Box",
    "Cell",
    "Chunk",
    "ChunkKind",
    "Citation",
    "CitedDocument",
    "DocumentVersion",
    "EmbeddingSpec",
    "Filing",
    "Filters",
    "Frozen",
    "ObjectVersion",
    "Page",
    "ParsedDocument",
    "SearchResult",
    "Statement",
    "Table",
    "VersionState",
    "document_id",
    "group_of",
]
