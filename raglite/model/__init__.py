"""The types that cross rooms: frozen, validated at the door, importing nothing of ours. All times are UTC."""

from raglite.model.answers import Answer, Filters, SearchResult
from raglite.model.chunks import Chunk, ChunkKind, EmbeddingSpec, Statement
from raglite.model.cited import Citation, CitedDocument, NotIndexed, ReadAt
from raglite.model.collections import CollectionParameters
from raglite.model.documents import (
    DOCUMENT_NAMESPACE,
    DocumentVersion,
    Filing,
    ObjectVersion,
    Reading,
    VersionState,
    Window,
    document_id,
    group_of,
)
from raglite.model.figures import Figure, FigureAnswer, Operand, StatedFigure, WhyWithheld, Withheld
from raglite.model.lifecycle import TRANSITIONS, allowed_before
from raglite.model.pages import Block, BlockKind, Box, Cell, Page, ParsedDocument, Table
from raglite.model.shown import (
    DocumentPage,
    IngestionStatus,
    Job,
    ListedDocument,
    MarkedPage,
    Outline,
    OutlinedHeading,
    OutlinedStatement,
    PageView,
    UploadLink,
)
from raglite.model.value import Frozen, lean

__all__ = [
    "DOCUMENT_NAMESPACE",
    "TRANSITIONS",
    "Answer",
    "Block",
    "BlockKind",
    "Box",
    "Cell",
    "Chunk",
    "ChunkKind",
    "Citation",
    "CitedDocument",
    "CollectionParameters",
    "DocumentPage",
    "DocumentVersion",
    "EmbeddingSpec",
    "Figure",
    "FigureAnswer",
    "Filing",
    "Filters",
    "Frozen",
    "IngestionStatus",
    "Job",
    "ListedDocument",
    "MarkedPage",
    "NotIndexed",
    "ObjectVersion",
    "Operand",
    "Outline",
    "OutlinedHeading",
    "OutlinedStatement",
    "Page",
    "PageView",
    "ParsedDocument",
    "ReadAt",
    "Reading",
    "SearchResult",
    "StatedFigure",
    "Statement",
    "Table",
    "UploadLink",
    "VersionState",
    "WhyWithheld",
    "Window",
    "Withheld",
    "allowed_before",
    "document_id",
    "group_of",
    "lean",
]
