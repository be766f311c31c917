"""Reports as PDF: one declared page on one sheet, the same bytes each time."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.units import inch
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Frame, Paragraph

from scripts.sample.markup import Block, Report
from scripts.sample.tabulation import table
from scripts.sample.themes import BLACK, THEMES, Theme, styles

GUTTER = 18  # points between two columns
FURNITURE = 8  # points: the type of running headers and footers


def typeset(report: Report) -> bytes:
    """Return the report as PDF; ValueError names a page that holds more than fits."""
    theme = THEMES[report.theme]
    out = BytesIO()
    canvas = Canvas(out, pagesize=theme.paper, invariant=1, pageCompression=1)
    canvas.setTitle(report.footer)
    for number, page in enumerate(report.pages, 1):
        left = _set(canvas, page.blocks, report.theme)
        if left:
            raise ValueError(f"Page {number} of {report.footer!r} is too full: {left} blocks do not fit.")
        _draw_furniture(canvas, theme, report, number)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def flowable(block: Block, theme: str = "filing") -> Any:
    """Return a block as reportlab wants it."""
    if block.style == "table":
        return table(block.rows, theme)
    bullet = "\u2022" if block.style == "bullet" else None
    return Paragraph(escape(block.text), styles(theme)[block.style], bulletText=bullet)


def _set(canvas: Any, blocks: list[Block], name: str) -> int:
    """Set a page's blocks, those after a `columns` block side by side, and return how many did not fit."""
    theme = THEMES[name]
    kinds = [block.style for block in blocks]
    whole = kinds.index("columns") if "columns" in kinds else len(blocks)
    wide = [flowable(block, name) for block in blocks[:whole]]
    frame = Frame(theme.margin, theme.margin, theme.width, theme.height, 0, 0, 0, 0)
    frame.addFromList(wide, canvas)
    narrow = [flowable(block, name) for block in blocks[whole + 1 :]]
    return len(wide) + sum(_in_columns(canvas, theme, narrow, frame._y - theme.margin)) if narrow else len(wide)  # noqa: SLF001  where it ended


def _in_columns(canvas: Any, theme: Theme, flowables: list[Any], height: float) -> Iterator[int]:
    """Set flowables in two columns as even as paragraphs allow, and yield how many of each did not fit."""
    width = (theme.width - GUTTER) / 2
    sizes = [piece.wrap(width, height)[1] + piece.getSpaceAfter() for piece in flowables]
    breaks = [at for at in range(1, len(sizes) + 1) if not flowables[at - 1].getKeepWithNext()]
    half = min(breaks, key=lambda at: abs(sum(sizes[:at]) - sum(sizes[at:])))
    for pieces, left in ((flowables[:half], theme.margin), (flowables[half:], theme.margin + width + GUTTER)):
        Frame(left, theme.margin, width, height, 0, 0, 0, 0).addFromList(pieces, canvas)
        yield len(pieces)


def _draw_furniture(canvas: Any, theme: Theme, report: Report, number: int) -> None:
    """Draw the running header and footer. The cover has no header, and the first sheets no number."""
    width, height = theme.paper
    left, right = theme.margin, width - theme.margin
    canvas.setFont(theme.regular, FURNITURE)
    canvas.setStrokeColor(theme.accent)
    canvas.line(left, 0.75 * theme.margin, right, 0.75 * theme.margin)
    canvas.drawString(left, 0.6 * theme.margin, report.footer)
    if number > theme.unnumbered:
        canvas.drawRightString(right, 0.6 * theme.margin, str(number - theme.unnumbered))
    if report.header and number > 1:
        canvas.drawString(left, height - 0.6 * theme.margin, report.header)
    if number == 1 and theme.accent != BLACK:
        canvas.setFillColor(theme.accent)
        canvas.rect(0, height - 0.4 * inch, width, 0.4 * inch, stroke=0, fill=1)
        canvas.setFillColor(BLACK)
