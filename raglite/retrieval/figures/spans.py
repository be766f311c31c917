"""How long a period is asked for, and on which days it ends: "six months to December 2022"."""

import re
from datetime import date

from raglite.ingestion.figures.fiscal_calendar import month_end
from raglite.ingestion.filings import periods

_LENGTHS = (
    (3, r"three[- ]months?|3[- ]months?|quarter(?:s|ly)?|q[1-4]|(?:thirteen|13|14)[- ]weeks?"),
    (6, r"six[- ]months?|6[- ]?m(?:onths?)?|first half|half[- ]year|h1|1h|(?:twenty[- ]six|26|27)[- ]weeks?"),
    (9, r"nine[- ]months?|9[- ]?m(?:onths?)?|(?:thirty[- ]nine|39|40)[- ]weeks?"),
    (12, r"twelve[- ]months?|12[- ]months?|(?:fifty[- ](?:two|three)|52|53)[- ]weeks?"),
)
_LENGTH = re.compile("|".join(rf"(?P<m{months}>\b(?:{words})\b)" for months, words in _LENGTHS), re.IGNORECASE)
_FIRST = re.compile(r"\bfirst (?:three|3)[- ]months\b", re.IGNORECASE)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = re.compile(rf"\b({'|'.join(_MONTHS)})[a-z]{{0,6}}\.?,? ((?:19|20)\d\d)\b", re.IGNORECASE)


def lengths(text: str) -> frozenset[int]:
    """Return how many months the periods run that a text names by their length; a quarter is three."""
    return frozenset(int((match.lastgroup or "m0")[1:]) for match in _LENGTH.finditer(text))


def ends(text: str) -> tuple[date, ...]:
    """Return the days a text names, and the last days of the months."""
    months = (month_end(int(year), _MONTHS.index(month.lower()) + 1) for month, year in _MONTH.findall(text))
    return tuple(dict.fromkeys((*periods.dates(text), *months)))


def quarter(text: str) -> int | None:
    """Return the quarter of "the first three months"; periods.py knows all others."""
    return 1 if _FIRST.search(text) else None
