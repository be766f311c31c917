"""The types that cross rooms. Frozen, validated at the door, and imports nothing of ours.

Coordinates are PDF points (1/72 inch) from the page's top left corner. Pages are 1-based physical pages.
Times are timezone-aware UTC.
"""

import hashlib
import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

DOCUMENT_NAMESPACE = uuid.UUID("5e1f6a3c-7a58-5f0e-9f5b-6f1b0f2d9c41")


class Frozen(BaseModel):
    """A value: compared by content, never changed, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- documents and their versions ---------------------------------------------------------------------------------


class VersionState(StrEnum):
    """Where one version of one key stands. Every version is in exactly one state."""

    RECEIVED = "received"
    PROCESSING = "processing"
    SEARCHABLE = "searchable"
    QUARANTINED = "quarantined"
    SUPERSEDED = "superseded"
    DELETED = "deleted"


class ObjectVersion(Frozen):
    """One version of one object as the bucket lists it, newest first per key."""

    key: str
    version_id: str
    last_modified: datetime
    size: int = 0
    is_latest: bool = False
    is_delete_marker: bool = False


class Filing(Frozen):
    """What the text of a document says it is. Unread fields are None; the file name is never consulted."""

    company: str | None = None
    form: str | None = None
    fiscal_year: int | None = None
    fiscal_quarter: int | None = Field(default=None, ge=1, le=4)
    period_end: date | None = None


class DocumentVersion(Frozen):
    """The registry's record of one version: what it is, where it stands and what was done for it.

    `version_id` is the S3 version id under which the content first arrived. `reason`/`reason_sentence` are set
    when the state is quarantined. `committed`/`superseded` are commit numbers of the index. `transitions` maps
    each state to when it was last entered.
    """

    key: str
    version_id: str
    state: VersionState
    reason: str | None = None
    reason_sentence: str | None = None
    filing: Filing = Filing()
    size: int = 0
    content_sha256: str | None = None
    uploaded: datetime | None = None
    pages_total: int = 0
    pages_parsed: int = 0
    pages_without_text: int = 0
    chunks: int = 0
    embeddings_computed: int = 0
    embeddings_reused: int = 0
    attempts: int = 0
    committed: int | None = None
    superseded: int | None = None
    trace_id: str | None = None
    transitions: dict[VersionState, datetime] = Field(default_factory=dict)
    stage_seconds: dict[str, float] = Field(default_factory=dict)

    @property
    def document_id(self) -> uuid.UUID:
        """The document's id."""
        return document_id(self.key)


def document_id(key: str) -> uuid.UUID:
    """Return uuid5 of the key alone, so that the same bucket restored elsewhere keeps its documents' ids."""
    return uuid.uuid5(DOCUMENT_NAMESPACE, key)


def group_of(key: str) -> str:
    """Return the access group of a key: its first path segment, or "" if it has only one."""
    group, slash, _ = key.partition("/")
    return group if slash else ""


# --- what a parser returns ----------------------------------------------------------------------------------------


class Box(Frozen):
    """A rectangle on a page, in points from its top left corner."""

    left: float
    top: float
    right: float
    bottom: float


class Cell(Frozen):
    """One cell of a table. Rows and columns are 0-based; `low_confidence` marks geometry that contradicts itself."""

    row: int
    column: int
    text: str
    box: Box | None = None
    is_header: bool = False
    low_confidence: bool = False


class Table(Frozen):
    """A table on one page. `text` is its layout text as printed; `box` covers all its cells."""

    rows: int
    columns: int
    cells: tuple[Cell, ...]
    text: str = ""
    box: Box | None = None


class BlockKind(StrEnum):
    """What a block of a page is, in reading order."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    TABLE = "table"


class Block(Frozen):
    """A piece of a page in reading order. `level` is a heading's depth (1 = top); `table` indexes `Page.tables`."""

    kind: BlockKind
    text: str
    level: int = 0
    table: int | None = None
    box: Box | None = None


class Page(Frozen):
    """One page: physical page of a PDF, slide of a PPTX, sheet of an XLSX; formats without pages have one page, 1.

    `text` is the page's whole layout text. Width and height are points (0 where the format has no pages).
    """

    number: int = Field(ge=1)
    text: str
    blocks: tuple[Block, ...] = ()
    tables: tuple[Table, ...] = ()
    width: float = 0
    height: float = 0
    label: str | None = None  # sheet name or slide title, where the format has one


class ParsedDocument(Frozen):
    """Everything later steps know about a document. Stored compressed; figures and reindexing read it back."""

    media_type: str
    parser: str
    parser_version: str
    pages: tuple[Page, ...]
    pages_total: int
    pages_without_text: tuple[int, ...] = ()
    pages_failed: tuple[int, ...] = ()


# --- chunks -------------------------------------------------------------------------------------------------------


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


# --- answers ------------------------------------------------------------------------------------------------------


class Citation(Frozen):
    """Where a passage stands: `raglite://documents/{id}/versions/{version}/pages/{page}` and a label for people."""

    uri: str
    label: str


class CitedDocument(Frozen):
    """The document version a result comes from."""

    id: uuid.UUID
    key: str
    version_id: str
    company: str | None = None
    form: str | None = None
    fiscal_year: int | None = None
    fiscal_quarter: int | None = None
    period_end: date | None = None


class SearchResult(Frozen):
    """One passage, best first. `score` is comparable within one answer only."""

    document: CitedDocument
    page: int
    section: tuple[str, ...]
    statement: Statement | None
    excerpt: str
    score: float
    citation: Citation


class Filters(Frozen):
    """What the caller wants the answer limited to; None or empty means no limit."""

    companies: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    fiscal_years: tuple[int, ...] = ()
    document_ids: tuple[uuid.UUID, ...] = ()


class Answer(Frozen):
    """What a question gets. `index_commit` is the one commit number every result was read at."""

    query: str
    results: tuple[SearchResult, ...]
    interpreted_as: dict[str, str | int | list[str] | list[int] | None] = Field(default_factory=dict)
    as_of: datetime | None = None
    index_commit: int
    trace_id: str | None = None
    took_ms: float

    def without_timing(self) -> Self:
        """Return the part of an answer that two equal questions share."""
        return self.model_copy(update={"took_ms": 0.0, "trace_id": None})
