"""A chunk as a Qdrant point and back, and the filters that decide what a question may see."""

import hashlib
import json
import sys
import uuid
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from qdrant_client import models

from raglite.model import Chunk, ChunkKind, Filing, Filters, Statement, document_id, group_of
from raglite.ports import Edition, FoundChunk, IndexPoint, Leg, SearchRequest, SparseVector

FILTERS = 1024  # that are kept: legs share some, questions of one company and period all, until a commit
DIGITS = 9  # of a question's vector, written once a leg: as exact as single precision is, and half as long as its repr
FILINGS = 4096  # that are kept as one object for all their chunks

# Field -> index type: what filters ask for. `committed` and `superseded` are ranges, the rest exact matches.
PAYLOAD_INDEXES = {
    "document": models.PayloadSchemaType.KEYWORD,
    "version": models.PayloadSchemaType.KEYWORD,
    "kind": models.PayloadSchemaType.KEYWORD,
    "group": models.PayloadSchemaType.KEYWORD,
    "company": models.PayloadSchemaType.KEYWORD,
    "form": models.PayloadSchemaType.KEYWORD,
    "fiscal_year": models.PayloadSchemaType.INTEGER,
    "statement": models.PayloadSchemaType.KEYWORD,
    "content_hash": models.PayloadSchemaType.KEYWORD,
    "committed": models.PayloadSchemaType.INTEGER,
    "superseded": models.PayloadSchemaType.INTEGER,
}


# What a point says of its document: the rest of a Filing stands in the registry.
FILING_FIELDS = {"company", "form", "fiscal_year", "fiscal_quarter", "period_end"}
_FILING = tuple(sorted(FILING_FIELDS))

# What says when a point was written and shown, not what it says.
HISTORY_FIELDS = {"edition", "committed", "superseded"}
HOLDING_FIELDS = ["key", "version", *sorted(HISTORY_FIELDS)]

FINGERPRINT = "fingerprint"  # of all that a point says: its payload is what it was as long as this is
FINGERPRINT_DIGITS = 16  # hexadecimal; it need only tell apart what one point's id has ever stood for

# A point that no publisher has stamped, or whose stamp was taken back.
UNPUBLISHED = models.Filter(must=[models.IsEmptyCondition(is_empty=models.PayloadField(key="committed"))])
HAS_DENSE = models.HasVectorCondition(has_vector="dense")


def point_of(point: IndexPoint) -> models.PointStruct:
    """Return the point as Qdrant stores it, unpublished."""
    chunk, filing = point.chunk, point.filing
    said: dict[str, Any] = {
        "document": str(document_id(point.key)),
        "version": point.version_id,
        "key": point.key,
        "group": group_of(point.key),
        **filing.model_dump(mode="json", include=FILING_FIELDS),
        **chunk.model_dump(mode="json"),
        "content_hash": chunk.content_hash,
    }
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    payload = {**said, "edition": point.edition.number, FINGERPRINT: digest[:FINGERPRINT_DIGITS]}
    lexical = models.SparseVector(indices=list(point.lexical.indices), values=list(point.lexical.values))
    dense = {} if point.dense is None else {"dense": point.dense.tolist()}
    return models.PointStruct(id=str(point.id), vector={"bm25": lexical, **dense}, payload=payload)


def found_chunk(record: models.Record, score: float = 0.0) -> FoundChunk:
    """Return a point with its payload as the core knows it."""
    payload = record.payload or {}
    return FoundChunk(
        id=uuid.UUID(str(record.id)),
        key=sys.intern(payload["key"]),
        version_id=sys.intern(payload["version"]),
        filing=_filing(*(payload.get(name) for name in _FILING)),
        chunk=Chunk(
            ordinal=payload["ordinal"],
            kind=ChunkKind(payload["kind"]),
            page=payload["page"],
            text=payload["text"],
            header=sys.intern(payload["header"]),
            section=tuple(map(sys.intern, payload["section"])),
            statement=Statement(payload["statement"]) if payload.get("statement") else None,
        ),
        score=score,
    )


@lru_cache(FILINGS)
def _filing(*values: Any) -> Filing:
    """Return one object for all chunks of a filing."""
    return Filing.model_validate(dict(zip(_FILING, values, strict=True)))


def holding_of(record: models.Record) -> tuple[Edition, int | None, int | None]:
    """Return a point's edition and its stamps, committed and superseded."""
    payload = record.payload or {}
    edition = Edition(payload["key"], payload["version"], payload["edition"])
    return edition, payload.get("committed"), payload.get("superseded")


def hash_of(record: models.Record) -> bytes:
    """Return the sha256 of what a point says and is found by, however often it was written and shown."""
    said = {name: value for name, value in (record.payload or {}).items() if name not in HISTORY_FIELDS}
    named: Any = record.vector
    lexical = named["bm25"]
    dense = _exact(named["dense"]) if "dense" in named else None
    whole = [said, dense, lexical.indices, _exact(lexical.values)]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).digest()


def _exact(numbers: Iterable[float]) -> str:
    """Return the numbers' bytes as the index keeps them: single precision."""
    return np.asarray(numbers, dtype="<f4").tobytes().hex()


def any_of(field: str, values: Iterable[Any]) -> models.FieldCondition:
    """Match any of several exact values; one alone by itself, which takes the engine a third less."""
    wanted = list(values)
    if len(wanted) == 1:
        return is_value(field, wanted[0])
    return models.FieldCondition(key=field, match=models.MatchAny(any=wanted))


def is_value(field: str, value: Any) -> models.FieldCondition:
    """Match one exact value."""
    return models.FieldCondition(key=field, match=models.MatchValue(value=value))


def up_to(field: str, number: int) -> models.FieldCondition:
    """Match numbers of at most `number`; a field that is not set does not match."""
    return models.FieldCondition(key=field, range=models.Range(lte=number))


def above(field: str, number: int) -> models.FieldCondition:
    """Match numbers above `number`."""
    return models.FieldCondition(key=field, range=models.Range(gt=number))


def visible_at(commit: int) -> models.Filter:
    """Match what a reader at `commit` sees: committed <= commit < superseded."""
    return models.Filter(must=[up_to("committed", commit)], must_not=[up_to("superseded", commit)])


def of_version(key: str, version_id: str | None = None) -> list[models.Condition]:
    """Match a document's points, or one version's."""
    document: list[models.Condition] = [is_value("document", str(document_id(key)))]
    return document if version_id is None else [*document, is_value("version", version_id)]


def of_edition(edition: Edition) -> list[models.Condition]:
    """Match an edition's points."""
    return [*of_version(edition.key, edition.version_id), is_value("edition", edition.number)]


def leg_filter(request: SearchRequest, leg: Leg) -> models.Filter:
    """Return everything that limits one leg: commit number, access, the caller's filters and the leg's own."""
    return _filter(_Limits(request.commit, request.groups, request.filters, leg.filters, leg.kinds, leg.statements))


class _Limits(NamedTuple):
    """All that one leg's filter depends on."""

    commit: int
    groups: tuple[str, ...] | None
    asked: Filters
    own: Filters
    kinds: tuple[ChunkKind, ...]
    statements: tuple[Statement, ...]


@lru_cache(FILTERS)
def _filter(limits: _Limits) -> models.Filter:
    must = [
        up_to("committed", limits.commit),
        any_of("kind", [kind.value for kind in limits.kinds]),
        *_conditions(limits.asked),
        *_conditions(limits.own.model_copy(update={"companies": ()})),
        *([_of_company_or_unknown(limits.own.companies)] if limits.own.companies else []),
        *([any_of("statement", [one.value for one in limits.statements])] if limits.statements else []),
        *([] if limits.groups is None else [any_of("group", limits.groups)]),
    ]
    return models.Filter(must=must, must_not=visible_at(limits.commit).must_not)


def _of_company_or_unknown(companies: Iterable[str]) -> models.Filter:
    """Match what is of these companies, or of none that could be read: that may be theirs too."""
    unknown = models.IsEmptyCondition(is_empty=models.PayloadField(key="company"))
    return models.Filter(should=[any_of("company", companies), unknown])


def _conditions(filters: Filters) -> list[models.FieldCondition]:
    wanted = {
        "company": filters.companies,
        "form": filters.forms,
        "fiscal_year": filters.fiscal_years,
        "document": tuple(str(identity) for identity in filters.document_ids),
    }
    return [any_of(field, values) for field, values in wanted.items() if values]


def query_vector(vector: NDArray[np.float32] | SparseVector) -> tuple[list[float] | models.SparseVector, str]:
    """Return a leg's vector as Qdrant takes it, and the name of the vector it is compared with."""
    if isinstance(vector, SparseVector):
        return models.SparseVector(indices=list(vector.indices), values=list(vector.values)), "bm25"
    return np.round(vector.astype(np.float64), DIGITS).tolist(), "dense"
