"""The order in which the lines of a page are read: columns one after the other, each from top to bottom.

What stands above two columns is read before both, what stands below them after; a column may have columns itself. Of
two pages that face each other on one sheet, all of the left one is read first.
"""

from collections.abc import Iterable

from raglite.ingestion.pages.gutters import gutter, split
from raglite.ingestion.pages.lines import Line, Word, lines
from raglite.ingestion.pages.sides import Side

LANDSCAPE = 1.2  # width of a sheet with two pages, in heights
FOLD = 0.02  # of its width that is white left and right of the fold


def in_reading_order(words: Iterable[Word], size: tuple[float, float]) -> list[list[Line]]:
    """Return the lines of a page of `size` (width, height in points) as groups that are laid out each for itself."""
    return [column for page in _facing(lines(words), size) for column in _columns(page)]


def _facing(found: list[Line], size: tuple[float, float]) -> list[list[Line]]:
    """Return the lines of each of two facing pages, or all if there is one page only."""
    width, height = size
    middle, white = width / 2, FOLD * width
    words = [word for line in found for word in line.words]
    is_crossed = any(word.left < middle + white and word.right > middle - white for word in words)
    if not 0 < LANDSCAPE * height < width or is_crossed:
        return [found]
    left, right = split(found, middle)
    return [left, right] if _is_page(left, -1) and _is_page(right, 0) else [found]


def _is_page(half: list[Line], nearest: int) -> bool:
    return bool(half) and (Side(tuple(half), nearest).is_own or bool(gutter(half)))


def _columns(found: list[Line]) -> list[list[Line]]:
    bands = gutter(found)
    if not bands:
        return [found] if found else []
    ordered: list[list[Line]] = []
    done = 0
    for band in bands:
        ordered += _columns(found[done : band.first])
        for side in split(found[band.first : band.last], band.edge):
            ordered += _columns(side)
        done = band.last
    return ordered + _columns(found[done:])
