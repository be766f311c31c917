"""What a question gets."""

import uuid
from typing import Annotated, Self

from pydantic import Field

from raglite.model.chunks import Statement
from raglite.model.cited import Citation, CitedDocument, ReadAt
from raglite.model.figures import Figure, Withheld
from raglite.model.value import Frozen


class SearchResult(Frozen):
    """One passage, best first. `score` is comparable within one answer only; `why` are the parts it is the sum of."""

    document: CitedDocument
    page: int
    section: tuple[str, ...]
    statement: Statement | None
    excerpt: str
    score: float
    why: dict[str, float] = Field(default_factory=dict)
    citation: Citation


_Name = Annotated[str, Field(max_length=200)]  # far longer than any; the bound also refuses half a surrogate pair
_Year = Annotated[int, Field(ge=1, le=9999)]


class Filters(Frozen):
    """What the caller wants the answer limited to; None or empty means no limit."""

    companies: tuple[_Name, ...] = ()
    forms: tuple[_Name, ...] = ()
    fiscal_years: tuple[_Year, ...] = ()
    document_ids: tuple[uuid.UUID, ...] = ()


class Answer(ReadAt):
    """What a question gets.

    `figures` are the numbers asked for, each proven by its cells; `withheld` those that could not be. `abstained` says
    that the documents seem not to hold the answer (`abstained_because`); the nearest passages are given all the same.
    """

    query: str
    results: tuple[SearchResult, ...]
    figures: tuple[Figure, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    abstained: bool = False
    abstained_because: str | None = None
    interpreted_as: dict[str, str | int | list[str] | list[int] | None] = Field(default_factory=dict)
    trace_id: str | None = None
    took_ms: float

    def without_timing(self) -> Self:
        """Return the part of an answer that two equal questions share."""
        return self.model_copy(update={"took_ms": 0.0, "trace_id": None})
