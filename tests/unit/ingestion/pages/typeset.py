"""Random tables of financial statements as words, with what stands in each row and under which header."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from raglite.ingestion.pages.lines import Word
from tests.unit.ingestion.pages.typesetter import LABELS, amount, printed, width, wrapped

LEFT, RIGHT, TOP = 40.0, 560.0, 60.0
ENDS = ("December 31,", "June 30,", "31 December")
Span = tuple[str, int, int]  # a header's text, its first and its last column


@dataclass(frozen=True)
class Typeset:
    """A table; `rows` are label and figures, `periods` the words that each column's headers must have."""

    words: list[Word]
    rows: list[tuple[str, list[str]]]
    periods: list[set[str]]


def _headers(random: Random) -> tuple[list[list[Span]], list[set[str]]]:
    count, end = random.randint(2, 4), random.choice(ENDS)
    years = [str(2023 - at) for at in range(count)]
    each: list[Span] = [(year, at, at) for at, year in enumerate(years)]
    ways: list[list[list[Span]]] = [
        [each],
        [[(end, at, at) for at in range(count)], each],
        [[(f"{end} {year}", at, at) for year, at, _ in each]],
        [[(f"Years ended {end}", 0, count - 1)], each],
    ]
    if random.random() < 0.3:
        names = [f"{length} Months Ended {end}" for length in ("Three", "Nine")]
        twice: list[Span] = [(year, 2 * at + one, 2 * at + one) for at in (0, 1) for one, year in enumerate(years[:2])]
        over: list[Span] = [(name, 2 * at, 2 * at + 1) for at, name in enumerate(names)]
        return [over, twice], [{name, year} for name in names for year in years[:2]]
    return random.choice(ways), [{year} for year in years]


def typeset(seed: int) -> Typeset:
    """Set a table in a type, with headers and signs as statements have them."""
    random = Random(seed)  # noqa: S311  tables, not secrets
    size = random.choice([7.0, 8.0, 9.0])
    headers, periods = _headers(random)
    rows = [(label, [amount(random) for _ in periods]) for label in random.sample(LABELS, random.randint(4, 10))]
    widest = max(width(f"${text}", size) for _, figures in rows for text in figures)
    header = max(width(text, size) / (last - first + 1) for line in headers for text, first, last in line)
    table = _Table(random, size, max(widest, header) + 2.2 * size, len(periods))
    words = [*table.headers(headers), *table.body(rows)]
    return Typeset(words, rows, periods)


class _Table:
    def __init__(self, random: Random, size: float, cell: float, count: int) -> None:
        self.size, self.cell, self.left = size, cell, RIGHT - count * cell
        self.is_signed, self.alignment = random.random() < 0.5, random.choice(["centre", "right"])
        self.leading, self.at = size * random.choice([1.3, 1.5, 1.9]), TOP
        self.room = min(self.left - LEFT, random.choice([150.0, 220.0, 400.0])) - 8

    def headers(self, lines: Sequence[Sequence[Span]]) -> list[Word]:
        words: list[Word] = []
        for line in lines:
            for text, first, last in line:
                left, right = self.left + first * self.cell, self.left + (last + 1) * self.cell
                centred = first < last or self.alignment == "centre"
                room = right - left - width(text, self.size)
                start = left + room / 2 if centred else left + room - 0.5 * self.size
                words += printed(text, (start, self.at), self.size, bold=True)
            self.at += self.leading
        return words

    def body(self, rows: Sequence[tuple[str, Sequence[str]]]) -> list[Word]:
        words: list[Word] = []
        for label, figures in rows:
            lines = wrapped(label.split(), self.room, self.size)
            for text in lines:
                words += printed(text, (LEFT, self.at), self.size)
                self.at += 1.2 * self.size * (text is not lines[-1])
            for at, text in enumerate(figures):
                right = self.left + (at + 1) * self.cell - 0.5 * self.size
                hangs = width(")", self.size) * text.endswith(")")
                words += printed(text, (right + hangs - width(text, self.size), self.at), self.size)
                if self.is_signed and (label, figures) == rows[0]:
                    words += printed("$", (self.left + at * self.cell + 0.5 * self.size, self.at), self.size)
            self.at += self.leading
        return words
