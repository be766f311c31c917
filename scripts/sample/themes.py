"""How reports look: typefaces, paper, colours, and how tables are ruled."""

from dataclasses import dataclass, replace
from functools import cache

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4, letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch

BLACK = HexColor("#000000")
PALE = HexColor("#e6eef5")


@dataclass(frozen=True)
class Theme:
    """One look. `signs_apart`: a currency sign stands at the left of its column; `leaders`: dots after row labels."""

    regular: str = "Times-Roman"
    bold: str = "Times-Bold"
    size: float = 11
    cell_size: float = 10
    paper: tuple[float, float] = letter
    margin: float = inch
    accent: Color = BLACK
    shade: Color | None = PALE
    signs_apart: bool = False
    leaders: bool = False
    unnumbered: int = 2  # cover and contents bear no number, so printed and physical numbers differ as in real filings

    @property
    def width(self) -> float:
        """The text's width, in points."""
        return self.paper[0] - 2 * self.margin

    @property
    def height(self) -> float:
        """The text's height, in points."""
        return self.paper[1] - 2 * self.margin


_SANS = Theme(regular="Helvetica", bold="Helvetica-Bold")
THEMES = {
    "filing": Theme(),
    "register": Theme(size=10, cell_size=9.5, margin=0.9 * inch),
    "printer": Theme(size=10, cell_size=9, margin=0.85 * inch, shade=None, signs_apart=True, leaders=True),
    "office": replace(_SANS, size=9.5, cell_size=8.5, margin=0.9 * inch, signs_apart=True),
    "release": replace(_SANS, size=10, cell_size=8.5, margin=0.9 * inch, shade=None, signs_apart=True, unnumbered=1),
    "european": replace(
        _SANS, size=9.5, cell_size=9, paper=A4, margin=0.8 * inch, accent=HexColor("#27496d"), shade=None
    ),
    "glossy": replace(
        _SANS,
        size=10,
        cell_size=9,
        paper=A4,
        margin=0.75 * inch,
        accent=HexColor("#0b6e69"),
        shade=HexColor("#e8f3f1"),
        unnumbered=1,
    ),
}


@cache
def styles(name: str) -> dict[str, ParagraphStyle]:
    """Return a theme's paragraph styles by the names that blocks use."""
    theme = THEMES[name]
    text = ParagraphStyle(
        "text",
        fontName=theme.regular,
        fontSize=theme.size,
        leading=1.32 * theme.size,
        spaceAfter=0.73 * theme.size,
        alignment=TA_JUSTIFY,
    )
    bold = ParagraphStyle("bold", text, fontName=theme.bold, keepWithNext=1, textColor=theme.accent)
    cell = ParagraphStyle("cell", fontName=theme.regular, fontSize=theme.cell_size, leading=1.25 * theme.cell_size)
    return {
        "text": text,
        "title": ParagraphStyle("title", bold, fontSize=14, leading=18, alignment=TA_CENTER, spaceBefore=4),
        "item": ParagraphStyle("item", bold, fontSize=12.5, leading=16, alignment=TA_LEFT, spaceBefore=6),
        "heading": ParagraphStyle("heading", bold, alignment=TA_LEFT, spaceBefore=3, spaceAfter=4),
        "centred": ParagraphStyle("centred", text, alignment=TA_CENTER, spaceAfter=4),
        "bullet": ParagraphStyle("bullet", text, leftIndent=14, bulletIndent=3),
        "cell": cell,
        "value": ParagraphStyle("value", cell, alignment=TA_RIGHT),
        "over": ParagraphStyle("over", cell, alignment=TA_CENTER),
    }
