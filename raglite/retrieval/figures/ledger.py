"""The figures of one document version that state a metric, and which of them is meant.

The primary statement is the table that holds most of that statement's lines: what a parent company's own statement, a
segment table or a summary says of the same metric counts only where the primary statement is silent, and then only if
all of them say the same.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from raglite.model import StatedFigure, Statement, WhyWithheld
from raglite.retrieval.figures.labels import plain
from raglite.retrieval.figures.lineitems import BALANCE, ITEMS, LineItem, Measure, Sign, stated_by
from raglite.retrieval.figures.printed_rows import PrintedRows, preferred, sign_of, turned

_LOSS = re.compile(r"\b(?:loss|losses|deficit|used)\b", re.IGNORECASE)
_GAIN = re.compile(r"\b(?:income|earnings|profit|equity|provided|from|generated)\b", re.IGNORECASE)
_BENEFIT = re.compile(r"\((?:expense|provision|charge)s?\)|^(?:\(\w+\) )?(?:income tax(?:es)? )?benefit", re.IGNORECASE)
_NARROWED = re.compile(
    r"after.tax|non.gaap|segment|pro forma|parent|discontinued|guarantor|held for sale|available.for.sale|level [123]"
    r"|subsidiar|joint venture|acquired|acquisition|lease|quarter|unaudited|eliminat|unallocated|per (?:share|unit)",
    re.IGNORECASE,
)
_TOTAL_OF = "total "
MONTHS_A_YEAR = 12
PRIMARY_SHARE = 0.5  # of the lines of a statement's fullest table: it may run over two pages


class Unproven(Exception):
    """A figure cannot be given, and why; `candidates` are the cells that were looked at. Never leaves this package."""

    def __init__(self, reason: WhyWithheld, sentence: str = "", candidates: Sequence[StatedFigure] = ()) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence
        self.candidates = tuple(candidates)


@dataclass(frozen=True, slots=True)
class Span:
    """A period to look for: where it ends, how far off a printed date may be, and how many months a flow runs."""

    end: date
    slack: timedelta
    months: int

    def holds(self, figure: StatedFigure, is_flow: bool | None) -> bool:
        """Tell whether a figure is of this period; one that is no flow stands at its end.

        Where no words tell flow from balance, a year's column is of the year either way.
        """
        if figure.period_end is None or abs(figure.period_end - self.end) > self.slack:
            return False
        if figure.months is None:
            return is_flow is None and self.months == MONTHS_A_YEAR
        wanted = {True: {self.months}, False: {0}, None: {0, self.months}}[is_flow]
        return figure.months in wanted


@dataclass(frozen=True, slots=True)
class Candidate:
    """A figure whose row states a metric; `rank` 0 is the surest wording. `value` is in single units, sign settled."""

    rank: int
    figure: StatedFigure
    value: Decimal

    @property
    def table(self) -> tuple[int, int]:
        """The page and the table on it."""
        return self.figure.page, self.figure.table

    @property
    def column(self) -> tuple[int, int, int]:
        """The page, the table and the column of it."""
        return *self.table, self.figure.column

    @property
    def is_proven(self) -> bool:
        """Tell whether two readers of the document agree on it and its place is sure."""
        return self.figure.verified and not self.figure.low_confidence


@dataclass(frozen=True)
class Ledger:
    """Candidates by metric, and how many lines of its statement each table has."""

    candidates: Mapping[str, tuple[Candidate, ...]]
    lines: Mapping[tuple[int, int], int]
    most: Mapping[Statement | None, int] = field(default_factory=dict)  # lines of the fullest table of a statement
    dates: frozenset[date] = frozenset()  # period ends that the tables print
    printed: PrintedRows = field(default_factory=PrintedRows)

    @classmethod
    def of(cls, figures: Iterable[StatedFigure]) -> "Ledger":
        """Sort a version's figures by what they state."""
        figures = tuple(figures)
        found: defaultdict[str, list[Candidate]] = defaultdict(list)
        metrics: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
        dates: set[date] = set()
        for row in _rows(figures):
            dates.update(one.period_end for one in row if one.period_end and not one.low_confidence)
            for item, rank in _stated_by(row[0]):
                suited = [one for one in row if _suits(one, item.measure)]
                found[item.metric] += [Candidate(rank, one, _amount(one, item)) for one in suited]
                if suited and suited[0].statement in item.statements:
                    metrics[suited[0].page, suited[0].table].add(item.metric)
        found["income_tax"] = _taxed(found)
        lines = {at: len(held) for at, held in metrics.items()}
        most: dict[Statement | None, int] = {}
        for one in (one for rows in found.values() for one in rows):
            most[one.figure.statement] = max(most.get(one.figure.statement, 0), lines.get(one.table, 0))
        return cls(
            {metric: tuple(rows) for metric, rows in found.items()},
            lines,
            most,
            frozenset(dates),
            PrintedRows.of(figures),
        )

    def choose(self, metric: str, span: Span) -> Candidate | None:
        """Return the figure that states a metric for a period; None if none does.

        Raises Unproven where several differ, or where the two readers do not agree on the one.
        """
        item = ITEMS.get(metric)
        held: Sequence[Candidate] = ()
        best: Sequence[Candidate] = ()
        if item:
            held = [one for one in self.candidates.get(metric, ()) if span.holds(one.figure, item.is_flow)]
            best = self._primary(held, item) or _elsewhere(held, item)
        if item is None or (item.is_by_words and len({one.value for one in best}) != 1):
            held = best = self._printed(metric, span) or best
        if not best:
            return None
        if len({(one.value, one.figure.unit) for one in best}) > 1:
            raise Unproven(WhyWithheld.AMBIGUOUS, candidates=[one.figure for one in best])
        alike = [one for one in held if one.value == best[0].value]
        proven = next((one for one in (*best, *alike) if one.is_proven), None)
        if proven is None:
            raise Unproven(WhyWithheld.NOT_VERIFIED, candidates=[best[0].figure])
        return proven

    def _printed(self, metric: str, span: Span) -> list[Candidate]:
        """Return the figures of the rows whose printed words are those of a metric that is in no vocabulary."""
        words = metric.replace("_", " ")
        rows = [one for one in self.printed.named(words) if span.holds(one, None)]
        return [Candidate(0, one, signed(one, sign_of(one)) * turned(one, words)) for one in preferred(rows)]

    def _primary(self, held: Sequence[Candidate], item: LineItem) -> list[Candidate]:
        """Return the candidates of surest wording in the table that has most of the statement's lines.

        A table that has less than half as many as another is no primary statement.
        """
        primary = [one for one in held if one.figure.statement in item.statements and self._is_primary(one)]
        if not primary:
            return []
        table = max((one.table for one in primary), key=lambda at: (self.lines[at], (-at[0], -at[1])))
        here = [one for one in primary if one.table == table]
        surest = min(one.rank for one in here)
        return [one for one in here if one.rank == surest]

    def _is_primary(self, one: Candidate) -> bool:
        return self.lines[one.table] >= PRIMARY_SHARE * self.most.get(one.figure.statement, 0)


def _elsewhere(held: Sequence[Candidate], item: LineItem) -> list[Candidate]:
    """Return the candidates that may be believed outside the primary statements.

    No balance, since tables of parts abound; and no row with a remark that narrows it or under a heading that does.
    """
    if item.statements == BALANCE:
        return []
    return [
        one
        for one in held
        if not _NARROWED.search(" ".join((*one.figure.heading, one.figure.label, one.figure.column_header)))
    ]


def _amount(figure: StatedFigure, item: LineItem) -> Decimal:
    if item.is_by_words:
        return signed(figure, sign_of(figure)) * turned(figure, item.metric.replace("_", " "))
    return signed(figure, item.sign)


def signed(figure: StatedFigure, sign: Sign) -> Decimal:
    """Return a figure's amount with the sign that its metric has, however it is printed.

    Costs and outflows are positive, and so is a tax charge: "(expense) benefit" prints it the other way round. A result
    whose label only speaks of a loss, or of cash used, is negative even if it is printed without brackets.
    """
    amount, label = figure.amount, figure.label
    if sign is Sign.COST:
        return abs(amount)
    if sign is Sign.TAX:
        return -amount if _BENEFIT.search(label) else amount
    if sign is Sign.RESULT and _LOSS.search(label) and not _GAIN.search(label):
        return -abs(amount)
    return amount


def _taxed(found: Mapping[str, Sequence[Candidate]]) -> list[Candidate]:
    """Return the candidates for income tax with the sign that makes their column add up.

    Some statements print every expense in brackets, others a charge without and a benefit within.
    """
    before, after = (_by_column(found.get(name, ())) for name in ("income_before_tax", "consolidated_net_income"))
    taxes = []
    for one in found.get("income_tax", ()):
        pretax, net = before.get(one.column), after.get(one.column)
        charge = (
            one.value
            if pretax is None or net is None
            else min(one.value, -one.value, key=lambda tax: abs(pretax - tax - net))
        )
        taxes.append(replace(one, value=charge))
    return taxes


def _by_column(candidates: Sequence[Candidate]) -> dict[tuple[int, int, int], Decimal]:
    """Return the values of the surest wording by page, table and column."""
    return {one.column: one.value for one in sorted(candidates, key=lambda one: -one.rank)}


def _rows(figures: Iterable[StatedFigure]) -> Iterable[Sequence[StatedFigure]]:
    rows: defaultdict[tuple[int, int, int], list[StatedFigure]] = defaultdict(list)
    for figure in figures:
        rows[figure.page, figure.table, figure.row].append(figure)
    return rows.values()


def _stated_by(figure: StatedFigure) -> Sequence[tuple[LineItem, int]]:
    """Return the metrics that a row states. A row without a label is the total of its group."""
    headings = [plain(heading) for heading in figure.heading]
    label = plain(figure.label) or (f"{_TOTAL_OF}{headings[-1]}" if headings else "")
    return stated_by(label, " > ".join(headings)) if label else ()


def _suits(figure: StatedFigure, measure: Measure) -> bool:
    """Tell whether a figure counts what the metric does, as far as its unit says."""
    per_share, counted = figure.unit.endswith("/share"), figure.unit in {"shares", "percent", "ratio"}
    if measure is Measure.PER_SHARE:
        return per_share
    if measure is Measure.SHARES:
        return figure.unit in {"shares", ""}
    return not per_share and not counted
