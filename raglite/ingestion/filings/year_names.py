"""By which number a company calls its fiscal year: by that of its end, or of its beginning."""

import re
from collections import Counter
from datetime import date, timedelta

from raglite.ingestion.filings.found import INFERRED, SAID, Found
from raglite.ingestion.filings.periods import DATE, PLAUSIBLE_YEARS, fiscal_years, four_digits, written

# A 52/53-week year that ends on the Saturday nearest to January 31 ends by February 3 at the latest; reckoned from one
# of its quarters, which need not have 13 weeks each, some days later.
_LAST_DAY_OF_A_LATE_YEAR = (2, 14)
_LAST_DAY_AFTER_A_CALENDAR_YEAR = (1, 7)
_SAME_YEAR = timedelta(days=10)  # the end of a year is reckoned from a quarter's by whole weeks
_WORDS_BETWEEN = (
    r"(?:[\s\"'(),:=-]|\b(?:is|was|means|refers|to|represents?|the|our|and|which|that|of|for|in|a|fiscal|financial|full|"
    r"years?|periods?|weeks?|twelve|months|5[23]|consolidated|results|earnings|annual|report|\d{4})\b){1,30}?"
)
_QUARTER_OF = re.compile(r"\bquarters? (?:of|and|in) (?P<year>(?:19|20)\d\d)\b", re.IGNORECASE)
_NAME = r"(?:\b(?:fiscal(?: years?)?|fy) ?'?(?P<after>\d{4}|\d\d)\b|\"(?P<quoted>(?:19|20)\d\d),?\")"
_NAMED_THEN_ENDED = re.compile(rf"{_NAME}{_WORDS_BETWEEN}end(?:ed|ing|s)(?: on)? {DATE}", re.IGNORECASE)
_ENDED_THEN_NAMED = re.compile(
    rf"\byear end(?:ed|ing)(?: on)? {DATE},? ?[(\[] ?(?:or |the |referred to as ){{0,2}}\"?{_NAME}", re.IGNORECASE
)


def usual_name(year_end: date, text: str) -> Found[int]:
    """Return the name of the fiscal year that ends on `year_end`.

    A year bears the number of its end; one that ends in the first week of January that of the year before; one that
    ends some weeks later too, unless the document speaks of the other. Filings speak often of their year and the one
    before, seldom of the next one: so the later name needs only half the mentions of the earlier.
    """
    day = (year_end.month, year_end.day)
    if day > _LAST_DAY_OF_A_LATE_YEAR:
        return Found(year_end.year, "", SAID)
    if day <= _LAST_DAY_AFTER_A_CALENDAR_YEAR:
        return Found(year_end.year - 1, "", INFERRED)
    named = Counter([*fiscal_years(text), *(int(match["year"]) for match in _QUARTER_OF.finditer(text))])
    earlier, later = named[year_end.year - 1], named[year_end.year]
    return Found(year_end.year if later > 0 and later >= earlier / 2 else year_end.year - 1, "", INFERRED)


def fiscal_year_end(quarter_end: date, quarter: int) -> date:
    """Return about when the fiscal year ends whose `quarter` ends on `quarter_end`: 91 days a quarter."""
    return quarter_end + timedelta(days=91 * (4 - quarter))


def said_name(year_end: date, text: str) -> Found[int] | None:
    """Return what the document says outright: "fiscal 2022 ended January 28, 2023"."""
    named: dict[int, list[str]] = {}
    for pattern in (_NAMED_THEN_ENDED, _ENDED_THEN_NAMED):
        for match in pattern.finditer(text):
            end, year = written(match), four_digits(match["after"] or match["quoted"])
            if end and abs(end - year_end) <= _SAME_YEAR and abs(year - year_end.year) <= 1 and year in PLAUSIBLE_YEARS:
                named.setdefault(year, []).append(match[0])
    if not named:
        return None
    year = max(named, key=lambda one: (len(named[one]), one))
    return Found(year, named[year][0], SAID)
