"""Titles of financial statements: a line that names one and says nothing else.

Titles are compared as bare lower-case letters ("Cash Flow s" is "cashflows"), since extracted text breaks words at odd
places. What may stand before a title is the company's name and words like "consolidated"; what may stand after it is
its period, its unit, "(unaudited)" or "continued". "Balance Sheet Information" and prose are no titles.
"""

import re
from collections.abc import Sequence

from raglite.model import Statement

TITLE_LINES = 15  # a running header, the company's name and a title over two lines fit well into these
LONGEST_TITLE = 140
MOST_WORDS_BEFORE = 10  # a company's full name and "condensed consolidated interim"

_OF = r"statements?of(?:the)?(?:consolidated|condensed|combined|group)*"
_OWNERS = r"(?:shareholders|shareowners|stockholders|owners|members|partners|unitholders|equityholders|parents?)"
# In order of precedence where one line names two: "operations and comprehensive income" is an income statement.
_TITLES: tuple[tuple[Statement, re.Pattern[str]], ...] = (
    (Statement.CASH_FLOW_STATEMENT, re.compile(rf"{_OF}(?:changesin)?cashflows?|cashflows?statements?")),
    (
        Statement.INCOME_STATEMENT,
        re.compile(
            rf"{_OF}(?:net)?(?:income|operations|earnings|loss(?:es)?|profit(?:s|or(?:and)?loss|andloss)?)(?!andexpense)"
            r"|(?:income|earnings)statements?|profit(?:and|or)loss(?:account|statement)s?"
        ),
    ),
    (
        Statement.COMPREHENSIVE_INCOME,
        re.compile(
            rf"{_OF}(?:total)?(?:other)?comprehensive(?:income|loss|earnings)|{_OF}recogni[sz]edincomeandexpense"
            r"|comprehensive(?:income|earnings)statements?"
        ),
    ),
    (
        Statement.BALANCE_SHEET,
        re.compile(rf"balancesheets?|{_OF}financial(?:positions?|conditions?)|{_OF}assetsandliabilities"),
    ),
    (
        Statement.CHANGES_IN_EQUITY,
        re.compile(
            rf"{_OF}(?:changesin)?(?:total)?(?:net)?{_OWNERS}*(?:equity|deficit|investment|funds|capital)"
            rf"|{_OWNERS}equitystatements?"
        ),
    ),
)
_BROKEN = re.compile(r"statements?of(?:consolidated|condensed)?$|comprehensive$|balance$|changesin$|cash$|financial$")
_WHEN = (
    r"(?:for|as(?:of|at)|at)?(?:the)?(?:fiscal|financial)?(?:years?|quarters?|half|periods?|months?|weeks?|three|six|nine|twelve"
    r"|thirteen|twentysix|thirtynine|fifty|first|second|third|fourth|january|february|march|april|may|june|july|august"
    r"|september|october|november|december|\d)\w{0,80}|for|as(?:of|at)|at"
)
_UNIT = (
    r"(?:amounts|figures|dollars|expressed|all)*(?:in)?(?:us|eur|gbp|chf|cad|millions?|thousands?|billions?)\w{0,60}"
)
_AFTER = re.compile(
    r"(?:s|loss|deficit)?"
    r"(?:and(?:other)?comprehensive\w{0,12}|andretainedearnings|andaccumulateddeficit|andchangesin\w{0,24}"
    r"|and(?:statements?of)?(?:cashflows?|financialposition))?"
    r"(?:continued|contd|unaudited|audited|parenthetical|restated|condensed|consolidated|ofthe(?:group|company|parent)"
    r"|(?:\w{0,40})andsubsidiar(?:y|ies))*"
    rf"(?:{_WHEN}|{_UNIT}|notes?)?"
)
_NEVER_BEFORE = re.compile(
    r"\b(?:notes?|item|see|refer|tables?|selected|supplement(?:al|ary)|summar(?:y|ised|ized)|pro|forma|segments?|impact"
    r"|effects?|analysis|index|report|reports|opinion|non-gaap|adjusted|average|reconciliation|consolidating|location"
    r"|audit|review|page|data|information|key|highlights)\b",
    re.IGNORECASE,
)
_NOTES = re.compile(r"^(?:notesto|note\d|reconciliation|selectedfinancial)|consolidating")
_SMALL_WORDS = frozenset(
    "of and the for de et und y e plc consolidated condensed combined interim unaudited audited".split()
    + "group company parent statement statements annual primary separate".split()
)
_CONTENTS_LINE = re.compile(r"(?:\.{3,}|(?:\. ){3,}|\s)\s?(?:F-)?\d{1,3}\s*$")


def statement_title(lines: Sequence[str]) -> tuple[Statement, int] | None:
    """Return the statement that one of the first lines is titled as, and that line's index; None if there is none."""
    for index, line in enumerate(lines[:TITLE_LINES]):
        segments = _segments(line)
        if len(segments) == 1 and _NOTES.search(squeezed(line)):
            return None
        if len(line.strip()) <= LONGEST_TITLE and not _CONTENTS_LINE.search(line):
            statement = _titled_as(segments) or _titled_over_two(line, lines[index + 1 : index + 2])
            if statement:
                return statement, index
    return None


def squeezed(text: str) -> str:
    """Return the letters and digits of `text` alone, in lower case."""
    return re.sub(r"[^a-z0-9]", "", text[:400].lower())


def _segments(line: str) -> list[str]:
    """Return what stands apart on a line; brackets say nothing about which statement it is."""
    parts = re.split(r"\s{3,}|\|", line[: 2 * LONGEST_TITLE].strip())
    bare = (" ".join(re.sub(r"\([^)]*\)", " ", part).split()) for part in parts)
    return [part for part in bare if part]


def _titled_as(segments: Sequence[str]) -> Statement | None:
    return next((found for segment in segments if (found := _title(segment))), None)


def _title(text: str) -> Statement | None:
    """Return the statement that `text` is a title of: nothing but the title, what it is of, and when."""
    if text[-1] in ".,;" or not (text[0].isupper() or text[0].isdigit()):
        return None
    places = [at for at, letter in enumerate(text) if letter.isascii() and letter.isalnum()]
    letters = squeezed(text)
    for statement, pattern in _TITLES:
        match = pattern.search(letters)
        if match and _AFTER.fullmatch(letters, match.end()) and _may_stand_before(text[: places[match.start()]]):
            return statement
    return None


def _may_stand_before(text: str) -> bool:
    words = text.split()
    named = all(not word[0].islower() or word.rstrip(".,") in _SMALL_WORDS for word in words)
    return named and len(words) <= MOST_WORDS_BEFORE and not _NEVER_BEFORE.search(text)


def _titled_over_two(line: str, following: Sequence[str]) -> Statement | None:
    """Read a title that is broken before its last words: "consolidated statements of" / "cash flows"."""
    if not following or len(following[0].strip()) > LONGEST_TITLE // 2 or not _BROKEN.search(squeezed(line)[-40:]):
        return None
    return _titled_as(_segments(f"{line.strip()} {following[0].strip()}"))
