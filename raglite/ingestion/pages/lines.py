"""Words on a page into lines, and lines into runs: words that stand together, kept apart from the next column.

Pure geometry in points from the page's top left corner. A currency sign is joined to the number it belongs to, and so
are a closing bracket and a per cent sign, wherever the typesetter has put them.
"""

import re
import statistics
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from raglite.model import Box

TEXT_GAP = 0.95  # line heights between two runs of words; a space is a quarter, stretched by justification up to 0.7
VALUE_GAP = 0.75  # the same beside a number
STRETCHED = 0.7  # of that distance: where all spaces between words are as wide as this, justification stretched them
FEWEST_SPACES = 4  # to tell by
SIGN_APART = 0.12  # the same between a figure and a dollar sign, which never follows its figure
VALUES_GAP = 0.4  # the same between two numbers: columns of a dense table stand close
SIGN_GAP = 40.0  # line heights a currency sign may stand left of its number
TAIL_GAP = 3.0  # line heights a closing bracket or a per cent sign may stand right of its number
LEAST_OVERLAP = 0.5  # share of the lower height by which two words of one line overlap vertically
MOST_RAISED = 0.3  # of its height by which a word of a line may stand lower than the line's first
LEADER = "...."  # dots that lead from a label to its figures
WIDEST_LINE = 220  # characters of layout text: beyond it only order counts

_SIGN = re.compile(r"[($\u20ac\u00a3\u00a5]+|US\$|[A-Z]{0,2}\$\(?")
_TAIL = re.compile(r"[)%]+")
# 1.234,5 or 1'234.5 or 1 234,5 or 1,234.5
_DIGITS = r"\d{1,3}(?:[.'\u2019 \u00a0\u202f]\d{3})+(?:,\d+|\.\d{1,2})?|\d[\d,]*(?:\.\d+)?"
_MARK = r"(?:\s?\((?:\d|[a-z]{1,3})\)|\s?\*+|[\u2020\u2021])*"  # of a footnote
_VALUE = re.compile(
    rf"[($\u20ac\u00a3\u00a5US]*[-\u2013\u2212+]?\s?(?:{_DIGITS})"
    rf"(?:\s?(?:%|x|X|bps|bp|pts|pp|million|billion|bn|m|k))?\)?-?%?{_MARK}"
    r"|[($\u20ac\u00a3]*\.\d+\)?%?"
    r"|[$\u20ac\u00a3]?\s?[-\u2013\u2014\u2015\u2212]{1,3}\)?\s?%?|(?i:n\.?/?a\.?|n\.?/?m\.?|nil|\*\*?)"
)
_YEAR = re.compile(r"(?<![\d,.$])(?:19|20)\d\d(?![\d,])")
_YEAR_ALONE = re.compile(rf"(?:19|20)\d\d{_MARK}")
_RANGE = re.compile(r"\S*\d\S*\s?[-\u2013\u2014]\s?\S*\d\S*")


def is_value(text: str) -> bool:
    """Tell whether a text is a figure, or a dash or "N/A" in place of one."""
    return bool(_VALUE.fullmatch(text))


def is_year(text: str) -> bool:
    """Tell whether a text is a year and nothing else but the marks of footnotes."""
    return bool(_YEAR_ALONE.fullmatch(text))


def is_range(text: str) -> bool:
    """Tell whether a text is two figures with a dash between them."""
    return bool(_RANGE.fullmatch(text))


def is_sign(text: str) -> bool:
    """Tell whether a text is a currency sign or an opening bracket, which a figure follows."""
    return bool(_SIGN.fullmatch(text))


def is_tail(text: str) -> bool:
    """Tell whether a text is a closing bracket or a per cent sign, which a figure precedes."""
    return bool(_TAIL.fullmatch(text))


@dataclass(frozen=True, slots=True)
class Word:
    """One word as the page has it."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    bold: bool = False

    @property
    def height(self) -> float:
        """Return the height of the word's box."""
        return self.bottom - self.top


@dataclass(frozen=True)
class Run:
    """Words that stand together on a line. `core` is where its figure stands, without a sign far to the left."""

    words: tuple[Word, ...]

    @cached_property
    def text(self) -> str:
        """Return the words as people write them: no space after a currency sign or before a bracket."""
        words = self.words[::-1] if self._is_right_to_left() else self.words
        parts = [words[0].text]
        for last, word in pairwise(words):
            parts.append(word.text if _is_joined(last, word) else f" {word.text}")
        return "".join(parts)

    def _is_right_to_left(self) -> bool:
        letters = [unicodedata.bidirectional(word.text[0]) in {"R", "AL"} for word in self.words]
        return 2 * sum(letters) > len(letters)

    @property
    def left(self) -> float:
        """Return the left edge."""
        return self.words[0].left

    @cached_property
    def right(self) -> float:
        """Return the right edge."""
        return max(word.right for word in self.words)

    @cached_property
    def core(self) -> tuple[float, float]:
        """Return left and right of the part that is not a currency sign."""
        first = next((word for word in self.words if not is_sign(word.text)), self.words[0])
        return first.left, self.right

    @cached_property
    def is_value(self) -> bool:
        """Tell whether the run is a figure, or a dash or "N/A" in place of one."""
        return is_value(self.text)

    @cached_property
    def is_figure(self) -> bool:
        """Tell whether the run is a value with digits in it that is no year."""
        return self.is_value and not self.is_year and any(letter.isdigit() for letter in self.text)

    @cached_property
    def is_year(self) -> bool:
        """Tell whether the run is a year and nothing else."""
        return is_year(self.text)

    @cached_property
    def names_year(self) -> bool:
        """Tell whether the run has a year in it: `2022`, `December 31, 2022`, `FY 2022`."""
        return bool(_YEAR.search(self.text))

    @cached_property
    def figures(self) -> int:
        """Count the figures in the run: more than one where columns stand too close to be told apart."""
        if self.is_value:
            return 1
        words = [word.text for word in self.words if not is_sign(word.text)]
        return len(words) if all(is_value(word) for word in words) else 0


@dataclass(frozen=True)
class Line:
    """What stands side by side on a page, as runs from left to right."""

    runs: tuple[Run, ...]
    words: tuple[Word, ...] = field(repr=False)

    @cached_property
    def top(self) -> float:
        """Return the upper edge."""
        return min(word.top for word in self.words)

    @cached_property
    def bottom(self) -> float:
        """Return the lower edge."""
        return max(word.bottom for word in self.words)

    @property
    def left(self) -> float:
        """Return the left edge."""
        return self.runs[0].left

    @property
    def right(self) -> float:
        """Return the right edge."""
        return self.runs[-1].right

    @cached_property
    def height(self) -> float:
        """Return the height of the tallest word: boxes may fit their glyphs, and a dash's is flat."""
        return _height(self.words)

    @cached_property
    def text(self) -> str:
        """Return the runs two spaces apart."""
        return "  ".join(run.text for run in self.runs)

    @cached_property
    def is_bold(self) -> bool:
        """Tell whether every word is bold."""
        return all(word.bold for word in self.words)


def around(words: Iterable[Word | Box]) -> Box:
    """Return the rectangle around words or boxes; there must be one at least."""
    every = list(words)
    return Box(
        left=round(min(word.left for word in every), 1),
        top=round(min(word.top for word in every), 1),
        right=round(max(word.right for word in every), 1),
        bottom=round(max(word.bottom for word in every), 1),
    )


def lines(words: Iterable[Word]) -> list[Line]:
    """Return words as lines from top to bottom. Raised and lowered marks belong to the line they overlap."""
    rows: list[list[Word]] = []
    tallest: Word | None = None
    for word in sorted((word for word in words if word.text.strip()), key=lambda word: word.top + word.bottom):
        if tallest is None or not _is_beside(word, tallest) or _is_below(word, rows[-1]):
            rows.append([])
            tallest = word
        rows[-1].append(word)
        tallest = max(tallest, word, key=lambda one: one.height)
    return [_line(row) for row in rows]


def layout(found: Sequence[Line]) -> str:
    """Return lines as text, each run about where it is printed and two spaces at least after the one before."""
    if not found:
        return ""
    widths = [(word.right - word.left) / len(word.text) for line in found for word in line.words]
    character = max(statistics.median(widths), 0.1)
    margin = min(line.left for line in found)
    return "\n".join(_laid_out(line, margin, character) for line in found)


def _laid_out(line: Line, margin: float, character: float) -> str:
    text = ""
    for run in line.runs:
        column = min(round((run.left - margin) / character), WIDEST_LINE)
        text = text.ljust(max(column, len(text) + 2 if text else 0)) + run.text
    return text


def _is_beside(word: Word, other: Word) -> bool:
    return _overlap(word, other) >= LEAST_OVERLAP * min(word.height, other.height)


def _is_below(word: Word, row: Sequence[Word]) -> bool:
    """Tell whether a word stands below one of a row: of lines that are set one half below the other, in two columns."""
    if word.top - row[0].top < MOST_RAISED * word.height:
        return False
    return any(
        min(word.right, other.right) - max(word.left, other.left) > LEAST_OVERLAP * (word.right - word.left)
        and not _is_beside(word, other)
        for other in row
    )


def _overlap(one: Word, other: Word) -> float:
    return min(one.bottom, other.bottom) - max(one.top, other.top)


def _line(row: list[Word]) -> Line:
    row.sort(key=lambda word: word.left)
    height, stretched = _height(row), _is_stretched(row)
    groups: list[list[Word]] = []
    for word in row:
        if groups and not _is_apart(groups[-1][-1], word, height, TEXT_GAP if stretched else VALUE_GAP):
            groups[-1].append(word)
        else:
            groups.append([word])
    return Line(tuple(Run(tuple(group)) for group in groups), tuple(row))


def _height(words: Sequence[Word]) -> float:
    return max(1.0, *(word.height for word in words))


def _is_stretched(row: Sequence[Word]) -> bool:
    """Tell whether a line is justified prose: all its words stand about as far apart as a figure from its label."""
    gaps = [word.left - last.right for last, word in pairwise(row) if not (is_value(last.text) or is_value(word.text))]
    return len(gaps) >= FEWEST_SPACES and min(gaps) > STRETCHED * VALUE_GAP * _height(row)


def _is_apart(last: Word, word: Word, height: float, value_gap: float) -> bool:
    gap = (word.left - last.right) / height
    if last.text.endswith(LEADER) or (last.text == "." and word.text != "."):
        return True
    if _is_joined(last, word):
        return gap > (SIGN_GAP if is_sign(last.text) else TAIL_GAP)
    values = [is_value(one.text) for one in (last, word)]
    if word.text.endswith("$") and last.text[-1] in "0123456789)%-\u2013\u2014":
        return gap > SIGN_APART
    return gap > (VALUES_GAP if all(values) else value_gap if any(values) else TEXT_GAP)


def _is_joined(last: Word, word: Word) -> bool:
    """Tell whether two neighbours are one figure: a sign and its number, or a number and its bracket."""
    if is_sign(last.text):
        return word.text[0].isdigit() or word.text[0] in "(-.\u2013\u2014$"
    return is_tail(word.text) and not is_year(last.text) and last.text[-1] in "0123456789-\u2013\u2014)"
