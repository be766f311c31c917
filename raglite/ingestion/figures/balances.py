"""Balances among flows: rows that stand at the beginning or the end of the period that heads their columns."""

import re
from dataclasses import replace
from datetime import date, timedelta
from enum import Enum, auto

from raglite.ingestion.figures.column_periods import Period
from raglite.ingestion.figures.fiscal_calendar import MONTHS_A_YEAR, SAME_END, FiscalCalendar
from raglite.ingestion.figures.printed_dates import printed

_BEGINNING = re.compile(r"\bbeginning (?:of|balances?)\b|\bat beginning\b|\bopening balances?\b", re.IGNORECASE)
_END = re.compile(
    r"\b(?:ending|closing) balances?\b|\bend of (?:the )?(?:year|period|quarter)\b|\bat end\b", re.IGNORECASE
)
_AT = re.compile(r"(?:(?:opening|closing|beginning|ending) )?balances?\b|(?:as )?at |as of ", re.IGNORECASE)


class _Stands(Enum):
    BEGINNING = auto()
    END = auto()
    ELSEWHERE = auto()


def at_a_day(label: str, period: Period, fiscal: FiscalCalendar) -> Period:
    """Return the period of a row: the day that its label says it stands at, else its column's.

    What stands at the beginning of a period stands at the end of the one before; a day that is neither, or a beginning
    under a header that names a day, is doubtful.
    """
    if not period.end:
        return period
    before = fiscal.shifted(period.end, -(period.months or MONTHS_A_YEAR))
    stands = _by_date(label, period.end, before) or _by_words(label)
    if stands is _Stands.BEGINNING:
        is_told = bool(period.months) or (period.months is None and fiscal.is_annual)
        return Period(before, 0, sure=period.sure and is_told)
    if stands is _Stands.ELSEWHERE:
        return replace(period, sure=False)
    return replace(period, months=0) if stands else period


def _by_words(label: str) -> _Stands | None:
    if _BEGINNING.search(label):
        return _Stands.BEGINNING
    return _Stands.END if _END.search(label) else None


def _by_date(label: str, end: date, before: date) -> _Stands | None:
    """Read "Balance at January 1, 2018", "At 31 December": the period's last day, or its first or the one before."""
    if not _AT.match(label):
        return None
    says = printed(label)
    if len(says.dates | says.days) != 1:
        return None
    for day, stands in ((end, _Stands.END), (before, _Stands.BEGINNING)):
        next_day = day + timedelta(days=1)
        if any(abs(said - day) <= SAME_END for said in says.dates):
            return stands
        if says.days & {(day.month, day.day), *([(next_day.month, next_day.day)] if day is before else [])}:
            return stands
    return _Stands.ELSEWHERE
