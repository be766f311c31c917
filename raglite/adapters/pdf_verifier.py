"""A second reader of numbers: pdfium reads the box of every cell that has one, knowing nothing but the box.

A cell is verified if the same characters stand there; spaces, leader dots and the many forms of dashes and quotes do
not count. Both readers must see the page upright: on a page that is turned nothing is verified.
"""

import re
import unicodedata
from collections.abc import Iterator

import pypdfium2

from raglite.model import Box, Cell, Page, Table

_FIGURE = re.compile(r"\d|^[\W_]+$")  # a dash is a figure too: nil
_LEADERS = re.compile(r"\.{2,}|(?:\. ){2,}|_{2,}")
_BREAK = re.compile(r"[\s\u00ad\u200b\ufffe\uffff]+")  # with what pdfium writes for a hyphen at a line's end
_ALIKE = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\x02", "-") | {"\u2019": "'"})
# The parts of a box's height, from its top and its bottom, that are left out: neighbouring lines may reach into it,
# and pdfium gives every character that touches the box. The whole box, then its middle.
_INSETS = ((0.0, 0.0), (0.3, 0.15), (0.4, 0.35))


def verified(page: Page, source: pypdfium2.PdfPage) -> Page:
    """Return the page with `verified` set on every cell with a figure in whose box pdfium reads what the cell says."""
    if not page.tables or source.get_rotation():
        return page
    text = source.get_textpage()
    left, _, _, top = source.get_bbox()
    tables = tuple(_table(table, _Reader(text, left, top)) for table in page.tables)
    return page.model_copy(update={"tables": tables})


def same(cell: str, seen: str) -> bool:
    """Tell whether two readers read the same."""
    return _plain(cell) == _plain(seen)


class _Reader:
    """Reads boxes of one page. `left` and `top` are where its visible part begins in PDF's own coordinates."""

    def __init__(self, text: pypdfium2.PdfTextPage, left: float, top: float) -> None:
        self._text = text
        self._left = left
        self._top = top

    def readings(self, box: Box) -> Iterator[str]:
        """Yield what stands in the box, and in ever narrower parts of its height."""
        height = box.bottom - box.top
        for above, below in _INSETS:
            top, bottom = box.top + above * height, box.bottom - below * height
            yield str(
                self._text.get_text_bounded(
                    self._left + box.left, self._top - bottom, self._left + box.right, self._top - top
                )
            )


def _table(table: Table, reader: _Reader) -> Table:
    cells = tuple(_cell(cell, reader) for cell in table.cells)
    return table.model_copy(update={"cells": cells})


def _cell(cell: Cell, reader: _Reader) -> Cell:
    if cell.box is None or not _FIGURE.search(cell.text):
        return cell
    if any(same(cell.text, seen) for seen in reader.readings(cell.box)):
        return cell.model_copy(update={"verified": True})
    return cell


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).translate(_ALIKE)
    return _BREAK.sub("", _LEADERS.sub("", folded))
