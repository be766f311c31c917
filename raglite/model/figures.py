"""Figures with their proof: what a cell states, and what is computed from cells."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic.dataclasses import dataclass

from raglite.model.chunks import Statement
from raglite.model.cited import ReadAt
from raglite.model.pages import Box
from raglite.model.value import SLOTTED, Frozen


@dataclass(frozen=True, slots=True, kw_only=True, config=SLOTTED)
class StatedFigure:
    """One number as a table's cell states it.

    `value` is the printed number with its sign, not scaled: the amount is `value * scale`. `unit` is an ISO 4217 code,
    or that per share ("USD/share"), "shares", "percent", "ratio", or "" where nothing says. `heading` are the labels of
    the groups that the row stands under, outermost first. `period_end` with `months` is a flow's period; `months` is 0
    for what stands at a day. `low_confidence` marks a cell whose row, period or scale cannot be told for sure;
    `verified` one in whose box a second reader of the PDF found the same number.
    """

    page: int
    table: int  # index in Page.tables
    row: int
    column: int
    label: str
    heading: tuple[str, ...] = ()
    column_header: str = ""
    statement: Statement | None = None
    period_end: date | None = None
    months: int | None = None
    text: str
    value: Decimal
    unit: str = ""
    scale: int = 1
    box: Box | None = None
    low_confidence: bool = False
    verified: bool = False

    @property
    def amount(self) -> Decimal:
        """The number in single units."""
        return self.value * self.scale


class Operand(Frozen):
    """One cell that a figure rests on, with the citation of its page; `name` is how the formula calls it."""

    name: str
    stated: StatedFigure
    key: str
    version_id: str
    uri: str
    label: str


class Figure(Frozen):
    """A stated or computed number, in single units unless `unit` is "percent".

    `formula` is in terms of the operands' names ("revenue[FY2019] / average(...)"); for a stated figure it is the one
    operand's name. Costs and outflows are positive amounts, and so is a tax charge. `notes` say what a reader must
    know, such as that a later filing restates an operand.
    """

    metric: str
    company: str
    period: str
    value: Decimal
    unit: str
    formula: str
    operands: tuple[Operand, ...]
    notes: tuple[str, ...] = ()


class WhyWithheld(StrEnum):
    """Why a figure that was asked for is not given."""

    AMBIGUOUS = "ambiguous"
    NOT_FOUND = "not_found"
    NOT_VERIFIED = "not_verified"


class Withheld(Frozen):
    """A figure that was asked for and is not given, and what to do about it."""

    metric: str
    reason: WhyWithheld
    sentence: str


class FigureAnswer(ReadAt):
    """What a request for the figures of one metric gets."""

    company: str
    metric: str
    period: str
    figures: tuple[Figure, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    trace_id: str | None = None
    took_ms: float = 0
