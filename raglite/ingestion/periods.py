"""Dates and fiscal periods as filings write them. Pure, and linear in the length of the text."""

import calendar
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

_MONTHS = tuple(name.lower() for name in calendar.month_name)[1:]
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|"
    "aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_DATE = (
    rf"(?:(?P<m1>{_MONTH})\.? ?(?P<d1>\d{{1,2}})(?:st|nd|rd|th)? ?,? ?(?P<y1>\d{{4}})"
    rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th)? (?P<m2>{_MONTH})\.?,? (?P<y2>\d{{4}})"
    r"|(?P<y3>\d{4})-(?P<m3>\d\d)-(?P<d3>\d\d))(?!\d)"
)
_ANY_DATE = re.compile(rf"\b{_DATE}", re.IGNORECASE)
_SPAN = r"(?:year|quarter|quarterly period|period|months|weeks|half-year|half)"
_PERIOD_END = re.compile(rf"\b{_SPAN}s? (?:then )?(?P<verb>ended|ending)(?: on)?[: ]{{1,3}}{_DATE}", re.IGNORECASE)
_TRANSITION_END = re.compile(rf"\btransition period from [^\n]{{4,40}}? to {_DATE}", re.IGNORECASE)
_MONTH_QUARTER = re.compile(rf"\b(?P<month>{_MONTH}) (?P<year>\d{{4}}) quarter\b", re.IGNORECASE)

_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_QUARTER = re.compile(
    r"\b(?:(?P<word>first|second|third|fourth|1st|2nd|3rd|4th)[- ]quarter|q(?P<after>[1-4])\b|(?P<before>[1-4])q)",
    re.IGNORECASE,
)
_MONTHS_ENDED = re.compile(
    r"\b(?P<count>three|six|nine|twelve|3|6|9|12|13|26|39|52|53|thirteen|twenty-six|thirty-nine|fifty-two|fifty-three)"
    r"(?: and (?P<second>six|nine|twelve|6|9|12|26|39|52|53|twenty-six|thirty-nine|fifty-two|fifty-three))?"
    r" ?-?(?:months?|weeks?)(?: periods?)? end(?:ed|ing)\b",
    re.IGNORECASE,
)
_QUARTERS_COVERED = {
    1: ("three", "3", "13", "thirteen"),
    2: ("six", "6", "26", "twenty-six"),
    3: ("nine", "9", "39", "thirty-nine"),
    4: ("twelve", "12", "52", "53", "fifty-two", "fifty-three"),
}
_COVERED = {word: quarter for quarter, words in _QUARTERS_COVERED.items() for word in words}
_FISCAL = re.compile(
    r"\b(?:fiscal(?: years?)?|fy) ?'?(?P<after>\d{4}|\d\d)\b(?! ?(?:weeks|months))|\b(?P<before>\d{4}) fiscal year\b",
    re.IGNORECASE,
)
# A 52/53-week year that ends on the Saturday nearest to January 31 ends by February 3 at the latest.
_LAST_DAY_OF_A_LATE_YEAR = (2, 7)
_PLAUSIBLE_YEARS = range(1990, 2101)


def dates(text: str) -> Iterator[date]:
    """Yield the dates written in `text` (May 31, 2021; 31 May 2021; 2021-05-31), in order."""
    for match in _ANY_DATE.finditer(text):
        found = _date(match)
        if found:
            yield found


def period_ends(text: str) -> list[date]:
    """Return the dates after "year ended", "quarterly period ended", "13 weeks ended" and the like, in order.

    Periods "ending" count only where none has "ended": in a release they are the outlook's.
    """
    matches = list(_PERIOD_END.finditer(text))
    over = [match for match in matches if match["verb"].lower() == "ended"]
    return [found for match in over or matches if (found := _date(match))]


def transition_end(text: str) -> date | None:
    """Return where a transition period ends; None if the cover's "from ... to ..." is left blank."""
    match = _TRANSITION_END.search(text)
    return _date(match) if match else None


def month_quarter_end(text: str) -> date | None:
    """Return the last day of the month in the first "June 2023 quarter"."""
    match = _MONTH_QUARTER.search(text)
    if not match:
        return None
    year, month = int(match["year"]), _month(match["month"])
    return date(year, month, calendar.monthrange(year, month)[1]) if year in _PLAUSIBLE_YEARS else None


def fiscal_years(text: str) -> list[int]:
    """Return the years that `text` names as fiscal (fiscal 2023, FY23, 2023 fiscal year), repeats kept."""
    years = (_four_digits(match["after"] or match["before"]) for match in _FISCAL.finditer(text))
    return [year for year in years if year in _PLAUSIBLE_YEARS]


def named_quarter(text: str) -> int | None:
    """Return the first quarter that `text` names (second quarter, Q2, 2Q23)."""
    match = _QUARTER.search(text)
    if not match:
        return None
    return _ORDINALS[match["word"].lower()] if match["word"] else int(match["after"] or match["before"])


def spans(text: str) -> Counter[int]:
    """Count for how many quarters the "... months ended" and "... weeks ended" of `text` run (six months: 2)."""
    words = (word for match in _MONTHS_ENDED.finditer(text) for word in (match["count"], match["second"]) if word)
    return Counter(_COVERED[word.lower()] for word in words)


def fiscal_year_of(year_end: date, text: str) -> int:
    """Return the name of the fiscal year that ends on `year_end`.

    A year that ends in January belongs to the year before, unless the document's own words ("fiscal 2023") say
    otherwise; a year that ends later bears the year of its end. Filings speak often of their year and the one before,
    seldom of the next one: so the later name needs only half the mentions of the earlier.
    """
    if (year_end.month, year_end.day) > _LAST_DAY_OF_A_LATE_YEAR:
        return year_end.year
    named = Counter(fiscal_years(text))
    earlier, later = named[year_end.year - 1], named[year_end.year]
    return year_end.year if later > 0 and later >= earlier / 2 else year_end.year - 1


def fiscal_year_end(quarter_end: date, quarter: int) -> date:
    """Return about when the fiscal year ends whose `quarter` ends on `quarter_end`: 91 days a quarter."""
    return quarter_end + timedelta(days=91 * (4 - quarter))


def _date(match: re.Match[str]) -> date | None:
    parts = match.groupdict()
    for form in "123":
        if parts[f"y{form}"]:
            return _valid(parts[f"y{form}"], parts[f"m{form}"], parts[f"d{form}"])
    return None


def _valid(year: str, month: str, day: str) -> date | None:
    try:
        found = date(int(year), _month(month), int(day))
    except ValueError:
        return None
    return found if found.year in _PLAUSIBLE_YEARS else None


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    return next(number for number, name in enumerate(_MONTHS, 1) if name.startswith(text.lower()[:3]))


def _four_digits(year: str) -> int:
    return int(year) if len(year) == 4 else 2000 + int(year)  # noqa: PLR2004  digits of a year
