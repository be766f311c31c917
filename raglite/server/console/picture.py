"""Pictures of pages with what is meant on them, as SVG: the browser draws the marks, nobody changes the picture."""

import re
from collections.abc import Sequence
from urllib.parse import urlencode

from raglite.errors import InvalidRequest
from raglite.model import Box, MarkedPage
from raglite.page.markup import Markup, tag
from raglite.retrieval.marks import around
from raglite.server.console import IMAGE, PAGE

AROUND = 40  # points above and below what is meant: some three lines
TALLEST = 330  # points of a page that a part of it shows
MOST_MARKS = 60
_MARK = re.compile(r"-?\d{1,5}(?:,-?\d{1,5}){3}")


def part(marked: MarkedPage, label: str) -> Markup:
    """Return the strip of a page that holds what is meant, or most of it, as wide as the page; else the page's top."""
    if not marked.marks:
        return _svg(marked, label, 0, min(TALLEST, marked.height))
    shown = max((_below(marked.marks, first.top) for first in marked.marks), key=len)
    box = around(shown)
    top = max(0.0, box.top - AROUND)
    height = min(marked.height - top, box.bottom + AROUND - top, TALLEST)
    return _svg(marked, label, top, max(height, AROUND))


def whole(marked: MarkedPage, label: str) -> Markup:
    """Return the whole page."""
    return _svg(marked, label, 0, marked.height)


def address(marked: MarkedPage) -> str:
    """Return where the console shows the page, with its marks."""
    written = ";".join(
        f"{round(box.left)},{round(box.top)},{round(box.right)},{round(box.bottom)}"
        for box in marked.marks[:MOST_MARKS]
    )
    return page_address(marked.key, marked.version_id, marked.page) + (f"&marks={written}" if written else "")


def page_address(key: str, version_id: str, number: int) -> str:
    """Return where the console shows a page."""
    return f"{PAGE}?" + urlencode({"document": key, "version_id": version_id, "page": number})


def marks_of(written: str) -> tuple[Box, ...]:
    """Return the marks that an address carries; InvalidRequest if they are none."""
    parts = written.split(";") if written else []
    if len(parts) > MOST_MARKS or not all(map(_MARK.fullmatch, parts)):
        raise InvalidRequest(f"marks: give up to {MOST_MARKS} boxes as left,top,right,bottom, with ; in between.")
    sides = [[float(side) for side in part.split(",")] for part in parts]
    return tuple(Box(left=one[0], top=one[1], right=one[2], bottom=one[3]) for one in sides)


def _below(marks: Sequence[Box], top: float) -> list[Box]:
    """Return the marks from `top` on that a strip can show; the first one may be too tall for it."""
    within = [one for one in marks if one.top >= top and one.bottom - top <= TALLEST - 2 * AROUND]
    return within or [one for one in marks if one.top == top]


def _svg(marked: MarkedPage, label: str, top: float, height: float) -> Markup:
    query = urlencode({"document": marked.key, "version_id": marked.version_id, "page": marked.page})
    image = tag(
        "image", href=f"{IMAGE}?{query}", width=f"{marked.width:g}", height=f"{marked.height:g}", class_="paper"
    )
    boxes = [
        tag(
            "rect",
            x=f"{box.left - 2:g}",
            y=f"{box.top - 2:g}",
            width=f"{max(0.0, box.right - box.left) + 4:g}",
            height=f"{max(0.0, box.bottom - box.top) + 4:g}",
            rx="2",
            class_="mark",
        )
        for box in marked.marks
    ]
    view = f"0 {top:g} {marked.width:g} {height:g}"
    return tag("svg", tag("title", label), image, boxes, viewBox=view, role="img", class_="page")
