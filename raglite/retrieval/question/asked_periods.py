"""Which fiscal periods a question names: FY22, fiscal 2022, 2020-2022, Q2'23, first half, year ended May 31, 2021."""

import re
from datetime import date

from raglite.ingestion.filings import periods

LONGEST_RANGE = 10  # years in "FY2015 - FY2017"
_PREFIX = r"(?:fy|f|cy|fiscal(?: years?)?)? ?'?"
_YEAR = _PREFIX + r"(?P<{0}>(?:19|20)\d\d)"
_RANGE = re.compile(
    rf"\b{_YEAR.format('first')} ?(?:-|\u2013|to|through|until|till) ?"
    rf"{_PREFIX}(?P<last>(?:19|20)\d\d|\d\d)\b(?![.,]?\d)",
    re.IGNORECASE,
)
_ANY_YEAR = re.compile(rf"(?<![\w,.$\u20ac\u00a3]){_YEAR.format('year')}(?![\d%]|[.,]\d)", re.IGNORECASE)
_SPLIT_YEAR = re.compile(
    r"\b(?P<first>(?:19|20)\d\d) ?/ ?(?P<last>\d\d)\b(?!/)"
)  # 2022/23 is one year, named by its end
_QUARTER_YEAR = re.compile(r"\b(?:[qh][1-4]|[1-4][qh]) ?'?(?P<year>\d\d)\b(?!\d)", re.IGNORECASE)
_HALF = re.compile(r"\b(?:h1|1h|first half|half[- ]year|six months|interim)\b", re.IGNORECASE)
_NINE_MONTHS = re.compile(r"\bnine months\b", re.IGNORECASE)
_NAMED_DATE = re.compile(
    r"\b(?:(?:fiscal |financial )?(?:year|quarter|period|months|weeks) )?(?:end(?:ed|ing) )?(?:on |as of )?"
    r"(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
    r"|\d{1,2}(?:st|nd|rd|th)? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?,? \d{4})",
    re.IGNORECASE,
)
_CENTURY = 100


def years(query: str) -> tuple[int, ...]:
    """Return the fiscal years a question names, ascending, with those between the ends of a range."""
    found = {int(match["year"]) for match in _ANY_YEAR.finditer(query)} | set(periods.fiscal_years(query))
    found.update(2000 + int(match["year"]) for match in _QUARTER_YEAR.finditer(query))
    for match in _SPLIT_YEAR.finditer(query):
        found.discard(int(match["first"]))
        found.add(_in_full(match))
    for match in _RANGE.finditer(query):
        first, last = int(match["first"]), _in_full(match)
        if first < last <= first + LONGEST_RANGE:
            found.update(range(first, last + 1))
    return tuple(sorted(found))


def ends(query: str) -> tuple[date, ...]:
    """Return the days a question names, and the last day of a quarter that it names by its month."""
    quarter_end = periods.month_quarter_end(query)
    return tuple(dict.fromkeys((*periods.dates(query), *([quarter_end.value] if quarter_end else []))))


def quarter(query: str) -> int | None:
    """Return the quarter with which the period asked for ends: 2 for a half-year; None for a whole year."""
    named = periods.named_quarter(query)
    if named is None and _HALF.search(query):
        return 2
    return 3 if named is None and _NINE_MONTHS.search(query) else named


def without_years(text: str) -> str:
    """Return `text` without its dates and years."""
    return _ANY_YEAR.sub(" ", _NAMED_DATE.sub(" ", text))


def _in_full(match: re.Match[str]) -> int:
    last = int(match["last"])
    return last if last >= _CENTURY else int(match["first"]) // _CENTURY * _CENTURY + last
