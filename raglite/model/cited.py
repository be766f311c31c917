"""What answers point at."""

import uuid
from datetime import date, datetime

from raglite.model.value import Frozen


class Citation(Frozen):
    """Where a passage stands: `raglite://documents/{id}/versions/{version}/pages/{page}` and a label for people."""

    uri: str
    label: str


class NotIndexed(Frozen):
    """A version that could not be indexed, and why (errors.ReasonCode)."""

    version_id: str
    uploaded: datetime | None
    reason: str
    sentence: str


class CitedDocument(Frozen):
    """The document version a result comes from.

    `superseded`: it was answered from at the moment asked about, and is not any more. `pages_missing` of `pages_total`
    are not searchable: the answer may stand on one of them. `newer` was uploaded after this version and could not be
    indexed, so that this one is still answered from.
    """

    id: uuid.UUID
    key: str
    version_id: str
    company: str | None = None
    form: str | None = None
    fiscal_year: int | None = None
    fiscal_quarter: int | None = None
    period_end: date | None = None
    superseded: bool = False
    pages_total: int = 0
    pages_missing: tuple[int, ...] = ()
    newer: NotIndexed | None = None


class ReadAt(Frozen):
    """At which state of the documents an answer was read, and what a reader must know of them.

    `index_commit` is the one commit number that all of it was read at; `as_of` is the moment asked about, None for now.
    `notes` are sentences: unread pages, a newer version that could not be indexed, versions that are gone. `erased` are
    the versions that were answered from at the moment asked about, and are gone for good since: the first few by key
    of `erased_total`.
    """

    index_commit: int = 0
    as_of: datetime | None = None
    notes: tuple[str, ...] = ()
    erased: tuple[CitedDocument, ...] = ()
    erased_total: int = 0
