"""What a criterion came to: met, not met or not measured, by which numbers, from which files."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from raglite.model import Frozen


class Status(StrEnum):
    """Of a criterion; `not measured` is whatever no evidence that counts shows."""

    MET = "met"
    NOT_MET = "not met"
    NOT_MEASURED = "not measured"


class Measure(Frozen):
    """A number and its bound, both in `unit`; without a value nothing was measured."""

    what: str
    value: float | None
    bound: float
    unit: str
    at_most: bool

    @property
    def is_beyond(self) -> bool:
        """Whether the bound is broken."""
        if self.value is None:
            return False
        return not (self.value <= self.bound if self.at_most else self.value >= self.bound)


class Source(Frozen):
    """A file that numbers were read from: where it was measured, on which stand-ins, of which commit, when."""

    file: str
    environment: str
    stand_ins: tuple[str, ...]
    git_sha: str
    begun: datetime


@dataclass(frozen=True)
class Judged:
    """What evidence says of a criterion, in sentences.

    `void` says why the evidence does not count, whatever it shows; `broken`, what speaks against the criterion;
    `lacking`, what is missing to say that it is met.
    """

    sources: Sequence[Source] = ()
    measures: Sequence[Measure] = ()
    void: Sequence[str] = ()
    broken: Sequence[str] = ()
    lacking: Sequence[str] = ()
    far_below: bool = field(default=False)  # so far that the specification extends the phase

    @property
    def status(self) -> Status:
        """The criterion's."""
        if self.void or not self.sources:
            return Status.NOT_MEASURED
        if self.broken or any(one.is_beyond for one in self.measures):
            return Status.NOT_MET
        if self.lacking or not self.measures or any(one.value is None for one in self.measures):
            return Status.NOT_MEASURED
        return Status.MET

    @property
    def reasons(self) -> tuple[str, ...]:
        """Every sentence, those that decide first."""
        told = (*self.void, *self.broken, *self.lacking)
        return told or tuple(f"There is no number for: {one.what}." for one in self.measures if one.value is None)

    def beside(self, other: "Judged") -> "Judged":
        """Return this with the sources, numbers and sentences of another."""
        return replace(
            self,
            sources=(*self.sources, *other.sources),
            measures=(*self.measures, *other.measures),
            void=(*self.void, *other.void),
            broken=(*self.broken, *other.broken),
            lacking=(*self.lacking, *other.lacking),
            far_below=self.far_below or other.far_below,
        )


class Finding(Frozen):
    """One criterion of the specification. `extends` says that by itself it keeps the phase from ending."""

    criterion: str
    number: str
    words: str
    status: Status
    extends: bool
    measures: tuple[Measure, ...]
    sources: tuple[Source, ...]
    reasons: tuple[str, ...]
    command: str
