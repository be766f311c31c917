"""The figures that a question asks for, each with the cells that prove it, and why others are withheld."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from raglite.model import Figure, Operand, WhyWithheld, Withheld
from raglite.retrieval.figures.asked import AskedFigure, FigureQuestion
from raglite.retrieval.figures.books import MONTHS_A_QUARTER, MONTHS_A_YEAR, QUARTERS, Books, Entry, Period
from raglite.retrieval.figures.cells import label_of, uri_of
from raglite.retrieval.figures.computation import HUNDRED, PERCENT, RATIO, Computation, Value
from raglite.retrieval.figures.expressions import overs, show, years
from raglite.retrieval.figures.ledger import Unproven

PLACES = Decimal("0.000001")  # of a computed figure; a stated one is given as printed


@dataclass(frozen=True, slots=True)
class When:
    """The quarter of every fiscal year asked for, the days on which the periods end, and the months they run."""

    quarter: int | None = None
    ends: tuple[date, ...] = ()
    lengths: frozenset[int] = frozenset()


def figures(question: FigureQuestion, books: Books, when: When) -> tuple[tuple[Figure, ...], tuple[Withheld, ...]]:
    """Return the figures asked for that are proven, and for each of the others why it is not given."""
    given: list[Figure] = []
    withheld: list[Withheld] = []
    if question.unclear:
        words = ", ".join(f'"{word}"' for word in question.unclear)
        sentence = f"No figure is computed for a question with {words}: ask for the metric alone, or read the passages."
        withheld.append(Withheld(metric="", reason=WhyWithheld.AMBIGUOUS, sentence=sentence))
    for asked in question.asked:
        name = show(asked.expression)
        try:
            given += [_figure(asked, period, question, books) for period in _periods(asked, books, when)]
        except Unproven as unproven:
            withheld.append(Withheld(metric=name, reason=unproven.reason, sentence=unproven.sentence))
    return tuple(given), tuple(dict.fromkeys(withheld))


def _periods(asked: AskedFigure, books: Books, when: When) -> Iterator[Period]:
    """Yield the periods a figure is asked for: by year, by the day they end on, or the newest there is."""
    year = asked.year or max(years(asked.expression), default=None)
    if year:
        yield _running(Period(year, when.quarter), when)
        return
    if len(when.ends) > 1 and any(one.years == () for one in overs(asked.expression)):
        raise Unproven(WhyWithheld.AMBIGUOUS, "Between which periods is not sure. Name their fiscal years.")
    for day in when.ends:
        period = books.period_ending(day)
        if period is None:
            raise Unproven(WhyWithheld.NOT_FOUND, f"No fiscal period of the indexed documents ends on {day}.")
        yield _running(period, when)
    if not when.ends:
        latest = books.latest()
        if latest is None:
            raise Unproven(WhyWithheld.NOT_FOUND, "No annual report is indexed. Name the period that is meant.")
        yield _running(replace(latest, quarter=when.quarter), when)


def _running(period: Period, when: When) -> Period:
    """Return the period that ends with another and runs as long as is asked. Raises Unproven if there is none."""
    if len(when.lengths) > 1:
        raise Unproven(WhyWithheld.AMBIGUOUS, "Periods of several lengths are asked for. Ask for one of them.")
    months = next(iter(when.lengths), period.months)
    if months == MONTHS_A_QUARTER and period.quarter is None and when.ends:
        return Period(period.year, QUARTERS)
    fitting = {MONTHS_A_QUARTER, MONTHS_A_QUARTER * period.quarter} if period.quarter else {MONTHS_A_YEAR}
    if months not in fitting:
        raise Unproven(WhyWithheld.AMBIGUOUS, f"{months} months that end with {period}: it is not sure which.")
    return replace(period, length=months)


def _figure(asked: AskedFigure, period: Period, question: FigureQuestion, books: Books) -> Figure:
    value = Computation(books, period, question.definitions).value(asked.expression, period)
    if value is None or not value.operands:
        raise Unproven(WhyWithheld.NOT_FOUND, "Nothing is asked for that a table could state.")
    if question.as_percent and value.unit == RATIO:
        value = replace(value, amount=value.amount * HUNDRED, unit=PERCENT)
    return Figure(
        metric=show(asked.expression),
        company=next(iter(value.operands.values())).version.filing.company or "",
        period=_named(period, years(asked.expression)),
        value=_rounded(value),
        unit=value.unit,
        formula=value.text,
        operands=tuple(_operand(name, entry) for name, entry in value.operands.items()),
        notes=tuple(_restatements(value, books)),
    )


def _restatements(value: Value, books: Books) -> Iterator[str]:
    """Yield what later annual reports say otherwise."""
    for name, entry in value.operands.items():
        for later in books.later(entry):
            if later.candidate.value != entry.candidate.value:
                where = label_of(later.version, later.figure)
                yield f"A later report states {later.figure.text} for {name} ({where}): it is restated."
                break


def _rounded(value: Value) -> Decimal:
    """Return a stated amount as printed, a computed one to six places, whole numbers whole."""
    if value.text in value.operands:
        return value.amount
    whole = value.amount.to_integral_value()
    return whole if whole == value.amount else value.amount.quantize(PLACES)


def _named(period: Period, named: frozenset[int]) -> str:
    """Return the period, or from which year to which the expression runs."""
    if len(named) < 2:  # noqa: PLR2004  the first and the last
        return str(period)
    return f"{replace(period, year=min(named))} - {replace(period, year=max(named))}"


def _operand(name: str, entry: Entry) -> Operand:
    version, figure = entry.version, entry.figure
    return Operand(
        name=name,
        stated=figure,
        key=version.key,
        version_id=version.version_id,
        uri=uri_of(version, figure),
        label=label_of(version, figure),
    )
