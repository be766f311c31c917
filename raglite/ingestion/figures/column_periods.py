"""Which period a column's figures are of, from its header, from what stands above the table, and from the statement.

Whatever the words leave open is marked as unsure; a header that compares periods or names none is of no period.
"""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date

from raglite.ingestion.figures.fiscal_calendar import MONTHS_A_QUARTER, MONTHS_A_YEAR, FiscalCalendar, month_end
from raglite.ingestion.figures.printed_dates import (
    Printed,
    begins_with_day,
    lengths,
    names_instant,
    printed,
    quarters,
    without_beginnings,
)
from raglite.model import Statement

MONTHS_A_HALF = 6
DAYS_A_YEAR = 365.25
LEAP_DAY = (2, 29)
LONGEST_GROUP = 60  # characters of a label that names the period of the rows below it
_YEAR_ALONE = re.compile(r"\W*(?:fiscal |fy ?)?(?:year )?(?:19|20)\d\d\W*", re.IGNORECASE)
FLOWS = frozenset({Statement.INCOME_STATEMENT, Statement.COMPREHENSIVE_INCOME, Statement.CASH_FLOW_STATEMENT})
_COMPARES = re.compile(
    r"\bchanges?\b|\bgrowth\b|\bvariance\b|\bvs\b|\bversus\b|\bcompared\b|\bthereafter\b|\bdifference\b", re.IGNORECASE
)
_HALF = re.compile(
    r"\b(?:h(?P<after>[12])(?=\D|\d\d\b|$)|(?P<before>[12])h(?=\D|\d\d\b|$)|(?P<word>first|second) half)", re.IGNORECASE
)
_MONTHS_OF_YEAR = re.compile(r"\W*(?P<count>[369]|12) ?M\b\W*(?:FY)?\W*\d{2,4}\W*", re.IGNORECASE)
_WHOLE_YEAR = re.compile(r"\bfy ?\W?\d|\b(?:full|fiscal|financial)[- ]year\b", re.IGNORECASE)
_NEXT = re.compile(r"\bnext\b|\bfuture\b|\bexpected\b|\bforecast|\bguidance\b|\boutlook\b|\btarget", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Period:
    """A flow's last day and its months, or the day of a balance with 0 of them; None where the words do not tell."""

    end: date | None
    months: int | None
    sure: bool = True


UNTOLD = Period(None, None, sure=False)


@dataclass(frozen=True)
class Setting:
    """What tells of a table's columns beside their own headers: the lines above, the statement, the calendar."""

    calendar: FiscalCalendar
    caption: str = ""
    statement: Statement | None = None


def period_of(header: str, setting: Setting) -> Period | None:
    """Return the period that a column's header names, None if it names none."""
    says = printed(header)
    if _COMPARES.search(header) or len(says.years) > 1:
        return None
    found = _named_span(header, says, setting) or _ended(header, says, setting)
    if not found:
        return None
    ahead = found.end is None or setting.calendar.is_future(found.end) or bool(_NEXT.search(header))
    return replace(found, sure=False) if ahead else found


def period_of_caption(setting: Setting) -> Period | None:
    """Return the one period that the lines above a table name, for a table whose columns name none."""
    says = printed(_of_periods(setting.caption))
    if len(says.dates) != 1 or says.years or says.days:
        return None
    return _with_length(next(iter(says.dates)), setting.caption, setting)


def period_of_group(labels: Sequence[str], setting: Setting) -> Period | None:
    """Return the period that the innermost of a row's groups names which names one, None if none does."""
    return next((found for label in reversed(labels) if (found := _of_group(label, setting))), None)


def _of_group(label: str, setting: Setting) -> Period | None:
    names_period = len(label) <= LONGEST_GROUP and (_of_periods(label) or _YEAR_ALONE.fullmatch(label))
    return period_of(label, setting) if names_period else None


def _named_span(header: str, says: Printed, setting: Setting) -> Period | None:
    """Read a quarter, a half, some months or a whole fiscal year by its name."""
    if says.dates or says.days or len(says.years) != 1:
        return None
    year, fiscal = next(iter(says.years)), setting.calendar
    named, half, months = quarters(header), _HALF.search(header), _MONTHS_OF_YEAR.fullmatch(header)
    if len(named) == 1:
        return Period(fiscal.end_of_quarter(year, next(iter(named))), MONTHS_A_QUARTER)
    if half:
        is_second = (half["after"] or half["before"]) == "2" or (half["word"] or "").lower() == "second"
        return Period(fiscal.end_of_quarter(year, 4 if is_second else 2), MONTHS_A_HALF)
    if months:
        return Period(fiscal.end_of_quarter(year, int(months["count"]) // MONTHS_A_QUARTER), int(months["count"]))
    if _WHOLE_YEAR.search(header) and not fiscal.is_annual:
        end = fiscal.end_of_year(year)
        return _with_length(end, f"full year {header}", setting) if end else None
    return None


def _ended(header: str, says: Printed, setting: Setting) -> Period | None:
    if says.dates:
        dates = says.dates | {day.replace(year=max(says.dates).year) for day in _in_leap_year(says.days)}
        return _between(dates) if len(dates) > 1 else _with_length(max(dates), header, setting)
    if not says.years:
        return None
    found = _end_in(next(iter(says.years)), says, setting)
    return _with_length(found, header, setting) if found else UNTOLD


def _in_leap_year(days: frozenset[tuple[int, int]]) -> list[date]:
    return [date(2000, month, day) for month, day in days if (month, day) != LEAP_DAY]


def _between(dates: AbstractSet[date]) -> Period | None:
    """Read "January 1, 2018 to December 31, 2018"; two dates that bound no whole months are a comparison."""
    first, last = min(dates), max(dates)
    months = round((last - first).days * MONTHS_A_YEAR / DAYS_A_YEAR)
    is_span = len(dates) == 2 and first.day == 1 and 0 < months <= MONTHS_A_YEAR  # noqa: PLR2004  first and last day
    return Period(last, months) if is_span else None


def _end_in(year: int, says: Printed, setting: Setting) -> date | None:
    """Return the end of a period of which only the year stands in the header: on the day that stands above, if any."""
    days = says.days or _days_of(setting.caption)
    if len(days) == 1:
        month, day = next(iter(days))
        return month_end(year, month) if (month, day) == LEAP_DAY else date(year, month, day)
    return None if days or not setting.calendar.is_annual else setting.calendar.end_of_year(year)


def _of_periods(caption: str) -> str:
    """Return the lines of a caption that name a period or a day for the whole table; others may tell of events."""
    told = (line for line in caption.splitlines() if lengths(line) or names_instant(line) or begins_with_day(line))
    return without_beginnings("\n".join(told))


def _days_of(caption: str) -> frozenset[tuple[int, int]]:
    says = printed(_of_periods(caption))
    return says.days | {(end.month, end.day) for end in says.dates}


def _with_length(end: date, header: str, setting: Setting) -> Period:
    """Tell flow from balance: by the header's words, then by the statement, then by the lines above."""
    own, statement = lengths(header), setting.statement
    at_a_day = names_instant(header) and not own
    if len(own) > 1:
        return Period(end, None, sure=False)
    if statement is Statement.BALANCE_SHEET:
        return Period(end, 0, sure=not own)
    if own or at_a_day:
        return Period(end, next(iter(own), 0), sure=not (at_a_day and statement in FLOWS))
    above = lengths(setting.caption)
    if len(above) == 1 and (statement in FLOWS or not names_instant(setting.caption)):
        return Period(end, next(iter(above)))
    if statement in FLOWS:
        return Period(end, MONTHS_A_YEAR if setting.calendar.is_annual and not above else None,
                      sure=setting.calendar.is_annual and not above)  # fmt: skip
    return Period(end, 0 if names_instant(setting.caption) and not above else None)
