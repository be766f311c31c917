"""Documents, their versions, and what the text of one says it is."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from raglite.model.value import Frozen

DOCUMENT_NAMESPACE = uuid.UUID("5e1f6a3c-7a58-5f0e-9f5b-6f1b0f2d9c41")


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


class Reading(Frozen):
    """What one field of a Filing was read from: the words themselves, and how far to trust them (0 a guess, 1 sure)."""

    field: str
    words: str
    confidence: float = Field(ge=0, le=1)
    page: int | None = None  # None: not from the text, but from the uploader or from a name


class Filing(Frozen):
    """What a document says it is. Unread fields are None.

    `names` are what else the company is called: short and former names, trading symbols. `currency` (ISO 4217) and
    `scale` (1,000,000: "in millions") are what the statements are in unless a table says otherwise.
    """

    company: str | None = None
    form: str | None = None
    fiscal_year: int | None = None
    fiscal_quarter: int | None = Field(default=None, ge=1, le=4)
    period_end: date | None = None
    names: tuple[str, ...] = ()
    currency: str | None = None
    scale: int | None = None
    readings: tuple[Reading, ...] = ()


class Window(Frozen):
    """Commit numbers at which something was answered from: committed <= n < superseded."""

    committed: int
    superseded: int


class DocumentVersion(Frozen):
    """The registry's record of one version: what it is, where it stands and what was done for it.

    `version_id` is the S3 version id under which the content first arrived. `reason`/`reason_sentence` say why a
    version is quarantined, superseded or deleted. `edition` is the number of its newest indexing, published or not;
    `committed` and `superseded` are commit numbers of the newest that was published, `earlier` the windows of those
    before. `chunks` are its points, `chunks_by_spec` those in collections that a reindex made, by their spec's digest.
    `pages_missing` are the pages whose content is not searchable: unreadable ones, and pictures without text.
    `pages_reused` were taken from an earlier parse of the same bytes. `coverage` is the share of a second reader's text
    that was kept (characters of a PDF, words of other formats), None where there is no second reader. `transitions`
    maps each state to when it was last entered.
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
    pages_missing: tuple[int, ...] = ()
    pages_reused: int = 0
    coverage: float | None = None
    parser_version: str | None = None
    chunks: int = 0
    chunks_by_spec: dict[str, int] = Field(default_factory=dict)
    embeddings_computed: int = 0
    embeddings_reused: int = 0
    attempts: int = 0
    edition: int = 0
    committed: int | None = None
    superseded: int | None = None
    earlier: tuple[Window, ...] = ()
    trace_id: str | None = None
    transitions: dict[VersionState, datetime] = Field(default_factory=dict)
    stage_seconds: dict[str, float] = Field(default_factory=dict)

    @property
    def document_id(self) -> uuid.UUID:
        """The document's id."""
        return document_id(self.key)

    @property
    def partial(self) -> bool:
        """Whether some of its pages cannot be found by any question."""
        return bool(self.pages_missing)

    def chunks_in(self, spec_digest: str) -> int:
        """Return how many points its newest edition has in the collection of a spec."""
        return self.chunks_by_spec.get(spec_digest, self.chunks)

    def in_force(self, commit: int) -> bool:
        """Whether it was answered from at a commit number, as far as the registry knows; the index knows for sure."""
        now = self.committed is not None and self.committed <= commit
        ended = self.superseded is not None and self.superseded <= commit
        return (now and not ended) or any(past.committed <= commit < past.superseded for past in self.earlier)


def document_id(key: str) -> uuid.UUID:
    """Return uuid5 of the key alone, so that the same bucket restored elsewhere keeps its documents' ids."""
    return uuid.uuid5(DOCUMENT_NAMESPACE, key)


def group_of(key: str) -> str:
    """Return the access group of a key: its first path segment, or "" if it has only one."""
    group, slash, _ = key.partition("/")
    return group if slash else ""
