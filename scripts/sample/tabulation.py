"""A table's rows as reportlab wants them: columns of figures, spanning heads, rules, bands and leaders."""

import re
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Paragraph, Table

from scripts.sample.markup import Row
from scripts.sample.themes import BLACK, THEMES, Theme, styles

PADDING = 8
WIDEST_GAP = 14.0
FEWEST_SHADED = 4  # rows; shorter tables need no bands to be followed
SIGN = 15.0  # points: a column that holds a currency sign only
SIGN_GAP = 8.0  # of which empty, so that a sign stands nearer to its own figure
JOINED = "<"  # a cell that belongs to the one on its left
_FIGURE = re.compile(r"-|n/m|\u2014|[($\u20ac\u00a3 ]*[\d.,]+%?\)?(?: .*)?")


@dataclass(frozen=True)
class _Sheet:
    """A table's rows in a theme, and which of its columns hold figures."""

    rows: list[Row]
    theme: str
    figures: list[bool]

    @property
    def look(self) -> Theme:
        return THEMES[self.theme]

    def is_apart(self, place: int) -> bool:
        """Tell whether a column is two on paper, one for the currency sign."""
        return self.look.signs_apart and self.figures[place] and any("$" in row.marks for row in self.rows)

    def first(self, place: int) -> int:
        """Return the column on paper at which a column begins."""
        return place + sum(self.is_apart(earlier) for earlier in range(place))


def table(rows: list[Row], theme: str = "filing") -> Any:
    """Return the rows as a table that is as wide as the page's text."""
    columns = max(len(row.cells) for row in rows)
    sheet = _Sheet(rows, theme, [_is_of_figures(rows, place) for place in range(columns)])
    widths = _widths(sheet)
    cells = [_cells(sheet, row, widths) for row in rows]
    made = Table(cells, colWidths=widths, spaceBefore=4, spaceAfter=10)
    made.setStyle(_style(sheet))
    return made


def _cells(sheet: _Sheet, row: Row, widths: list[float]) -> list[Any]:
    cells: list[Any] = []
    labels = max(place for place, is_figure in enumerate(sheet.figures) if not is_figure)
    for place in range(len(sheet.figures)):
        text = _shown(row, place)
        if not sheet.is_apart(place):
            cells.append(_cell(sheet, row, place, _led(sheet, row, text, widths[place]) if place == labels else text))
        elif "!" in row.marks:
            cells += [_cell(sheet, row, place, text), ""]
        else:
            sign, _, amount = text.rpartition(" ") if text.startswith("$ ") else ("", "", text)
            cells += [_cell(sheet, row, 0, sign), _cell(sheet, row, place, amount)]
    return cells


def _cell(sheet: _Sheet, row: Row, place: int, shown: str) -> Any:
    if shown == JOINED:
        return ""
    text = "<br/>".join(escape(line.strip()) for line in shown.split("//"))
    kind = "cell"
    if place and sheet.figures[place]:
        kind = "over" if "!" in row.marks and (_reach(row, place) > 1 or sheet.look.signs_apart) else "value"
    return Paragraph(f"<b>{text}</b>" if set(row.marks) & set("!#=") else text, styles(sheet.theme)[kind])


def _led(sheet: _Sheet, row: Row, text: str, width: float) -> str:
    """Return a label with dots up to its column's end, where the theme has leaders."""
    look = sheet.look
    if not look.leaders or set(row.marks) & set("!#") or not any(sheet.figures):
        return text
    font = look.bold if "=" in row.marks else look.regular
    room = width - PADDING - stringWidth(text, font, look.cell_size)
    return text + " ." * max(0, int(room / stringWidth(" .", font, look.cell_size)))


def _style(sheet: _Sheet) -> list[tuple[Any, ...]]:
    style: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ]
    signs = [sheet.first(place) for place in range(len(sheet.figures)) if sheet.is_apart(place)]
    style += [("LEFTPADDING", (column, 0), (column, -1), SIGN_GAP) for column in signs]
    style += [("RIGHTPADDING", (column, 0), (column, -1), 0) for column in signs]
    for at, row in enumerate(sheet.rows):
        style += _ruled(sheet, row, at)
        if _is_banded(sheet, row, at):
            style.append(("BACKGROUND", (0, at), (-1, at), sheet.look.shade))
    return style


def _is_banded(sheet: _Sheet, row: Row, at: int) -> bool:
    banded = sheet.look.shade is not None and len(sheet.rows) >= FEWEST_SHADED
    return banded and bool(at % 2) and not set(row.marks) & set("!#")


def _ruled(sheet: _Sheet, row: Row, at: int) -> list[tuple[Any, ...]]:
    if "!" in row.marks:
        return _ruled_head(sheet, row, at)
    if "=" not in row.marks:
        return []
    above = ("LINEABOVE", (1, at), (-1, at), 0.5, BLACK)
    return [above, ("LINEBELOW", (1, at), (-1, at), 0.5, BLACK, 1, None, None, 2, 1)] if "$" in row.marks else [above]


def _ruled_head(sheet: _Sheet, row: Row, at: int) -> list[tuple[Any, ...]]:
    """Rule a head below: all of it, or each group of columns that it spans."""
    groups = [(place, _reach(row, place)) for place in range(len(row.cells)) if row.cells[place] != JOINED]
    spans, lines = [], []
    for place, reach in groups:
        from_, to = sheet.first(place), sheet.first(place + reach) - 1
        if to > from_:
            spans.append(("SPAN", (from_, at), (to, at)))
        if row.cells[place] and place:
            lines.append(("LINEBELOW", (from_, at), (to, at), 0.7, BLACK))
    is_spanning = JOINED in row.cells
    return [*spans, *(lines if is_spanning else [("LINEBELOW", (0, at), (-1, at), 0.7, BLACK)])]


def _reach(row: Row, place: int) -> int:
    """Return how many columns a cell takes."""
    after = row.cells[place + 1 :]
    return 1 + next((at for at, cell in enumerate(after) if cell != JOINED), len(after))


def _is_of_figures(rows: list[Row], place: int) -> bool:
    texts = [_shown(row, place) for row in rows if "!" not in row.marks]
    return place > 0 and all(_FIGURE.fullmatch(text) for text in texts if text)


def _shown(row: Row, place: int) -> str:
    text = row.cells[place] if place < len(row.cells) else ""
    return f"$ {text}" if place and "$" in row.marks and text[:1] in set("0123456789(") and "%" not in text else text


def _widths(sheet: _Sheet) -> list[float]:
    """Let columns be as wide as their cells; the widest one of words takes what is left, or gives what is missing."""
    places = range(len(sheet.figures))
    natural = [_natural(sheet, place) for place in places]
    gap = max(0.0, min(WIDEST_GAP, (sheet.look.width - sum(natural)) / len(natural)))
    widths = [width + gap for width in natural]
    widest = max((place for place in places if not sheet.figures[place]), key=lambda at: widths[at])
    widths[widest] += sheet.look.width - sum(widths)
    return [part for place in places for part in _parted(widths[place], is_apart=sheet.is_apart(place))]


def _natural(sheet: _Sheet, place: int) -> float:
    shown = [_shown(row, place) for row in sheet.rows if len(row.cells) <= place or _reach(row, place) == 1]
    lines = [line.strip() for text in shown for line in text.split("//")]
    return PADDING + max(float(stringWidth(line, sheet.look.bold, sheet.look.cell_size)) for line in lines or [""])


def _parted(width: float, *, is_apart: bool) -> list[float]:
    return [SIGN, width - SIGN] if is_apart else [width]
