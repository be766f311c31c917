"""What a header says of its columns: a period, a period whose year stands elsewhere, or a unit."""

import re

from raglite.ingestion.pages.lines import is_year

LONGEST_HEADER = 10  # words

_MONTH = "(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_PERIOD = re.compile(
    rf"\b(?:19|20)\d\d\b|\b(?:years?|months?|weeks?|quarters?|half|fiscal|periods?|ended|ending|as of|at|{_MONTH})\b",
    re.IGNORECASE,
)
_OPEN_PERIOD = re.compile(
    rf"\b(?:years?|months|weeks|quarters?|half|periods?)\b.{{0,12}}\b(?:ended|ending)\b|^\W*(?:as (?:of|at)|at)\b"
    rf"|^\W*(?:(?:as (?:of|at)|at) )?(?:\d\d? )?{_MONTH}(?: \d\d?)?\W*$|^\W*fiscal years?\W*$",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"^\W*(?:(?:amounts|figures|shares|u\.?s\.?|dollars|expressed|\W)+ )*in \D{0,20}(?:thousand|million|billion)s?\b"
    r"|^\W*unaudited\W*$",
    re.IGNORECASE,
)
_ANY_YEAR = re.compile(r"(?:19|20)\d\d")
_BEFORE_YEAR = re.compile(r"^\W*(?:fiscal |fy ?)?", re.IGNORECASE)


def is_open_period(text: str) -> bool:
    """Tell whether a text names a period without its year, which the columns below it give."""
    return bool(_OPEN_PERIOD.search(text)) and not _ANY_YEAR.search(text) and len(text.split()) <= LONGEST_HEADER


def names_period(text: str) -> bool:
    """Tell whether a text names a period, or a part of one's name."""
    return bool(_PERIOD.search(text))


def is_unit(text: str) -> bool:
    """Tell whether a text is a unit, or a remark that is said of all columns alike."""
    return bool(_UNIT.search(text))


def is_year_header(text: str) -> bool:
    """Tell whether a text is a year, with "Fiscal" or "FY" before it or nothing."""
    return is_year(_BEFORE_YEAR.sub("", text))
