"""A company's filings as one set of books: which of them states a figure of a period.

The filing of the year itself comes first, then the next years' filings, which show it as a comparison, then releases.
In a calculation over several years every year is taken from the filing of the last one if it shows them all, so that
they are comparable (docs/decisions/0009-figures.md).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from raglite.ingestion.figures.fiscal_calendar import SAME_END, FiscalCalendar
from raglite.ingestion.filings.forms import ANNUAL, QUARTERLY, base
from raglite.model import DocumentVersion, StatedFigure, WhyWithheld
from raglite.retrieval.figures.cells import label_of
from raglite.retrieval.figures.ledger import Candidate, Ledger, Span, Unproven
from raglite.retrieval.figures.lineitems import ITEMS

QUARTER_SLACK = timedelta(days=16)  # quarters of 12 and 16 weeks end up to that far from a calendar quarter's end
YEARS_SHOWN = 4  # after its own, in which a filing still shows a year
MOST_NAMED = 4  # cells in a sentence
MONTHS_A_YEAR, MONTHS_A_QUARTER, QUARTERS = 12, 3, 4

Load = Callable[[DocumentVersion], Ledger]


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A fiscal year, a quarter of one, or the months up to a quarter's end: `length` is 6 or 9 then."""

    year: int
    quarter: int | None = None
    length: int | None = None

    def __str__(self) -> str:
        if not self.quarter:
            return f"FY{self.year}"
        return f"{'' if self.months == MONTHS_A_QUARTER else f'{self.months}M to '}Q{self.quarter} FY{self.year}"

    @property
    def months(self) -> int:
        """How many months it runs."""
        return self.length or (MONTHS_A_QUARTER if self.quarter else MONTHS_A_YEAR)

    def before(self) -> "Period":
        """Return the same period a year earlier."""
        return replace(self, year=self.year - 1)


@dataclass(frozen=True, slots=True)
class Entry:
    """A figure, the document version it stands in, and what it was looked up for."""

    version: DocumentVersion
    candidate: Candidate
    metric: str
    period: Period

    @property
    def figure(self) -> StatedFigure:
        """The cell."""
        return self.candidate.figure


@dataclass(frozen=True)
class Books:
    """The versions of one company's documents. `forms` are preferred where the question names them."""

    versions: Sequence[DocumentVersion]
    load: Load
    forms: frozenset[str] = field(default_factory=frozenset)

    def latest(self) -> Period | None:
        """Return the newest fiscal year that an annual report is about."""
        years = [one.filing.fiscal_year for one in self.versions if _is_annual(one) and one.filing.fiscal_year]
        return Period(max(years)) if years else None

    def period_ending(self, day: date) -> Period | None:
        """Return the fiscal period that ends on a day, by the calendar of any filing."""
        for version in self.versions:
            calendar = FiscalCalendar.of(version.filing, ())
            for year in range(day.year - 1, day.year + 2):
                end = calendar.end_of_year(year)
                if end and abs(end - day) <= SAME_END:
                    return Period(year)
                for quarter in (1, 2, 3):
                    end = calendar.end_of_quarter(year, quarter)
                    if end and abs(end - day) <= SAME_END:
                        return Period(year, quarter)
        return None

    def find(self, metric: str, period: Period, asked: Period) -> Entry:
        """Return the entry that states a metric for a period, in a calculation for `asked`.

        Raises Unproven if there is none, or none that is sure: then for the reason of the best document.
        """
        reason: Unproven | None = None
        for version in self._in_order(period, asked):
            try:
                found = self.stated(version, metric, period)
            except Unproven as unproven:
                reason = reason or Unproven(unproven.reason, _sentence(unproven, version, f"{metric} in {period}"))
                if metric not in ITEMS:  # a row of the same words in a lesser document may be another one
                    break
                continue
            if found:
                return Entry(version, found, metric, period)
        sentence = f"No statement that is indexed has {metric} for {period}: ask for another period, or upload it."
        raise reason or Unproven(WhyWithheld.NOT_FOUND, sentence)

    def later(self, entry: Entry) -> Iterator[Entry]:
        """Yield what later annual reports state for an entry's metric and period, the next one first."""
        own = entry.version.filing.fiscal_year or 0
        for version in self._in_order(entry.period, entry.period):
            if _is_annual(version) and (version.filing.fiscal_year or 0) > own:
                with suppress(Unproven):
                    found = self.stated(version, entry.metric, entry.period)
                    if found:
                        yield Entry(version, found, entry.metric, entry.period)

    def stated(self, version: DocumentVersion, metric: str, period: Period) -> Candidate | None:
        """Return what one version states for a metric and period."""
        span = _span(version, period, self.load(version).dates)
        return self.load(version).choose(metric, span) if span else None

    def _in_order(self, period: Period, asked: Period) -> list[DocumentVersion]:
        ranked = [(rank, one) for one in self.versions if (rank := self._rank(one, period, asked)) is not None]
        return [one for _, one in sorted(ranked, key=lambda pair: (pair[0], pair[1].key))]

    def _rank(self, version: DocumentVersion, period: Period, asked: Period) -> tuple[int, ...] | None:
        """Return how a version is preferred, the smallest first; None if it cannot show the period."""
        year = version.filing.fiscal_year
        if year is None or not 0 <= year - period.year <= YEARS_SHOWN:
            return None
        form = version.filing.form
        is_other = (base(form) not in self.forms, not _fits(version, period), year != asked.year)
        return (*map(int, is_other), year - period.year, int(form != base(form)))


def _fits(version: DocumentVersion, period: Period) -> bool:
    """Tell whether a version is the periodic report of a year, or of that quarter."""
    if period.quarter is None:
        return _is_annual(version)
    return base(version.filing.form) in QUARTERLY and version.filing.fiscal_quarter == period.quarter


def _is_annual(version: DocumentVersion) -> bool:
    return base(version.filing.form) in ANNUAL


def _span(version: DocumentVersion, period: Period, printed: Iterable[date]) -> Span | None:
    calendar = FiscalCalendar.of(version.filing, printed)
    if period.quarter is None:
        end = calendar.end_of_year(period.year)
        return Span(end, SAME_END, period.months) if end else None
    end = calendar.end_of_quarter(period.year, period.quarter)
    slack = SAME_END if version.filing.fiscal_quarter == period.quarter else QUARTER_SLACK
    return Span(end, slack, period.months) if end else None


def _sentence(unproven: Unproven, version: DocumentVersion, what: str) -> str:
    cells = [f"{figure.text} ({label_of(version, figure)})" for figure in unproven.candidates[:MOST_NAMED]]
    if unproven.reason is WhyWithheld.AMBIGUOUS:
        return f"Several rows may be {what}: {'; '.join(cells)}. Read them and quote the one that is meant."
    return f"{what} seems to be {cells[0]}, but row, period or digits of the cell are not sure. Read it on the page."
