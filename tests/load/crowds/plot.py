"""Latencies and counts of a run, in SVG that takes its colours from the page. Latencies stand on logarithmic axes."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from raglite.page.markup import Markup, Part, tag
from scripts.dashboards.scale import lasting, ticks, written
from tests.load.crowds.measured import Window

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 1040.0, 300.0, 62.0, 22.0, 12.0, 26.0  # pixels
LOW = 24.0  # pixels that a mark of failures is high
SHARES = (0, 50, 90, 95, 99, 99.9, 99.99)  # percentiles that the axis names
DASHES = {"due": "", "service": "6 4", "median": "1 4"}
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Axis:
    """From values to shares of a length; a logarithmic one begins above 0."""

    marks: Sequence[float]
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """Return how far along a value lies, between 0 and 1."""
        low, high, at = map(self._scaled, (self.marks[0], self.marks[-1], max(value, self.marks[0])))
        return min((at - low) / (high - low), 1.0)

    def _scaled(self, value: float) -> float:
        return math.log10(value) if self.logarithmic else value


@dataclass(frozen=True)
class Plane:
    """Both axes of one drawing."""

    across: Axis
    up: Axis

    def x(self, value: float) -> float:
        """Return how far from the left a value lies."""
        return LEFT + (WIDTH - LEFT - RIGHT) * self.across.share(value)

    def y(self, value: float) -> float:
        """Return how far from the top a value lies."""
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * self.up.share(value)

    def line(self, points: Points, kind: str) -> Markup | None:
        """Return a line through points; one alone is a dot."""
        way = "L".join(f"{self.x(x):.1f} {self.y(y):.1f}" for x, y in points)
        return tag("path", d=f"M{way}h0", stroke_dasharray=DASHES[kind], class_=f"line {kind}") if way else None


def over_time(windows: Sequence[Window], bounds: Mapping[str, float]) -> Markup:
    """Return the latencies of the questions by when they were due, with what is promised, and where any failed."""
    highest = [one.from_due_ms["p95"] for one in windows if one.from_due_ms]
    lowest = [one.service_ms["p95"] for one in windows if one.service_ms]
    plane = Plane(_time(windows), _decades([*highest, *lowest]))
    lines = [_latencies(plane, run) for run in _runs(windows)]
    failed = [_failed(plane, one) for one in windows if one.failed]
    body = (_grid(plane), _seconds(plane), failed, lines, _bounds(plane, bounds))
    return _drawing("Latency over time", body)


def distribution(due: Sequence[float], service: Sequence[float], bounds: Mapping[str, float]) -> Markup:
    """Return which share of the answers took at most how long, the slowest given the more room the fewer they are."""
    shown = [share for share in SHARES if share <= 50 or len(due) * (1 - share / 100) >= 1]
    end = _nines(max(90, shown[-1]))
    plane = Plane(Axis([0.0, end]), _decades([*due, *service]))
    lines = [plane.line(_shares(values, end), kind) for kind, values in (("service", service), ("due", due))]
    marks = [_below(plane, _nines(share), f"{share:g} %") for share in shown]
    return _drawing("Distribution of latencies", (_grid(plane), marks, lines, _bounds(plane, bounds)))


def counts(windows: Sequence[Window]) -> Markup:
    """Return how many questions a second were due, and how many of them failed."""
    highest = max(one.asked / one.seconds for one in windows)
    plane = Plane(_time(windows), Axis(ticks(0, max(highest, 1))))
    bars = [_bar(plane, one, one.asked, "asked") for one in windows]
    bars += [_bar(plane, one, one.failed, "wrong") for one in windows if one.failed]
    return _drawing("Questions a second", (_grid(plane, "", ""), _seconds(plane), bars))


def sample(kind: str) -> Markup:
    """Return the piece of line that stands in the legend."""
    return tag(
        "svg", tag("path", d="M1 6h26", stroke_dasharray=DASHES[kind], class_=f"line {kind}"), viewBox="0 0 28 12"
    )


def _runs(windows: Sequence[Window]) -> Iterator[list[Window]]:
    """Yield stretches in which questions were answered: no line leads across an outage."""
    for out, run in groupby((one for one in windows if one.asked), lambda one: one.failed == one.asked):
        if not out:
            yield list(run)


def _latencies(plane: Plane, run: Sequence[Window]) -> Iterator[Part]:
    middles = [one.begin + one.seconds / 2 for one in run]
    for kind, values in (
        ("service", [one.service_ms["p95"] for one in run]),
        ("median", [one.from_due_ms["p50"] for one in run]),
        ("due", [one.from_due_ms["p95"] for one in run]),
    ):
        yield plane.line(list(zip(middles, values, strict=True)), kind)


def _drawing(title: str, body: Part) -> Markup:
    return tag("svg", body, viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}", role="img", aria_label=title, class_="plot")


def _time(windows: Sequence[Window]) -> Axis:
    return Axis([0.0, windows[-1].begin + windows[-1].seconds])


def _decades(values: Iterable[float]) -> Axis:
    """Return an axis of milliseconds: at least 10 ms to 100 s, so that drawings of different runs compare."""
    known = [10.0, 100_000.0, *(max(value, 1.0) for value in values)]
    low, high = math.floor(math.log10(min(known))), math.ceil(math.log10(max(known)))
    return Axis([10.0**power for power in range(low, high + 1)], logarithmic=True)


def _nines(share: float) -> float:
    return -math.log10(1 - share / 100)


def _shares(values: Sequence[float], end: float) -> Points:
    """Return at most a few hundred points of a distribution, all of its tail as far as it is shown among them."""
    ordered = sorted(values)
    count = len(ordered)
    kept = sorted({*range(0, count, max(1, count // 300)), *range(max(0, count - 100), count)})
    points = [(-math.log10(1 - at / count), ordered[at]) for at in kept]
    return [point for point in points if point[0] <= end + 1e-9]


def _grid(plane: Plane, below: str = "ms", above: str = "s") -> Iterator[Part]:
    for value in plane.up.marks:
        y = plane.y(value)
        named = f"{written(value / 1000)} {above}" if above and value >= 1000 else f"{written(value)} {below}"
        yield tag("path", d=f"M{LEFT:g} {y:.1f}H{WIDTH - RIGHT:g}", class_="grid")
        yield tag("text", named, x=f"{LEFT - 8:g}", y=f"{y + 4:.1f}", text_anchor="end")


def _seconds(plane: Plane) -> Iterator[Part]:
    end = plane.across.marks[-1]
    step = next((one for one in (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800) if end / one <= 12), 3600)
    for number in range(int(end / step) + 1):
        yield _below(plane, number * step, lasting(number * step) if number else "0")


def _below(plane: Plane, at: float, text: str) -> Markup:
    return tag("text", text, x=f"{plane.x(at):.1f}", y=f"{HEIGHT - BOTTOM + 17:.1f}", text_anchor="middle")


def _bounds(plane: Plane, bounds: Mapping[str, float]) -> Iterator[Part]:
    for name, value in bounds.items():
        y = plane.y(value)
        yield tag("path", d=f"M{LEFT:g} {y:.1f}H{WIDTH - RIGHT:g}", class_="bound")
        yield tag("text", f"{name}: {written(value / 1000)} s", x=f"{LEFT + 6:g}", y=f"{y - 4:.1f}", class_="bound")


def _failed(plane: Plane, one: Window) -> Markup:
    told = tag("title", f"{one.failed} of {one.asked} failed")
    x, width, y = plane.x(one.begin), plane.x(one.begin + one.seconds) - plane.x(one.begin), HEIGHT - BOTTOM - LOW
    return tag("rect", told, x=f"{x:.1f}", y=f"{y:g}", width=f"{width:.1f}", height=f"{LOW:g}", class_="wrong")


def _bar(plane: Plane, one: Window, count: int, kind: str) -> Markup:
    told = tag("title", f"{count} in {one.seconds:g} s: {kind}")
    x, width, y = (
        plane.x(one.begin),
        plane.x(one.begin + one.seconds) - plane.x(one.begin),
        plane.y(count / one.seconds),
    )
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{width:.1f}", "height": f"{HEIGHT - BOTTOM - y:.1f}"}
    return tag("rect", told, class_=kind, **place)
