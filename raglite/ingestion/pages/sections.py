"""Where a page stands in its document: its headings, its title, and the path of sections it continues."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from raglite.ingestion.pages.statements import statement_title
from raglite.model import BlockKind, Page

LONGEST_HEADING = 120
EDGE_LINES = 4  # running headers and footers stand among the first and last lines of a page
RUNNING_SHARE = 0.2  # a line at the edge of every fifth page, and of three at least, is a running one
CONTENTS_ITEMS = 5  # a page that starts this many Items is a table of contents
TITLE_CAPITALS = 0.7  # share of a title's longer words that start with a capital
DEEPEST = 6

_PART = re.compile(r"part\s+(?:i{1,3}|iv)\b[.:\s\-\u2013\u2014]*", re.IGNORECASE)
_ITEM = re.compile(r"item\s+\d{1,2}[a-c]?\b[.:\s\-\u2013\u2014]*", re.IGNORECASE)
_NOTE = re.compile(r"(?:note\s+)?\d{1,2}[.:\s\-\u2013\u2014]+\s*(?=[A-Z])")
_LEADS_TO_A_PAGE = re.compile(r"(?:\.{3,}|\s)\s?(?:F-)?\d{1,3}$")
_FIGURES = re.compile(r"\d[\d,.]*\d|\d%|\$|\(\d|(?:^|\s)[-\u2013\u2014]$")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and its depth, 1 (part) to 6."""

    text: str
    level: int


@dataclass
class Outline:
    """The path of sections as pages are read one after the other."""

    path: list[Heading] = field(default_factory=list)

    def enter(self, heading: Heading) -> None:
        """Close every section at least as deep as `heading` and open it."""
        self.path = [open_one for open_one in self.path if open_one.level < heading.level] + [heading]

    @property
    def titles(self) -> tuple[str, ...]:
        """Return the titles of the open sections, outermost first."""
        return tuple(heading.text for heading in self.path)


def running_lines(pages: Sequence[Page]) -> frozenset[str]:
    """Return the lines, without their digits, that repeat at the edges of pages: company, "Table of Contents" ..."""
    seen: Counter[str] = Counter()
    for page in pages:
        lines = [line for line in page.text.splitlines() if line.strip()]
        seen.update({without_digits(line) for line in (*lines[:EDGE_LINES], *lines[-EDGE_LINES:])})
    least = max(3, RUNNING_SHARE * len(pages))
    return frozenset(line for line, count in seen.items() if count >= least)


def without_digits(line: str) -> str:
    """Return a line as running lines are compared: no digits, no case, no space."""
    return re.sub(r"[\d\s]+", "", line.strip()[:LONGEST_HEADING].lower())


def is_contents(page: Page) -> bool:
    """Tell whether a page is a table of contents: a run of Items, or lines that lead to page numbers."""
    lines = [line.strip() for line in page.text.splitlines() if line.strip()]
    items = sum(1 for line in lines if _ITEM.match(line))
    leading = sum(1 for line in lines if len(line) <= LONGEST_HEADING and re.search(r"\.{4,}\s?\d{1,3}$", line))
    return items >= CONTENTS_ITEMS or leading >= 2 * CONTENTS_ITEMS


def heading(text: str, level: int = 0) -> Heading | None:
    """Return `text` as a heading if it reads like one; `level` is what the parser said, 0 if it said nothing."""
    line = " ".join(text[: 2 * LONGEST_HEADING].split())
    if not line or len(line) > LONGEST_HEADING or _LEADS_TO_A_PAGE.search(line):
        return None
    for pattern, depth in ((_PART, 1), (_ITEM, 2)):
        match = pattern.match(line)
        if match and _is_titled(line[match.end() :]):
            return Heading(line, depth)
    match = _NOTE.match(line)
    if match and _is_titled(line[match.end() :]) and not line.endswith("."):
        return Heading(line, 3)
    if level:
        return Heading(line, min(DEEPEST, level + 3))
    return Heading(line, 5) if _stands_out(line) else None


def page_title(lines: Iterable[str], running: frozenset[str]) -> str:
    """Return what a page is about in a line: its statement's title, else its first heading that is no running line."""
    own = [line.strip() for line in lines if line.strip() and without_digits(line) not in running]
    statement = statement_title(own)
    if statement:
        return " ".join(own[statement[1]].split())[:LONGEST_HEADING]
    return next((found.text for line in own[: 2 * EDGE_LINES] if (found := heading(line))), "")


def page_headings(page: Page, running: frozenset[str]) -> list[Heading]:
    """Return a page's headings in reading order: its parser's if it marked any, else the lines that read like one."""
    marked = [block for block in page.blocks if block.kind is BlockKind.HEADING]
    if marked:
        found = [heading(block.text, block.level or 1) for block in marked if without_digits(block.text) not in running]
    else:
        found = [heading(line) for line in page.text.splitlines() if without_digits(line) not in running]
    return [one for one in found if one]


def _is_titled(rest: str) -> bool:
    """Tell whether what follows "Item 7." is a title and not the rest of a sentence that refers to it."""
    words = [word for word in re.findall(r"[A-Za-z][\w'\u2019]*", rest) if len(word) > 3]  # noqa: PLR2004  not "of", "and"
    capitals = len([word for word in words if word[0].isupper()])
    return capitals >= TITLE_CAPITALS * len(words)


def _stands_out(line: str) -> bool:
    """Tell whether a line, unmarked, reads like a heading: short, capitalised, no sentence, no figures."""
    words = re.findall(r"[A-Za-z][\w'\u2019&-]*", line)
    if not 1 <= len(words) <= 12 or line[-1] in ".,;:)" or _FIGURES.search(line) or not line[0].isalnum():  # noqa: PLR2004  words
        return False
    return _is_titled(line) and (len(words) > 1 or line.isupper()) and words[0][0].isupper()
