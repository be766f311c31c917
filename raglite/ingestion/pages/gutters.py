"""The gutter between two columns of a page: white that runs down beside lines which know nothing of each other.

The columns of a table are parted by white as well, and must never be cut apart. A gutter is one only if what stands
right of it begins flush left with words, and each side is prose, or a table with labels of its own, or stands on its
own beside prose. Where all that begins on one side begins beside the other, the two are the cells of rows.
"""

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from raglite.ingestion.pages.lines import TEXT_GAP, Line, Run, lines
from raglite.ingestion.pages.sides import FEWEST_BESIDE, FEWEST_WORDS, INDENT, Side, begins, is_mark

FLUSH = 1.5  # points by which the beginnings of a column's lines differ
MOST_ABOVE = 3  # lines of a table's title
NEARER = 0.3  # line heights by which it stands nearer to the table than to what is before it
GAP = 1.0  # line heights between a heading and what is below it
FAR = 3.0  # line heights between the body of a page and its running header or footer
LARGER = 1.15  # times the height of the body: a title, no running header
MOST_RUNNING = 2  # lines of these
ALIGNED = 0.3  # line heights between the upper edges of what begins left and right in one row
FEWEST_BEGUN = 2  # beginnings below the first, to tell by
MOST_BESIDE = 0.5  # of what begins on one side begins so beside the other, if the two are set apart


@dataclass(frozen=True)
class Band:
    """Lines [first, last) of a page with white left of `edge` in each of them."""

    edge: float
    first: int
    last: int


def gutter(found: Sequence[Line]) -> list[Band]:
    """Return where lines stand in two columns, from top to bottom: at one edge, that which parts the most lines."""
    best: list[Band] = []
    for edge in _edges(found):
        bands = [band for band in _bands(found, edge) if _is_split(found, band)]
        if _length(bands) > _length(best) and _parts(found, bands):
            best = bands
    return best


def split(band: Sequence[Line], edge: float) -> tuple[list[Line], list[Line]]:
    """Return the lines left and right of a gutter, each from its words alone."""
    words = [word for line in band for word in line.words]
    return lines(word for word in words if word.left < edge - FLUSH), lines(w for w in words if w.left >= edge - FLUSH)


def _edges(found: Sequence[Line]) -> Iterator[float]:
    """Yield where lines begin flush left, some of them with words, but for the leftmost of such places."""
    margin = min((line.left for line in found), default=0.0)
    lefts = Counter(round(run.left) for line in found for run in line.runs)
    words = Counter(round(run.left) for line in found for run in line.runs if begins(run))
    for left, item in _marks(found):
        lefts[left] += lefts[item]
        words[left] += words[item]
    for left, count in sorted(lefts.items()):
        is_most = count >= max(lefts[left - 1], lefts[left + 1])
        if left > margin + FLUSH and is_most and words[left] >= FEWEST_BESIDE:
            yield left - 0.5


def _marks(found: Sequence[Line]) -> set[tuple[int, int]]:
    """Return where the marks of lists stand, and where the items beside them begin."""
    return {
        (round(mark.left), round(item.left))
        for line in found
        for mark, item in pairwise(line.runs)
        if is_mark(mark) and item.left - mark.right < INDENT * line.height
    }


def _bands(found: Sequence[Line], edge: float) -> Iterator[Band]:
    """Yield the runs of lines that no word crosses the white in, and no row of a table."""
    across = _rows_across(found, edge)
    first, last = _body(found)
    for at, line in enumerate(found[first:last], first):
        if at in across or _crosses(line, edge):
            if at > first:
                yield _lowered(found, Band(edge, first, at))
            first = at + 1
    if last > first:
        yield _lowered(found, Band(edge, first, last))


def _lowered(found: Sequence[Line], band: Band) -> Band:
    """Return the band without what stands above its right column, down to a gap: it is read first in any case."""
    first = band.first
    for at in range(band.first, band.last - 1):
        if _runs(found[at], band.edge)[1]:
            break
        if found[at + 1].top - found[at].bottom > GAP * found[at + 1].height:
            first = at + 1
    return Band(band.edge, first, band.last)


def _body(found: Sequence[Line]) -> tuple[int, int]:
    """Return the lines [first, last) that are left without a running header and a footer, small and far from all."""
    height = statistics.median(line.height for line in found)
    far = [below.top - above.bottom > FAR * height for above, below in pairwise(found)]
    first = max((at + 1 for at in range(min(MOST_RUNNING, len(far))) if far[at]), default=0)
    last = next((at + 1 for at in range(max(first, len(far) - MOST_RUNNING), len(far)) if far[at]), len(found))
    is_title = any(line.height > LARGER * height for line in found[:first])
    return 0 if is_title else first, last


def _crosses(line: Line, edge: float) -> bool:
    return any(word.left < edge - FLUSH and word.right > edge - TEXT_GAP * word.height for word in line.words)


def _rows_across(found: Sequence[Line], edge: float) -> set[int]:
    """Return which lines are a table's that goes over both columns: its figures right of the edge, its labels left."""
    across: set[int] = set()
    held: list[int] = []
    for at, line in enumerate([*found, None]):
        right = _runs(line, edge)[1] if line else []
        if line and right and not _is_flush(right[0], edge, line.height):
            held.append(at)
        elif right or line is None:
            rows = [row for row in held if _is_across(found[row], edge)]
            if len(rows) >= FEWEST_BESIDE:
                across.update(range(_caption(found, held[0], edge), rows[-1] + 1))
            held = []
    return across


def _is_flush(run: Run, edge: float, height: float) -> bool:
    indent = INDENT * height if len(run.words) >= FEWEST_WORDS else 2 * FLUSH
    return begins(run) and run.left - edge < indent


def _is_across(line: Line, edge: float) -> bool:
    left, right = _runs(line, edge)
    return bool(left) and right[0].is_figure


def _caption(found: Sequence[Line], first: int, edge: float) -> int:
    """Return where the lines begin that stand above a table's first row, closer to it than to what is before them."""
    for at in range(first - 1, max(0, first - 1 - MOST_ABOVE), -1):
        above, line, below = found[at - 1 : at + 2]
        if _runs(line, edge)[1]:
            break
        if line.top - above.bottom > below.top - line.bottom + NEARER * line.height:
            return at
    return first


def _runs(line: Line, edge: float) -> tuple[list[Run], list[Run]]:
    return [run for run in line.runs if run.left < edge - FLUSH], [run for run in line.runs if run.left >= edge - FLUSH]


def _is_split(found: Sequence[Line], band: Band) -> bool:
    """Tell whether enough lines of a band stand beside one another, whatever they are."""
    sides = split(found[band.first : band.last], band.edge)
    if min(map(len, sides)) < FEWEST_BESIDE:
        return False
    top, bottom = max(side[0].top for side in sides), min(side[-1].bottom for side in sides)
    return all(sum(1 for line in side if line.bottom > top and line.top < bottom) >= FEWEST_BESIDE for side in sides)


def _parts(found: Sequence[Line], bands: Sequence[Band]) -> bool:
    """Tell whether both sides of a gutter are columns by themselves and no cells of the same rows."""
    sides = [split(found[band.first : band.last], band.edge) for band in bands]
    left = Side(tuple(line for one, _ in sides for line in one), -1)
    right = Side(tuple(line for _, other in sides for line in other), 0)
    if left.is_prose and right.is_prose:
        return True
    one, other = sorted((left, right), key=lambda side: (side.is_prose, len(side.starts)), reverse=True)
    firsts = [line for pair in sides for line in (pair[0][0], pair[1][0])]  # these stand side by side in any case
    starts, begun, every = (
        [line for line in some if line not in firsts] for some in (one.starts, other.starts, other.lines)
    )
    if one.is_own and other.is_own:
        return _beside(begun, starts) <= max(1, MOST_BESIDE * len(begun))
    apart = all(_beside(some, starts) <= MOST_BESIDE * len(some) for some in (begun, every))
    return one.is_prose and other.stands_alone and min(len(starts), len(begun)) >= FEWEST_BEGUN and apart


def _beside(some: Sequence[Line], others: Sequence[Line]) -> int:
    """Count the lines that begin at the height of one of the others."""
    return sum(1 for line in some if any(abs(line.top - one.top) < ALIGNED * line.height for one in others))


def _length(bands: Sequence[Band]) -> int:
    return sum(band.last - band.first for band in bands)
