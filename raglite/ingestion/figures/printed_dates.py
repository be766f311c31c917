"""Dates, years and lengths of time as the headers of columns print them, whole or in part."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from raglite.ingestion.figures.fiscal_calendar import month_end

_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_YEAR = r"(?:19|20)\d\d"
_DATE = re.compile(
    rf"\b(?P<m1>{_MONTH})\.? ?(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? ?(?P<y1>{_YEAR})\b)?"
    rf"|\b(?P<d2>\d{{1,2}})(?:st|nd|rd|th)? (?P<m2>{_MONTH})\b\.?(?:,? (?P<y2>{_YEAR})\b)?"
    rf"|\b(?P<y3>{_YEAR})-(?P<m3>\d\d)-(?P<d3>\d\d)\b"
    rf"|\b(?P<d4>\d{{1,2}})\.(?P<m4>\d{{1,2}})\.(?P<y4>{_YEAR})\b"
    rf"|\b(?P<m5>\d{{1,2}})/(?P<d5>\d{{1,2}})/(?P<y5>{_YEAR}|\d\d)\b"
    rf"|\b(?P<m6>{_MONTH})\.?(?:,? (?P<y6>{_YEAR})|[-\u2019' ]{{1,2}}'?(?P<s6>\d\d))\b",
    re.IGNORECASE,
)
_BARE_YEAR = re.compile(rf"(?<![\d,.$/-])(?P<year>{_YEAR})(?P<second>[-/](?:{_YEAR}|\d\d))?(?![\d,.%-])")
_FISCAL_YEAR = re.compile(
    r"\b(?:fy|fiscal(?: year)?) ?[\u2019']?(?P<year>(?:19|20)?\d\d)\b"
    r"|\b(?:[12]h|h[12]|[1-4]q|q[1-4]) ?[\u2019'-]?(?P<short>\d\d)\b",
    re.IGNORECASE,
)

_WORDS = {
    "one": 1, "three": 3, "four": 4, "six": 6, "nine": 9, "twelve": 12, "thirteen": 13, "fourteen": 14, "sixteen": 16,
    "twenty-four": 24, "twenty-six": 26, "twenty-seven": 27, "twenty-eight": 28, "thirty-six": 36, "thirty-nine": 39,
    "forty": 40, "fifty-two": 52, "fifty-three": 53,
}  # fmt: skip
_NUMBER = rf"(?:\d{{1,2}}|{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
_COUNTED = re.compile(
    rf"\b(?P<number>{_NUMBER})(?: (?:and|or|/) (?P<second>{_NUMBER}))?[ -](?P<what>month|week)s?\b", re.IGNORECASE
)
_NAMED = (
    (12, re.compile(r"\b(?:fiscal |financial )?years? (?:then )?(?:ended|ending|to)\b|\bfor the (?:fiscal |financial )?"
                    r"years?\b|\bfull[- ]year\b|\btotal year\b|\bannual\b", re.IGNORECASE)),
    (6, re.compile(r"\bhalf[- ]years?\b|\b(?:first|second) half\b|\bhalf (?:ended|ending)\b", re.IGNORECASE)),
    (3, re.compile(r"\bquarters? (?:ended|ending)\b", re.IGNORECASE)),
)  # fmt: skip
_QUARTER = re.compile(
    r"\b(?P<word>first|second|third|fourth|1st|2nd|3rd|4th)\b(?! half)"
    r"|\bq(?P<after>[1-4])(?=\D|\d\d\b|$)|\b(?P<before>[1-4])q",
    re.IGNORECASE,
)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_WEEKS_A_YEAR = 52
_MONTHS_THROUGH = re.compile(
    rf"\b(?P<first>{_MONTH}) ?(?:[-\u2013\u2014]|to|through) ?(?P<last>{_MONTH}),? (?={_YEAR})", re.IGNORECASE
)
_INSTANT = re.compile(
    r"\b(?:as of|as at|at)(?: the end of)?:?"
    rf"(?: (?:{_MONTH}|\d{{1,2}} {_MONTH}|{_YEAR})\b| \d{{1,2}}[./]\d|$)|\b(?:year|period|quarter)[- ]end\b(?!ed|ing)",
    re.IGNORECASE,
)
_DAY = (
    rf"(?:{_MONTH}\.? ?\d{{1,2}}\b(?:,? ?{_YEAR})?|\d{{1,2}}\.? {_MONTH}(?:,? {_YEAR})?"
    rf"|\d{{1,2}}\.\d{{1,2}}\.(?:{_YEAR})?)"
)
_FROM_TO = re.compile(
    rf"(?:\bfrom )?\b(?P<first>{_DAY}) ?(?:to|until|through|[-\u2013\u2014]) ?(?P<last>{_DAY})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Printed:
    """What a text says of time: whole dates, days of a year without the year, and years that no date has."""

    dates: frozenset[date]
    days: frozenset[tuple[int, int]]  # month, day
    years: frozenset[int]


@lru_cache(maxsize=4096)
def printed(text: str) -> Printed:
    """Return the dates, days and years that `text` prints."""
    dates: set[date] = set()
    days: set[tuple[int, int]] = set()
    for match in _DATE.finditer(text):
        found = _date(match)
        if isinstance(found, date):
            dates.add(found)
        elif found:
            days.add(found)
    rest = _DATE.sub(_without_year, text)
    years = {year for match in _BARE_YEAR.finditer(rest) if (year := _year(match))}
    years |= {_whole_year(match["year"] or match["short"]) for match in _FISCAL_YEAR.finditer(rest)}
    return Printed(frozenset(dates), frozenset(days), frozenset(years))


@lru_cache(maxsize=4096)
def lengths(text: str) -> frozenset[int]:
    """Return how many months the spans that `text` names run (39 weeks: 9)."""
    counted = {
        _months(number, match["what"])
        for match in _COUNTED.finditer(text)
        for number in (match["number"], match["second"])
        if number
    }
    counted |= {1 + _month(match["last"]) - _month(match["first"]) for match in _MONTHS_THROUGH.finditer(text)}
    counted |= {
        months for match in _FROM_TO.finditer(text) if (months := _months_between(match["first"], match["last"]))
    }
    return frozenset(counted | {months for months, pattern in _NAMED if pattern.search(text)})


def without_beginnings(text: str) -> str:
    """Return `text` with only the last day of every span ("from 1 January to 31 December 2022")."""
    return _FROM_TO.sub(lambda match: match["last"], text)


def quarters(text: str) -> frozenset[int]:
    """Return the quarters that `text` names (second quarter, Q2, 2Q23)."""
    return frozenset(
        _ORDINALS[match["word"].lower()] if match["word"] else int(match["after"] or match["before"])
        for match in _QUARTER.finditer(text)
    )


def names_instant(text: str) -> bool:
    """Tell whether `text` says that something stands at a day ("as of", "at December 31")."""
    return bool(_INSTANT.search(text))


def begins_with_day(line: str) -> bool:
    """Tell whether a line begins with a day ("December 31, 2018", "31 December")."""
    match = _DATE.match(line.strip())
    return bool(match and not match["m6"])


def _date(match: re.Match[str]) -> date | tuple[int, int] | None:
    if match["m6"]:
        return month_end(_whole_year(match["y6"] or match["s6"]), _month(match["m6"]))
    form = next(number for number in "12345" if match[f"d{number}"])
    month, day, year = _month(match[f"m{form}"]), int(match[f"d{form}"]), match[f"y{form}"]
    if form == "5" and month > 12:  # noqa: PLR2004  months: 31/12/2018 is a day first
        month, day = day, month
    try:
        whole = date(_whole_year(year) if year else 2000, month, day)
    except ValueError:
        return None
    return whole if year else (month, day)


def _months_between(first: str, last: str) -> int | None:
    """Return the months from the first day of one to the last of another, None for days within months."""
    begun, ended = (_month_and_day(printed(text)) for text in (first, last))
    if not begun or not ended or begun[1] != 1:
        return None
    return (ended[0] - begun[0]) % 12 + 1


def _month_and_day(says: Printed) -> tuple[int, int] | None:
    found = says.days | {(day.month, day.day) for day in says.dates}
    return next(iter(found), None)


def _without_year(match: re.Match[str]) -> str:
    """Leave only the year of what is no date after all."""
    return " " if _date(match) else match[0]


def _year(match: re.Match[str]) -> int | None:
    """Return the year, of "2018/19" the one that it ends in; None for a range of years."""
    first, second = int(match["year"]), match["second"]
    if not second:
        return first
    return first + 1 if int(second[1:]) in {first + 1, (first + 1) % 100} else None


def _month(text: str) -> int:
    return int(text) if text.isdigit() else 1 + _NAMES.index(text[:3].lower())


def _whole_year(year: str) -> int:
    return int(year) if len(year) == 4 else 2000 + int(year)  # noqa: PLR2004  digits of a year


def _months(number: str, what: str) -> int:
    count = int(number) if number.isdigit() else _WORDS[number.lower()]
    return count if what.lower() == "month" else round(12 * count / _WEEKS_A_YEAR)
