"""What a document is: whose, which form, which fiscal period. Read from its own text, never from its file name.

Only the first pages are read for company and form, a bounded beginning for the words that name its fiscal year, so
that the time stays linear in a bound even where the text is hostile.
"""

import re
import unicodedata
from collections import Counter
from datetime import date

from raglite.ingestion import periods
from raglite.ingestion.company import company_name
from raglite.ingestion.forms import PERIODIC, QUARTERLY, RELEASE, base, read_form
from raglite.model import Filing, ParsedDocument

COVER_PAGES = 3
COVER_CHARACTERS = 20_000
BODY_CHARACTERS = 400_000
HEADLINE_CHARACTERS = 1_500
SPANS_THAT_COUNT = 3  # a span of months named fewer times is another period's, or a contract's

_REPORT_YEAR = re.compile(r"\b(?:annual|integrated) report (?:and accounts )?(?:for )?(?P<after>(?:19|20)\d\d)\b"
                          r"|\b(?P<before>(?:19|20)\d\d) (?:annual|integrated) report\b", re.IGNORECASE)  # fmt: skip
_PLAIN = str.maketrans(
    {
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u00ad": "-", "\ufffe": "-",  # hyphens, and pdfium's soft one
        "\u200b": None, "\u200c": None, "\u200d": None, "\u2060": None, "\ufeff": None, "\u0000": None,
    }
)  # fmt: skip
_LETTER_SPACED = re.compile(r"(?<!\S)(?:\S ){3,}\S(?!\S)")
_FULL_YEAR = re.compile(r"\b(?:full|fiscal)[- ]year\b|\bannual results\b|\btwelve months ended\b", re.IGNORECASE)


def read_filing(parsed: ParsedDocument) -> Filing:
    """Return what the text says the document is; whatever cannot be read is None."""
    lines = cover_lines(parsed)
    cover, body = " ".join(lines), _body(parsed)
    form = read_form(cover)
    company = company_name(lines, body)
    if base(form) not in PERIODIC:
        return Filing(company=company, form=form)
    quarter, end = _quarter(base(form), cover, body), _period_end(base(form), cover, body)
    year = _fiscal_year(end, quarter, cover, body)
    return Filing(company=company, form=form, fiscal_year=year, fiscal_quarter=quarter, period_end=end)


def cover_lines(parsed: ParsedDocument) -> list[str]:
    """Return the lines of the first pages, plain spaces between words, letter-spaced words joined."""
    text = "\n".join(page.text for page in parsed.pages[:COVER_PAGES])[:COVER_CHARACTERS]
    return [line for raw in plain(text).splitlines() if (line := _join_letters(raw).strip())]


def plain(text: str) -> str:
    """Return text with one kind of space, hyphen and quote, and no invisible characters; line ends are kept."""
    text = unicodedata.normalize("NFKC", text).translate(_PLAIN)
    return re.sub(r"[^\S\n]+", " ", text)


def _body(parsed: ParsedDocument) -> str:
    pieces: list[str] = []
    left = BODY_CHARACTERS
    for page in parsed.pages:
        pieces.append(page.text[:left])
        left -= len(pieces[-1])
        if left <= 0:
            break
    return plain("\n".join(pieces))


def _quarter(form: str | None, cover: str, body: str) -> int | None:
    if form in QUARTERLY:
        return _quarter_of_spans(periods.spans(body)) or periods.named_quarter(cover) or periods.named_quarter(body)
    if form == RELEASE:
        headline = cover[:HEADLINE_CHARACTERS]
        return periods.named_quarter(headline) or _quarter_of_release(periods.spans(body), headline)
    return None


def _quarter_of_spans(spans: Counter[int]) -> int | None:
    """Read the quarter from a 10-Q's columns. The longest span that is no slip of the pen is the year to date."""
    return max((quarter for quarter in (1, 2, 3) if spans[quarter] >= SPANS_THAT_COUNT), default=None)


def _quarter_of_release(spans: Counter[int], headline: str) -> int | None:
    return 4 if spans[4] >= SPANS_THAT_COUNT or _FULL_YEAR.search(headline) else _quarter_of_spans(spans)


def _period_end(form: str | None, cover: str, body: str) -> date | None:
    if form in {"10-KT", "10-QT"} and (transition := periods.transition_end(cover)):
        return transition
    ends = periods.period_ends(cover)
    if form == RELEASE:  # it sets its periods beside those of a year ago
        month_end = periods.month_quarter_end(cover)
        return max([*ends, *([month_end] if month_end else [])], default=None) or _most_common(
            periods.period_ends(body)
        )
    return ends[0] if ends else _most_common(periods.period_ends(body))


def _most_common(ends: list[date]) -> date | None:
    counted = Counter(ends)
    return max(counted, key=lambda end: (counted[end], end), default=None)


def _fiscal_year(end: date | None, quarter: int | None, cover: str, body: str) -> int | None:
    if end:
        return periods.fiscal_year_of(periods.fiscal_year_end(end, quarter or 4), body)
    match = _REPORT_YEAR.search(cover)
    if match:
        return int(match["after"] or match["before"])
    return next(iter(periods.fiscal_years(cover)), None)


def _join_letters(line: str) -> str:
    """Join letter-spaced words ("F O R M"), which some covers are set in."""
    return _LETTER_SPACED.sub(lambda match: match[0].replace(" ", ""), line)
