"""How well a document's fiscal period fits the one that is asked for."""

from collections.abc import Iterable
from datetime import date

from raglite.model import Filing
from raglite.ports import FoundChunk
from raglite.retrieval.question.understanding import Understanding

YEAR_AGO = 0.75  # the match of what shows the day asked for beside its own, a year later
COMPARED = 0.5  # the match of a filing that shows the period only beside its own
UNDATED = 0.75  # the match of what is of no fiscal period: an event, a presentation, a table
ASSUMED = 0.75  # the match of the newest where no period is asked for
YEAR, WEEK = 365, 7  # days


def period_match(filing: Filing, asked: Understanding) -> float:
    """Return 1 for the period that is asked for, less for filings that carry it only as a comparison, 0 for others."""
    by_day = max((_date_match(filing.period_end, day) for day in asked.period_ends), default=0.0)
    if by_day or not (asked.fiscal_years or asked.assumed_year):
        return by_day
    if not filing.fiscal_year:
        return UNDATED
    return _year_match(filing, filing.fiscal_year, asked)


def _date_match(end: date | None, asked: date) -> float:
    """Prefer what ends on the day, else what shows it as the same day a year before: weeks make years uneven."""
    if end == asked:
        return 1.0
    return YEAR_AGO if end and abs((end - asked).days - YEAR) <= WEEK else 0.0


def _year_match(filing: Filing, year: int, asked: Understanding) -> float:
    if not asked.fiscal_years:
        return ASSUMED * (year >= (asked.assumed_year or year))
    latest = asked.fiscal_years[-1]
    if year == latest:
        return _quarter_match(filing, asked)
    if year in asked.fiscal_years or year == latest + 1:
        return COMPARED if filing.fiscal_quarter in {None, asked.fiscal_quarter} else COMPARED / 2
    return 0.0


def _quarter_match(filing: Filing, asked: Understanding) -> float:
    """Prefer the quarter that is asked for, else the annual report; what covers the fourth quarter covers the year."""
    same = filing.fiscal_quarter == asked.fiscal_quarter
    return 1.0 if same or {filing.fiscal_quarter, asked.fiscal_quarter} == {None, 4} else COMPARED


def dated(found: Iterable[FoundChunk], asked: Understanding) -> frozenset[str]:
    """Return the documents of no fiscal period whose own text names the day, or else the year, that is asked for."""
    days = {form for day in asked.period_ends for form in _as_printed(day)}
    wanted = days or {str(year) for year in asked.fiscal_years}
    undated = (one for one in found if not one.filing.fiscal_year)
    return frozenset(one.key for one in undated if any(form in one.chunk.text for form in wanted))


def _as_printed(day: date) -> tuple[str, ...]:
    return f"{day:%B} {day.day}, {day.year}", f"{day.day} {day:%B} {day.year}", day.isoformat()
