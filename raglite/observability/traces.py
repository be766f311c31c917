"""A trace as a tree of timed parts, and what can be told from it. Times are seconds since 1970."""

from collections.abc import Hashable, Iterable, Iterator
from enum import StrEnum
from typing import Protocol

from pydantic import Field

from raglite.model import Frozen


class Kind(StrEnum):
    """What a part of a trace is."""

    SEGMENT = "segment"  # one process's work
    STEP = "step"  # something done in it
    CALL = "call"  # something asked of another service


class Part(Frozen):
    """Something that took time, and what it is made of."""

    name: str
    kind: Kind
    began: float
    ended: float | None  # None while it goes on
    operation: str | None = None  # that a call asked for
    faulty: bool = False
    annotations: dict[str, str | bool | int | float] = Field(default_factory=dict)
    parts: tuple["Part", ...] = ()

    def every(self) -> Iterator["Part"]:
        """Yield this part and all below it."""
        yield self
        for part in self.parts:
            yield from part.every()


class Trace(Frozen):
    """Everything known of one document version's ingestion, or of one question."""

    id: str
    parts: tuple[Part, ...]

    @property
    def began(self) -> float:
        """The first beginning."""
        return min(part.began for part in self.every())

    @property
    def ended(self) -> float:
        """The last end that is known."""
        return max(part.ended or part.began for part in self.every())

    def every(self) -> Iterator[Part]:
        """Yield all parts, each before those below it."""
        for part in self.parts:
            yield from part.every()


class Row(Frozen):
    """One line of a waterfall: a part, or several alike that are told of together."""

    label: str
    depth: int
    kind: Kind
    spans: tuple[tuple[float, float], ...]
    faulty: bool

    @property
    def seconds(self) -> float:
        """How long it took; of several, how long all took together."""
        return sum(ended - began for began, ended in self.spans)


class TraceStore(Protocol):
    """Where traces are kept."""

    def trace(self, trace_id: str) -> Trace | None:
        """Return a trace; None if there is none, or none yet."""

    def newest(self) -> str | None:
        """Return the id of the newest trace of a document, or of a question that is not the canary's; None if none."""

    def newest_of(self, document: str) -> str | None:
        """Return the id of the newest trace of a document; None if there is none."""


def waterfall(trace: Trace, fold: int) -> Iterator[Row]:
    """Yield a trace's rows: below each part what it did itself and then whom it set to work, each by its beginning.

    Of what one part did, that which is alike and is `fold` times or more shares a row, if nothing lies below it.
    """
    yield from _rows(trace.parts, 0, trace.ended, fold)


def _rows(parts: Iterable[Part], depth: int, now: float, fold: int) -> Iterator[Row]:
    groups: dict[Hashable, list[Part]] = {}
    for number, part in enumerate(sorted(parts, key=lambda part: (part.kind is Kind.SEGMENT, part.began))):
        alone = part.parts or part.kind is Kind.SEGMENT
        groups.setdefault(number if alone else (part.name, part.operation, part.kind), []).append(part)
    for group in groups.values():
        for together in [group] if len(group) >= fold else [[part] for part in group]:
            yield _row(together, depth, now)
            yield from _rows(together[0].parts, depth + 1, now, fold)


def _row(alike: list[Part], depth: int, now: float) -> Row:
    first = alike[0]
    label = " ".join(word for word in (first.name, first.operation) if word)
    return Row(
        label=f"{label} x {len(alike)}" if len(alike) > 1 else label,
        depth=depth,
        kind=first.kind,
        spans=tuple((part.began, now if part.ended is None else part.ended) for part in alike),
        faulty=any(part.faulty for part in alike),
    )
