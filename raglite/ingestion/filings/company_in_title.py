"""The company that a document which is no filing names in its title or its rows: notes, slides, sheets, policies.

A wrong company hides a document from its readers, an unread one does not: so what is not plainly a name is none.
"""

import re
from collections import Counter

from raglite.ingestion.filings.company_in_text import OF_REPORTS, is_spoken_of, legal_names
from raglite.ingestion.filings.filing_text import FilingText
from raglite.ingestion.filings.legal_names import SUFFIX, WRITTEN_FORM, clean, is_legal_name, is_name

_TITLE_LINES = 3
_ROWS = 400
_FEWEST_ROWS = 3
_WORD = r"[A-Z0-9\u00c0-\u00de][\w&.'/-]*"
_WORDS = rf"{_WORD}(?:,? (?:{_WORD}|&|of|and|the|de|du|des|y|e)){{0,6}}?"
_PART = r"(?: ?[:|\u2013\u2014]| -)(?= |$)"
_NAME = rf"(?P<name>{_WORDS}(?:,? {WRITTEN_FORM})+)"
_BEGINNING = re.compile(rf"{_NAME}(?:{_PART}|$)")
_RUN_ON = re.compile(rf"{_NAME} (?=[A-Z0-9(])")
_ROW = re.compile(rf"(?P<name>{_WORDS}(?:,? (?![a-z])(?i:{SUFFIX})\b\.?)+) ")
_OF_A_REPORT = re.compile(rf"\b(?:{OF_REPORTS})\b", re.IGNORECASE)
_OF_COMPANIES = (
    r"(?:annual|integrated|interim|half-?year|quarterly|sustainability|esg|financial|(?:first|second|third|fourth)"
    r" quarter|q[1-4]|results|earnings|investors?|shareholders?|fact ?(?:sheet|book)|code of conduct|strategy"
    r"|10-[kq])\b"
)
_YEAR = r"(?: (?:fy ?|fiscal )?\d{2,4}(?:[-/]\d{2,4})?)?"
_ENTITLED = re.compile(rf"(?P<name>{_WORDS})(?i:{_PART}.{{0,80}}?\b{_OF_COMPANIES}|{_YEAR} {_OF_COMPANIES})")
_NO_COMPANY = re.compile(
    rf"\b(?:{OF_REPORTS}|our|your|this|my|sales|revenue|consolidated|first|second|third|fourth|chapter|part|section|item"
    r"|table|appendix|exhibit|draft|final)\b|^(?:the )?(?:group|company|corporate|board|business|global|world)$",
    re.IGNORECASE,
)


def title_beginning(text: FilingText) -> str | None:
    """Read "Acme Corp.: facts", "Acme Corp. - Sales" or "Acme Corp. Investor Day", the legal name and what follows."""
    run_on = (_RUN_ON.match(line) for line in text.lines[:1])
    matches = (*run_on, *(_BEGINNING.match(line) for line in text.lines[:_TITLE_LINES]))
    names = (clean(match["name"]) for match in matches if match)
    return next((name for name in names if name and not _OF_A_REPORT.search(name)), None)


def named_in_title(text: FilingText) -> str | None:
    """Read the legal name that a title bears elsewhere, if it is the only one: "Fleet list of Acme plc"."""
    names = set(legal_names(" ".join(text.lines[:1])))
    return names.pop() if len(names) == 1 else None


def entitled(text: FilingText) -> str | None:
    """Read "Acme annual report" and "Acme - Strategy" if the text speaks of Acme as of somebody."""
    for line in text.lines[:_TITLE_LINES]:
        match = _ENTITLED.match(line)
        if match and is_name(match["name"]) and not _NO_COMPANY.search(match["name"]):
            return match["name"] if is_spoken_of(match["name"], text.body) else None
    return None


def owner_of_rows(text: FilingText) -> str | None:
    """Read the name that at least half of the rows begin with."""
    rows = text.lines[:_ROWS]
    times = Counter(clean(match["name"]) for line in rows if (match := _ROW.match(line)))
    name, count = next(iter(times.most_common(1)), ("", 0))
    return name if max(_FEWEST_ROWS, len(rows) / 2) <= count and is_legal_name(name) else None
