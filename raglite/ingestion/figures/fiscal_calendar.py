"""When a company's fiscal years and quarters end, reckoned from the filing's own period and the dates it prints."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from raglite.ingestion.filings.forms import RELEASE, base
from raglite.model import Filing

SAME_END = timedelta(days=8)  # a 52/53-week year ends within a week of one day of the year
MONTHS_A_YEAR = 12
MONTHS_A_QUARTER = 3


@dataclass(frozen=True)
class FiscalCalendar:
    """The end of one fiscal year, and the ends of other periods that the document prints in full.

    `period_end` is the filing's; nothing is known without it and the name of its fiscal year. `is_annual` says that a
    column headed by a year alone is of the whole year.
    """

    fiscal_year: int | None = None
    year_end: date | None = None
    period_end: date | None = None
    is_annual: bool = True
    printed: frozenset[date] = frozenset()

    @classmethod
    def of(cls, filing: Filing, printed: Iterable[date], days: Iterable[tuple[int, int]] = ()) -> "FiscalCalendar":
        """Return the calendar of a filing whose tables print these dates.

        `days` (month, day) head several years at once ("Years ended December 31"). If the filing's own end is one of
        them, years end on one day, and dates printed near it are other days.
        """
        quarter, end = filing.fiscal_quarter, filing.period_end
        is_fixed = end is not None and (end.month, end.day) in set(days)
        dates = frozenset() if is_fixed else frozenset(printed)
        left = MONTHS_A_QUARTER * (4 - quarter) if quarter else 0
        year_end = _nearest(dates, months_later(end, left)) if end else None
        return cls(filing.fiscal_year, year_end, end, quarter is None and base(filing.form) != RELEASE, dates)

    def end_of_year(self, fiscal_year: int) -> date | None:
        """Return the last day of a fiscal year by its name."""
        if not self.year_end or self.fiscal_year is None:
            return None
        return self.shifted(self.year_end, MONTHS_A_YEAR * (fiscal_year - self.fiscal_year))

    def end_of_quarter(self, fiscal_year: int, quarter: int) -> date | None:
        """Return the last day of a quarter of a fiscal year."""
        end = self.end_of_year(fiscal_year)
        return self.shifted(end, -MONTHS_A_QUARTER * (4 - quarter)) if end else None

    def shifted(self, end: date, months: int) -> date:
        """Return the end of a period so many months later than `end`: as printed, or as the calendar's pattern has it.

        Years that do not end with a month end on one weekday.
        """
        if months == 0:
            return end
        about = months_later(end, months)
        if (found := _nearest(self.printed, about)) in self.printed or _is_month_end(end):
            return found
        return about - timedelta(days=(about.weekday() - end.weekday() + 3) % 7 - 3)

    def is_future(self, end: date) -> bool:
        """Tell whether a period ends after the filing's own."""
        return self.period_end is not None and end > self.period_end + SAME_END


def months_later(day: date, months: int) -> date:
    """Return the same day of another month; the last day of a month stays the last."""
    year, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 + months, MONTHS_A_YEAR)
    last = month_end(year, month + 1)
    return last if _is_month_end(day) else last.replace(day=min(day.day, last.day))


def month_end(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def _is_month_end(day: date) -> bool:
    return day == month_end(day.year, day.month)


def _nearest(dates: Iterable[date], about: date) -> date:
    """Return the date nearest to `about` that may be the same end, `about` itself if there is none."""
    near = [day for day in dates if abs(day - about) <= SAME_END]
    return min(near, key=lambda day: (abs(day - about), day), default=about)
