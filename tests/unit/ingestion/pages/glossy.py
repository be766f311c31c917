"""Random pages of glossy reports as words, with the order they are to be read in and the rows of their tables."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from raglite.ingestion.pages.lines import Word
from tests.unit.ingestion.pages.typesetter import LABELS, amount, printed, width, wrapped

A4 = (595.0, 842.0)
MARGIN, TOP, BOTTOM = 40.0, 60.0, 780.0
PROSE = """Revenue increased by 5 per cent to 1,234 million (2022: 1,175 million), driven by higher volumes in the north
and by price increases that took effect in April. Operating profit rose to 210 million, which is 17.0 per cent of sales.
The Group continued to invest in its brands and in the capacity of its plants in Leeds, Lille and Porto. Cash generated
from operations was strong, and net debt fell to 1.4 times EBITDA at 31 December 2023. The Board recommends a dividend
of 12.5 pence per share, to be paid on 9 June 2024 to shareholders on the register on 5 May 2024. Demand for paper was
weaker in the first half, but it recovered when customers had reduced their stocks. We expect input costs to remain
volatile, and have hedged about 80 per cent of our energy needs for the coming year. Goodwill is tested for impairment
at least once a year, and whenever there is an indication that it may be impaired. Safety remains our first priority:
the rate of incidents fell by 12% to 0.31. Pay of the Executive Directors is set out on pages 84 to 99.""".split()


@dataclass
class Column:
    """A column that is filled from top to bottom; `order` is what it says, `rows` are label, figures and years."""

    random: Random
    left: float
    width: float
    size: float
    leading: float
    at: float = TOP
    words: list[Word] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    rows: list[tuple[str, list[str], list[str]]] = field(default_factory=list)

    def line(self, text: str, *, bold: bool = False, indent: float = 0, to: float = 0) -> None:
        self.words += printed(text, (self.left + indent, self.at), self.size, bold=bold, to=to)
        self.order.append(text)
        self.at += self.leading

    def prose(self, end: float, *, bullets: float = 0) -> "Column":
        justified, gap = self.random.random() < 0.4, self.random.choice([0, 0.4, 1]) * self.leading
        while self.at + self.leading < end:
            if self.random.random() < 0.1:
                self.line(self.random.choice(["Outlook", "Our markets", "Financial review"]), bold=True)
            start, indent = self.random.randrange(len(PROSE)), 12 * (self.random.random() < bullets)
            texts = [PROSE[(start + at) % len(PROSE)] for at in range(self.random.randint(18, 70))]
            found = wrapped([texts[0].capitalize(), *texts[1:]], self.width - indent, self.size)
            if indent and self.at + self.leading < end:
                self.words += printed("\u2022", (self.left, self.at), self.size)
                self.order.append("\u2022")
            for text in found[: max(0, int((end - self.at) / self.leading))]:
                self.line(text, indent=indent, to=self.left + self.width if justified and text != found[-1] else 0)
            self.at += gap
        return self

    def table(self, count: int, columns: int = 2) -> "Column":
        size, pitch = 0.95 * self.size, self.size * self.random.choice([1.3, 1.5, 1.8])
        years = [str(2023 - at) for at in range(columns)]
        self._row(years, size, bold=True)
        self.order.append(" ".join(years))
        self.at += pitch
        for label in self.random.sample(LABELS, count):
            figures = [amount(self.random) for _ in years]
            lines = wrapped(label.split(), self.width - columns * self._cell(size) - 8, size)
            for text in lines:
                self.words += printed(text, (self.left, self.at), size)
                self.at += 1.2 * size * (text is not lines[-1])
            self._row(figures, size)
            self.order.append(" ".join([label, *figures]))
            self.rows.append((label, figures, years))
            self.at += pitch
        self.at += self.size
        return self

    def _cell(self, size: float) -> float:
        return width("(9,999,999)", size) + 6

    def _row(self, texts: list[str], size: float, *, bold: bool = False) -> None:
        for at, text in enumerate(reversed(texts)):
            right = self.left + self.width - at * self._cell(size)
            self.words += printed(text, (right - width(text, size), self.at), size, bold=bold)


@dataclass(frozen=True)
class GlossyPage:
    words: list[Word]
    size: tuple[float, float]
    order: str
    rows: list[tuple[str, list[str], list[str]]]


Kind = Callable[["Setter"], list[Column]]


@dataclass(frozen=True)
class Setter:
    """What is the same on a page: the type, the distance of lines, the gutter; `sheets` 2 is a spread."""

    random: Random
    size: float
    leading: float
    gutter: float

    def columns(self, count: int, top: float = TOP, sheet: int = 0) -> list[Column]:
        room = A4[0] - 2 * MARGIN
        each = (room - (count - 1) * self.gutter) / count
        return [self.column(sheet * A4[0] + MARGIN + at * (each + self.gutter), each, top) for at in range(count)]

    def column(self, left: float, room: float, top: float = TOP) -> Column:
        return Column(self.random, left, room, self.size, self.leading, top)

    def heading(self, top: float, sheet: int = 0) -> Column:
        column = self.columns(1, top, sheet)[0]
        column.size *= 1.5
        column.line("A year of progress in markets that were difficult for our industry", bold=True)
        return column


def glossy_page(kind: Kind, seed: int, *, sheets: int = 1) -> GlossyPage:
    """Set a page; the columns that `kind` returns are to be read in their order."""
    random = Random(seed)  # noqa: S311  pages, not secrets
    size = random.choice([7, 8, 9])
    columns = kind(Setter(random, size, size * random.choice([1.25, 1.4, 1.5]), size * random.choice([1.6, 2.2, 3])))
    return GlossyPage(
        words=[word for column in columns for word in column.words],
        size=(sheets * A4[0], A4[1]),
        order=" ".join(text for column in columns for text in column.order),
        rows=[row for column in columns for row in column.rows],
    )
