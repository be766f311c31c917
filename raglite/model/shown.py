"""What is shown of documents beside answers: which there are, how one is built up, what a page says."""

import uuid
from datetime import date, datetime

from pydantic import Field

from raglite.model.chunks import Statement
from raglite.model.documents import VersionState
from raglite.model.pages import Box
from raglite.model.value import Frozen


class ListedDocument(Frozen):
    """One version of a document. `uri` shows its outline; `reason` says why it is not searchable, if it is not."""

    id: uuid.UUID
    key: str
    version_id: str
    uri: str
    state: VersionState
    reason: str | None = None
    company: str | None = None
    form: str | None = None
    fiscal_year: int | None = None
    fiscal_quarter: int | None = None
    period_end: date | None = None
    pages_total: int = 0
    pages_missing: tuple[int, ...] = ()
    uploaded: datetime | None = None


class DocumentPage(Frozen):
    """A part of the list; `next_cursor` asks for the following one, None on the last. `total` counts all parts."""

    documents: tuple[ListedDocument, ...]
    total: int
    next_cursor: str | None = None


class OutlinedHeading(Frozen):
    """A heading, its depth (1 = top) and the 1-based page it stands on."""

    text: str
    level: int
    page: int


class OutlinedStatement(Frozen):
    """A financial statement and the pages that carry it."""

    statement: Statement
    pages: tuple[int, ...]


class Outline(Frozen):
    """How a document is built up. `headings_total` counts those that `headings` leaves out, too."""

    document: ListedDocument
    statements: tuple[OutlinedStatement, ...]
    headings: tuple[OutlinedHeading, ...]
    headings_total: int
    pages_with_tables: tuple[int, ...]


class PageView(Frozen):
    """What a page says, as it is laid out. Of a long page it is the part from character `offset` on.

    `next_offset` is where the rest begins, None if nothing is left out. `citation` is to be quoted with it.
    """

    document: ListedDocument
    page: int
    pages_total: int
    label: str | None
    uri: str
    citation: str
    text: str
    offset: int = 0
    characters: int
    next_offset: int | None = None
    previous_page: int | None = None
    next_page: int | None = None
    note: str | None = None


class MarkedPage(Frozen):
    """A page that has a picture, how large it is in points, and what of it is meant."""

    key: str
    version_id: str
    page: int
    width: float
    height: float
    marks: tuple[Box, ...]


class IngestionStatus(Frozen):
    """How far one version has come. `done`: nothing more will happen by itself. `advice` says what to do next."""

    document_id: uuid.UUID
    key: str
    version_id: str
    state: VersionState
    done: bool
    searchable: bool
    reason: str | None = None
    reason_sentence: str | None = None
    uploaded: datetime | None = None
    searchable_after_seconds: float | None = None
    attempts: int = 0
    pages_total: int = 0
    pages_missing: tuple[int, ...] = ()
    chunks: int = 0
    stage_seconds: dict[str, float] = Field(default_factory=dict)
    advice: str


class UploadLink(Frozen):
    """Where a file may be put, once, with HTTP PUT and its bytes as the body, until `expires`."""

    url: str
    method: str = "PUT"
    expires: datetime


class Job(Frozen):
    """An ingestion that was asked for.

    With contents it is under way, and `status` is how far. Without, `upload` says where to put the file, which is
    indexed by itself when it has arrived. `repeated`: the same request was made before, and nothing was done again.
    """

    document_id: uuid.UUID
    key: str
    version_id: str | None = None
    status: IngestionStatus | None = None
    upload: UploadLink | None = None
    repeated: bool = False
    advice: str
