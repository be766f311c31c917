"""The text that says what a document is: its cover, a bounded beginning, and on which page each word stands.

Only some first pages are read as the cover, and a bounded beginning as the body, so that the time stays linear in a
bound even where the text is hostile.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from raglite.model import Page, ParsedDocument

COVER_PAGES = 3
COVER_CHARACTERS = 20_000
BODY_CHARACTERS = 400_000
PAGES_BEFORE_COVER = 40  # of letter and pictures that a glossy report may put before the commission's form

_COMMISSION = re.compile(r"securities\s+and\s+exchange\s+commission", re.IGNORECASE)
_REGISTRANT = re.compile(r"exact\s+names?\s+of|commission\s+file\s+n", re.IGNORECASE)
_PLAIN = str.maketrans(
    {
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u00ad": "-", "\ufffe": "-",  # hyphens, and pdfium's soft one
        "\u200b": None, "\u200c": None, "\u200d": None, "\u2060": None, "\ufeff": None, "\u0000": None,
        "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2018": "'", "\u2019": "'", "\u02bc": "'",
    }
)  # fmt: skip
_LETTER_SPACED = re.compile(r"(?<!\S)(?:\S ){3,}\S(?!\S)")


@dataclass(frozen=True, slots=True)
class FilingText:
    """A document's text as its description is read from it.

    `lines` are the cover's, with plain single spaces and letter-spaced words joined; `cover` is their one string,
    `body` the document's beginning with line ends kept; its first page ends at `first_page_end`.
    """

    lines: tuple[str, ...]
    cover: str
    body: str
    first_page_end: int
    _squeezed: str
    _page_starts: tuple[int, ...]
    _page_numbers: tuple[int, ...]

    @classmethod
    def of(cls, parsed: ParsedDocument) -> "FilingText":
        """Read the text of a parsed document."""
        pages = [(page.number, plain(text)) for page, text in _beginning(parsed)]
        lines = tuple(_cover_lines([text for _, text in pages]))
        squeezed = [_squeeze(text) for _, text in pages]
        starts = tuple(accumulate((len(text) for text in squeezed), initial=0))[:-1]
        body = "\n".join(text for _, text in pages)
        numbers = tuple(number for number, _ in pages)
        return cls(lines, " ".join(lines), body, len(pages[0][1]) if pages else 0, "".join(squeezed), starts, numbers)

    @property
    def page_count(self) -> int:
        """How many pages there are in the beginning that is read."""
        return len(self._page_numbers)

    def page_of(self, words: str) -> int | None:
        """Return the first page on which `words` stand, wherever lines break; None if they are not in the text."""
        at = self._squeezed.find(_squeeze(words))
        return self._page_numbers[bisect_right(self._page_starts, at) - 1] if at >= 0 else None


def plain(text: str) -> str:
    """Return text with one kind of space, hyphen and quote, and no invisible characters; line ends are kept."""
    text = unicodedata.normalize("NFKC", text).translate(_PLAIN)
    return re.sub(r"[^\S\n]+", " ", text)


def _beginning(parsed: ParsedDocument) -> Iterator[tuple[Page, str]]:
    left = BODY_CHARACTERS
    for page in parsed.pages:
        yield page, page.text[:left]
        left -= len(page.text)
        if left <= 0:
            return


def _cover_lines(pages: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the commission's cover, which may stand behind a letter, or else of the first pages."""
    commission = (
        index
        for index, text in enumerate(pages[:PAGES_BEFORE_COVER])
        if _COMMISSION.search(text) and _REGISTRANT.search(text)
    )
    first = next(commission, 0)
    text = "\n".join(pages[first : first + COVER_PAGES])[:COVER_CHARACTERS]
    return (line for raw in text.splitlines() if (line := _join_letters(raw).strip()))


def _join_letters(line: str) -> str:
    """Join letter-spaced words ("F O R M"), which some covers are set in."""
    return _LETTER_SPACED.sub(lambda match: match[0].replace(" ", ""), line)


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text).casefold()
