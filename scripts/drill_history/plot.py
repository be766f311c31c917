"""One scenario's times over the runs, in SVG that takes its colours from the page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from raglite.page.markup import Markup, Part, tag
from scripts.dashboards.plane import LEFT, Axis, Plane
from scripts.dashboards.scale import clock, moments, ticks, written

WIDTH, HEIGHT = 560.0, 190.0
LONELY = timedelta(days=1)  # around runs that are all at one time
MARKS = {"rto": "M-3.2 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0 -6.4 0", "rpo": "M-3 -3h6v6h-6z"}
DASHES = {"rto": "", "rpo": "6 4"}
RING = "M-7 0a7 7 0 1 0 14 0a7 7 0 1 0 -14 0"


@dataclass(frozen=True, slots=True)
class Shown:
    """One drill of one run: when, its RTO and RPO in seconds, whether something was wrong, and which run it was."""

    at: datetime
    rto: float
    rpo: float
    wrong: bool
    told: str


def plot(shown: Sequence[Shown], span: tuple[datetime, datetime], title: str) -> Markup:
    """Return the drawing; `span` is that of all runs, so that scenarios below each other compare."""
    begin, end = span
    margin = (end - begin) / 20 or LONELY
    highest = max(max(one.rto, one.rpo) for one in shown)
    axis = Axis(tuple(ticks(0, max(highest, 1))), "seconds")
    plane = Plane(WIDTH, HEIGHT, (begin - margin, end + margin), {"left": axis})
    body: list[Part] = [_grid(plane, axis), _times(plane)]
    body += [_series(plane, kind, [(one, getattr(one, kind)) for one in shown]) for kind in ("rto", "rpo")]
    body += [tag("path", d=RING, transform=_place(plane, one, one.rto), class_="wrong") for one in shown if one.wrong]
    return tag("svg", body, viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}", role="img", aria_label=title, class_="plot")


def sample(kind: str) -> Markup:
    """Return the piece of line and the mark that stand in the legend."""
    line = tag("path", d="M1 6h26", stroke_dasharray=DASHES[kind], class_="line")
    return tag("svg", line, tag("path", d=MARKS[kind], transform="translate(14 6)", class_="mark"), viewBox="0 0 28 12")


def _series(plane: Plane, kind: str, points: Sequence[tuple[Shown, float]]) -> Markup:
    way = "L".join(f"{plane.x(one.at):.1f} {plane.y(value):.1f}" for one, value in points)
    line = tag("path", d=f"M{way}", stroke_dasharray=DASHES[kind], class_="line")
    return tag("g", line, [_mark(plane, kind, one, value) for one, value in points], class_=kind)


def _mark(plane: Plane, kind: str, one: Shown, value: float) -> Markup:
    told = tag("title", f"{one.told}: {kind.upper()} {written(value)} s")
    return tag("path", told, d=MARKS[kind], transform=_place(plane, one, value), class_="mark")


def _place(plane: Plane, one: Shown, value: float) -> str:
    return f"translate({plane.x(one.at):.1f} {plane.y(value):.1f})"


def _grid(plane: Plane, axis: Axis) -> Iterator[Part]:
    for value in axis.marks:
        y = plane.y(value)
        yield tag("path", d=f"M{LEFT:g} {y:.1f}H{plane.right:.1f}", class_="grid")
        yield tag("text", f"{written(value)} s", x=f"{LEFT - 8:g}", y=f"{y + 4:.1f}", text_anchor="end")


def _times(plane: Plane) -> Iterator[Part]:
    begin, end = plane.span
    for moment in moments(begin, end, 5):
        x = f"{plane.x(moment):.1f}"
        yield tag("text", clock(moment, end - begin), x=x, y=f"{plane.bottom + 17:.1f}", text_anchor="middle")
