"""Dates and fiscal periods as filings write them. Pure, and linear in the length of the text."""

import calendar
import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from raglite.ingestion.filings.found import Found

_MONTHS = tuple(name.lower() for name in calendar.month_name)[1:]
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|"
    "aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
DATE = (
    rf"(?:(?P<m1>{_MONTH})\.? ?(?P<d1>\d{{1,2}})(?:st|nd|rd|th)? ?,? ?(?P<y1>\d{{4}})"
    rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th)? (?P<m2>{_MONTH})\.?,? (?P<y2>\d{{4}})"
    r"|(?P<y3>\d{4})-(?P<m3>\d\d)-(?P<d3>\d\d))(?!\d)"
)
_ANY_DATE = re.compile(rf"\b{DATE}", re.IGNORECASE)
_SPAN = r"(?:year|quarter|quarterly period|period|months|weeks|half-year|half|fiscal \d{4})"
_PERIOD_END = re.compile(
    rf"\b{_SPAN}s?(?: of (?:fiscal )?\d{{4}})?,? (?:then |which |that |just )?(?P<verb>ended|ending|to)"
    rf"(?: on)?[: ]{{1,3}}{DATE}",
    re.IGNORECASE,
)
_YEARLESS_END = re.compile(
    rf"\b{_SPAN}s? ended (?P<month>{_MONTH})\.? (?P<day>\d{{1,2}})\b(?!,? ?\d{{4}})", re.IGNORECASE
)
_TRANSITION_END = re.compile(rf"\btransition period from [^\n]{{4,40}}? to {DATE}", re.IGNORECASE)
_RANGE = re.compile(
    rf"\b(?:\d{{1,2}} )?(?P<first>{_MONTH})\.?(?: \d{{1,2}})?,?(?: \d{{4}})? ?(?:to|through|until|[-\u2013\u2014]) ?"
    rf"(?:{DATE}|(?P<m4>{_MONTH})\.? (?P<y4>\d{{4}})\b)",
    re.IGNORECASE,
)
_MONTH_QUARTER = re.compile(rf"\b(?P<m4>{_MONTH}) (?P<y4>\d{{4}}) quarter\b", re.IGNORECASE)

_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_QUARTER = re.compile(
    r"\b(?:(?P<word>first|second|third|fourth|1st|2nd|3rd|4th)[- ](?:fiscal )?quarter|q(?P<after>[1-4])\b"
    r"|(?P<before>[1-4])q)",
    re.IGNORECASE,
)
_COUNTS = {
    1: ("three", "3", "12", "13", "14", "16", "thirteen", "fourteen", "sixteen"),
    2: ("six", "6", "24", "26", "27", "28", "twenty-four", "twenty-six", "twenty-seven", "twenty-eight"),
    3: ("nine", "9", "36", "39", "40", "thirty-six", "thirty-nine", "forty"),
    4: ("52", "53", "fifty-two", "fifty-three"),
}
_COVERED = {count: quarter for quarter, counts in _COUNTS.items() for count in counts} | {"twelve": 4}
_COUNT = "|".join(sorted((re.escape(count) for count in _COVERED if " " not in count), key=len, reverse=True))
_MONTHS_ENDED = re.compile(
    rf"\b(?P<count>{_COUNT})(?: and (?P<second>{_COUNT}))? ?-?(?P<unit>month|week)s?(?: periods?)? end(?:ed|ing)\b",
    re.IGNORECASE,
)
_FISCAL = re.compile(
    r"\b(?:fiscal(?: years?)?|fy) ?'?(?P<after>\d{4}|\d\d)\b(?! ?(?:weeks|months))|\b(?P<before>\d{4}) fiscal year\b",
    re.IGNORECASE,
)
PLAUSIBLE_YEARS = range(1990, 2101)


class Range(NamedTuple):
    """Some whole months and the day on which they end."""

    months: int
    end: date


def dates(text: str) -> Iterator[date]:
    """Yield the dates written in `text` (May 31, 2021; 31 May 2021; 2021-05-31), in order."""
    for match in _ANY_DATE.finditer(text):
        found = written(match)
        if found:
            yield found


def period_ends(text: str) -> list[Found[date]]:
    """Return the dates after "year ended", "quarterly period ended", "13 weeks ended" and the like, in order.

    Periods "ending" count only where none has "ended": in a release they are the outlook's.
    """
    matches = list(_PERIOD_END.finditer(text))
    over = [match for match in matches if match["verb"].lower() != "ending"]
    return [Found(end, match[0]) for match in over or matches if (end := written(match))]


def yearless_ends(text: str, year: int) -> list[Found[date]]:
    """Return the dates of `year` on which columns end that print the day once and the years below it."""
    found = ((match[0], _valid(year, match["month"], match["day"])) for match in _YEARLESS_END.finditer(text))
    return [Found(end, words) for words, end in found if end]


def transition_end(text: str) -> Found[date] | None:
    """Return where a transition period ends; None if the cover's "from ... to ..." is left blank."""
    match = _TRANSITION_END.search(text)
    end = written(match) if match else None
    return Found(end, match[0]) if match and end else None


def ranges(text: str) -> list[Found[Range]]:
    """Return the periods written by their first and last month or day: "January-September 2023", "1 May to ..."."""
    found = []
    for match in _RANGE.finditer(text):
        end = written(match)
        if end:
            months = (end.month - _month(match["first"])) % 12 + 1
            found.append(Found(Range(months, end), match[0]))
    return found


def month_quarter_end(text: str) -> Found[date] | None:
    """Return the last day of the month in the first "June 2023 quarter"."""
    match = _MONTH_QUARTER.search(text)
    end = written(match) if match else None
    return Found(end, match[0]) if match and end else None


def fiscal_years(text: str) -> list[int]:
    """Return the years that `text` names as fiscal (fiscal 2023, FY23, 2023 fiscal year), repeats kept."""
    return [year for year, _ in named_years(text)]


def named_years(text: str) -> Iterator[tuple[int, str]]:
    """Yield the fiscal years that `text` names, each with the words."""
    for match in _FISCAL.finditer(text):
        year = four_digits(match["after"] or match["before"])
        if year in PLAUSIBLE_YEARS:
            yield year, match[0]


def named_quarter(text: str) -> int | None:
    """Return the first quarter that `text` names (second quarter, Q2, 2Q23)."""
    return next((quarter for _, quarter, _ in named_quarters(text)), None)


def named_quarters(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where `text` names a quarter, which one, and the words."""
    for match in _QUARTER.finditer(text):
        number = _ORDINALS[match["word"].lower()] if match["word"] else int(match["after"] or match["before"])
        yield match.start(), number, match[0]


def spans(text: str) -> dict[int, list[str]]:
    """Return every "... months ended" and "... weeks ended" of `text` by how many quarters it runs (six months: 2).

    Quarters of 12 and 16 weeks, as grocers have them, count as quarters.
    """
    found: dict[int, list[str]] = {}
    for match in _MONTHS_ENDED.finditer(text):
        for count in (match["count"], match["second"]):
            if count:
                found.setdefault(_quarters(count.lower(), match["unit"].lower()), []).append(match[0])
    return found


def written(match: re.Match[str]) -> date | None:
    """Return the date of a match of DATE; the last day of the month where no day is written; None if there is none."""
    parts = match.groupdict()
    written_as = next((form for form in "1234" if parts.get(f"y{form}")), None)
    if not written_as:
        return None
    return _valid(int(parts[f"y{written_as}"]), parts[f"m{written_as}"], parts.get(f"d{written_as}"))


def four_digits(year: str) -> int:
    """Return a year that may be written with two digits."""
    return int(year) if len(year) == 4 else 2000 + int(year)  # noqa: PLR2004  digits of a year


def _valid(year: int, month: str, day: str | None) -> date | None:
    if year not in PLAUSIBLE_YEARS:
        return None
    try:
        return date(year, _month(month), int(day) if day else calendar.monthrange(year, _month(month))[1])
    except ValueError:
        return None


def _quarters(count: str, unit: str) -> int:
    if unit == "month":
        return 4 if count in {"12", "twelve"} else _COVERED[count]
    return 1 if count == "twelve" else _COVERED[count]


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    return next(number for number, name in enumerate(_MONTHS, 1) if name.startswith(text.lower()[:3]))
