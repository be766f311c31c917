"""Reports as PDF: letter paper, Times, one declared page on one sheet, the same bytes each time."""

import re
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_RIGHT
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Frame, Paragraph, Table

from scripts.sample.markup import Block, Report, Row

WIDTH, HEIGHT = letter
MARGIN = inch
TEXT_WIDTH = WIDTH - 2 * MARGIN
UNNUMBERED = 2  # cover and contents bear no number, so that printed and physical numbers differ as in real filings
REGULAR, BOLD, SIZE = "Times-Roman", "Times-Bold", 11
PADDING = 8
FEWEST_SHADED = 4  # rows; shorter tables need no bands to be followed
RULE = HexColor("#000000")
SHADE = HexColor("#e6eef5")
_FIGURE = re.compile(r"-|[($]*\s?[\d.,]+%?\)?(?: .*)?")

_TEXT = ParagraphStyle("text", fontName=REGULAR, fontSize=SIZE, leading=14.5, spaceAfter=8, alignment=TA_JUSTIFY)
_BOLD = ParagraphStyle("bold", _TEXT, fontName=BOLD, keepWithNext=1)
_STYLES = {
    "text": _TEXT,
    "title": ParagraphStyle("title", _BOLD, fontSize=14, leading=18, alignment=TA_CENTER, spaceBefore=4),
    "item": ParagraphStyle("item", _BOLD, fontSize=12.5, leading=16, alignment=0, spaceBefore=6),
    "heading": ParagraphStyle("heading", _BOLD, alignment=0, spaceBefore=3, spaceAfter=4),
    "centred": ParagraphStyle("centred", _TEXT, alignment=TA_CENTER, spaceAfter=4),
    "bullet": ParagraphStyle("bullet", _TEXT, leftIndent=14, bulletIndent=3),
}
_CELL = ParagraphStyle("cell", fontName=REGULAR, fontSize=10, leading=12.5)
_VALUE = ParagraphStyle("value", _CELL, alignment=TA_RIGHT)


def typeset(report: Report) -> bytes:
    """Return the report as PDF; ValueError names a page that holds more than fits."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=letter, invariant=1, pageCompression=1)
    canvas.setTitle(report.footer)
    for number, page in enumerate(report.pages, 1):
        frame = Frame(MARGIN, MARGIN, TEXT_WIDTH, HEIGHT - 2 * MARGIN, 0, 0, 0, 0)
        left = [flowable(block) for block in page.blocks]
        frame.addFromList(left, canvas)
        if left:
            raise ValueError(f"Page {number} of {report.footer!r} is too full: {len(left)} blocks do not fit.")
        _draw_footer(canvas, report.footer, number)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def flowable(block: Block) -> Any:
    """Return a block as reportlab wants it."""
    if block.style == "table":
        return _table(block.rows)
    bullet = "\u2022" if block.style == "bullet" else None
    return Paragraph(escape(block.text), _STYLES[block.style], bulletText=bullet)


def _draw_footer(canvas: Any, footer: str, number: int) -> None:
    canvas.setFont(REGULAR, 8)
    canvas.line(MARGIN, 0.75 * inch, WIDTH - MARGIN, 0.75 * inch)
    canvas.drawString(MARGIN, 0.6 * inch, footer)
    if number > UNNUMBERED:
        canvas.drawRightString(WIDTH - MARGIN, 0.6 * inch, str(number - UNNUMBERED))


def _table(rows: list[Row]) -> Any:
    columns = max(len(row.cells) for row in rows)
    figures = [_is_of_figures(rows, place) for place in range(columns)]
    cells = [[_cell(row, place, figures[place]) for place in range(columns)] for row in rows]
    table = Table(cells, colWidths=_widths(rows, columns), spaceBefore=4, spaceAfter=10)
    table.setStyle(_style(rows))
    return table


def _style(rows: list[Row]) -> list[tuple[Any, ...]]:
    style: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ]
    for at, row in enumerate(rows):
        style += _ruled(row.marks, at)
        if len(rows) >= FEWEST_SHADED and at % 2 and not set(row.marks) & set("!#"):
            style.append(("BACKGROUND", (0, at), (-1, at), SHADE))
    return style


def _ruled(marks: str, at: int) -> list[tuple[Any, ...]]:
    if "!" in marks:
        return [("LINEBELOW", (0, at), (-1, at), 0.7, RULE)]
    if "=" not in marks:
        return []
    above = ("LINEABOVE", (1, at), (-1, at), 0.5, RULE)
    return [above, ("LINEBELOW", (1, at), (-1, at), 0.5, RULE, 1, None, None, 2, 1)] if "$" in marks else [above]


def _cell(row: Row, place: int, is_figure: bool) -> Any:
    text = escape(_shown(row, place))
    weight = f"<b>{text}</b>" if set(row.marks) & set("!#=") else text
    return Paragraph(weight, _VALUE if is_figure else _CELL)


def _is_of_figures(rows: list[Row], place: int) -> bool:
    texts = [_shown(row, place) for row in rows if "!" not in row.marks]
    return place > 0 and all(_FIGURE.fullmatch(text) for text in texts if text)


def _shown(row: Row, place: int) -> str:
    text = row.cells[place] if place < len(row.cells) else ""
    return f"$ {text}" if place and "$" in row.marks and text[:1] in set("0123456789(") and "%" not in text else text


def _widths(rows: list[Row], columns: int) -> list[float]:
    """Let columns be as wide as their cells; the widest one of words takes what is left, or gives what is missing."""
    natural = [
        max(stringWidth(_shown(row, place), BOLD, _CELL.fontSize) for row in rows) + PADDING for place in range(columns)
    ]
    gap = max(0.0, min(14.0, (TEXT_WIDTH - sum(natural)) / columns))
    widths = [width + gap for width in natural]
    widest = max((place for place in range(columns) if not _is_of_figures(rows, place)), key=lambda at: widths[at])
    widths[widest] += TEXT_WIDTH - sum(widths)
    return widths
