"""A fiscal period, and what is common to all ways of reading it: the year's name, the longest columns."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from raglite.ingestion.filings import periods
from raglite.ingestion.filings.found import INFERRED, SAID, Found
from raglite.ingestion.filings.year_names import fiscal_year_end, said_name, usual_name

JUNE = 6
SPANS_THAT_COUNT = 3  # a span of months named fewer times is another period's, or a contract's

_YEARS = r"(?P<{0}>(?:19|20)\d\d)(?: ?[-/\u2013] ?(?P<{0}_last>(?:19|20)?\d\d)\b)?"
_REPORT = (
    r"(?:(?:annual|integrated|sustainability)(?: annual)?(?: financial)? (?:report|review)|registration document"
    r"|gesch\u00e4ftsbericht|rapport annuel|document d'enregistrement universel|informe anual|relazione annuale"
    r"|\u00e5rsredovisning|\u00e5rsrapport|jaarverslag)"
)
_REPORT_YEAR = re.compile(
    rf"\b{_REPORT} (?:and accounts |to shareholders |for )*(?:fiscal |fy ?)?{_YEARS.format('after')}(?!\d)"
    rf"|(?:\bfy ?|\b){_YEARS.format('before')} (?:integrated )?{_REPORT}\b",
    re.IGNORECASE,
)
_QUARTER_YEAR = re.compile(
    r"\b(?:quarter|q[1-4]|half|h1)(?:,| of| fiscal| year| results| for| the| financial)* ?(?P<year>(?:19|20)\d\d)\b"
    r"|\b(?P<before>(?:19|20)\d\d) (?:first|second|third|fourth) quarter\b",
    re.IGNORECASE,
)


class Period(NamedTuple):
    """A filing's fiscal period; whatever is not told is None."""

    year: Found[int] | None = None
    quarter: Found[int] | None = None
    end: Found[date] | None = None


def named_year(end: Found[date] | None, quarter: Found[int] | None, head: str, body: str) -> Found[int] | None:
    """Return the fiscal year of a period by its end and by how `body` names years; without an end as `head` says."""
    if not end:
        return titled_year(head) or year_in_words(head)
    year_end = fiscal_year_end(end.value, quarter.value if quarter else 4)
    return said_name(year_end, body) or usual_name(year_end, body)._replace(words=end.words)


def may_be_of(titled: Found[int], year_end: date) -> bool:
    """Tell whether a year that ends then may be called so: by its end or, where that is by June, by its beginning."""
    return titled.value == year_end.year or (titled.value == year_end.year - 1 and year_end.month <= JUNE)


def titled_year(cover: str) -> Found[int] | None:
    """Return the year in a report's title: "Annual Report 2022", of "2022-23" the second."""
    match = _REPORT_YEAR.search(cover)
    if not match:
        return None
    first, last = (match["after"], match["after_last"]) if match["after"] else (match["before"], match["before_last"])
    return Found(periods.four_digits(last or first), match[0])


def year_in_words(head: str) -> Found[int] | None:
    """Return the year that a quarter is named with ("Q3 2022"), else the first that is called fiscal."""
    match = _QUARTER_YEAR.search(head)
    if match:
        return Found(int(match["year"] or match["before"]), match[0])
    return next((Found(year, words, INFERRED) for year, words in periods.named_years(head)), None)


def most_common(ends: Sequence[Found[date]]) -> Found[date] | None:
    """Return the day that is read most often, of several the last."""
    counted = Counter(end.value for end in ends)
    best = max(counted, key=lambda end: (counted[end], end), default=None)
    return next((end._replace(confidence=INFERRED) for end in ends if end.value == best), None)


def quarter_of_columns(spans: Mapping[int, Sequence[str]]) -> Found[int] | None:
    """Return the longest span that is no slip of the pen: it is the year to date."""
    often = [Found(quarter, words[0], SAID) for quarter, words in spans.items() if len(words) >= SPANS_THAT_COUNT]
    return max(often, default=None)
