"""The fiscal period of what has no cover: releases and interim reports, by their headline, and what is attached."""

import re
from collections.abc import Iterator
from datetime import date

from raglite.ingestion.filings import periods
from raglite.ingestion.filings.filing_text import FilingText
from raglite.ingestion.filings.fiscal_periods import Period, most_common, named_year, quarter_of_columns, year_in_words
from raglite.ingestion.filings.found import Found
from raglite.ingestion.filings.year_names import fiscal_year_end, usual_name

HEADLINE_CHARACTERS = 1_500
ATTACHED_CHARACTERS = 20_000
_HALF_YEAR = re.compile(
    r"\bhalf[- ]?year(?:ly)?\b|\bfirst half\b|\bh1\b|\b1h(?:\d\d)?\b"
    r"|\b(?:six months|26 weeks) (?:ended|to)\b|\binterim results\b",
    re.IGNORECASE,
)
_NINE_MONTHS = re.compile(r"\bnine[- ]months? (?:ended|to|results|report)\b", re.IGNORECASE)
_FULL_YEAR = re.compile(
    r"\bfull[- ]year\b|\bannual results\b|\b(?:twelve months|year) ended\b|\byear[- ]end (?:report|results)\b"
    r"|\b(?:fiscal|fy) ?\d{2,4} (?:consolidated |financial )*results\b|\b(?:preliminary|final) results\b"
    r"|\bresults (?:for|of) (?:the )?(?:fiscal |financial )?(?:year|\d{4})\b",
    re.IGNORECASE,
)
_TOLD = ((_HALF_YEAR, 2), (_NINE_MONTHS, 3), (_FULL_YEAR, 4))
_EXHIBIT = re.compile(r"^\W{0,4}(?:exhibit|ex)[ .-]{0,3}99(?:\.\d+)?\b", re.IGNORECASE | re.MULTILINE)
_ITEM = re.compile(r"^\W{0,4}item ?2\.02\b", re.IGNORECASE | re.MULTILINE)
_PERIOD_WORD = r"(?:quarter|q[1-4]|[1-4]q\d\d|half|months|full[- ]year|annual|fiscal|year|preliminary|interim)"
_OF_RESULTS = re.compile(
    rf"\b{_PERIOD_WORD}\b[^.]{{0,80}}?\b(?:results|earnings)\b|\b(?:results|earnings)\b[^.]{{0,80}}?\b{_PERIOD_WORD}\b",
    re.IGNORECASE,
)
OF_RESULTS_CHARACTERS = 600


def announced(cover: str, body: str) -> Period:
    """Read a period from the headline, and from the columns where that is silent.

    A release sets its periods beside those of a year ago, so the last end is its own.
    """
    headline = cover[:HEADLINE_CHARACTERS]
    quarter = _headline_quarter(headline) or quarter_of_columns(periods.spans(body))
    ends = [*periods.period_ends(cover), *filter(None, [periods.month_quarter_end(cover)])]
    ranged = [Found(found.value.end, found.words) for found in periods.ranges(headline)]
    end = max(ends, key=lambda found: found.value, default=None) or next(iter(ranged), None)
    end = end or most_common(periods.period_ends(body)) or _end_without_year(quarter, headline, body)
    whole_year = end is not None and "year" in end.words.lower()
    dated = end if quarter or whole_year else None  # the end of a quarter, no one knows which, does not name the year
    return Period(named_year(dated, quarter, headline, body), quarter, end)


def _end_without_year(quarter: Found[int] | None, headline: str, body: str) -> Found[date] | None:
    """Return the end of columns that say the day only, in the year in which the headline's quarter can end so."""
    year = year_in_words(headline)
    if not quarter or not year:
        return None
    ends = [
        end
        for calendar_year in (year.value - 1, year.value)
        for end in periods.yearless_ends(body, calendar_year)
        if usual_name(fiscal_year_end(end.value, quarter.value), body).value == year.value
    ]
    return most_common(ends)


def _headline_quarter(headline: str) -> Found[int] | None:
    return min(_told_quarters(headline), default=(0, None), key=lambda told: told[0])[1]


def _told_quarters(headline: str) -> Iterator[tuple[int, Found[int]]]:
    for start, quarter, words in periods.named_quarters(headline):
        yield start, Found(quarter, words)
    for pattern, quarter in _TOLD:
        match = pattern.search(headline)
        if match:
            yield match.start(), Found(quarter, match[0])
    for found in periods.ranges(headline):
        if found.value.months in {6, 9, 12}:
            yield headline.find(found.words), Found(found.value.months // 3, found.words)


def attached(form: str | None, text: FilingText) -> Period:
    """Read the period of the results that a current report brings: from its exhibit, else from its item 2.02."""
    for start in _attachments(form, text):
        exhibit = text.body[start:]
        if _OF_RESULTS.search(exhibit[:OF_RESULTS_CHARACTERS]):
            return announced(" ".join(exhibit[:ATTACHED_CHARACTERS].split()), exhibit)
    item = _ITEM.search(text.body)
    told = " ".join(text.body[item.end() : item.end() + HEADLINE_CHARACTERS].split()) if item else ""
    return announced(told, told) if _OF_RESULTS.search(told) else Period()


def _attachments(form: str | None, text: FilingText) -> Iterator[int]:
    yield from (match.end() for match in _EXHIBIT.finditer(text.body))
    if form == "6-K":
        yield text.first_page_end
