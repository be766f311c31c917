"""A widget's series as a drawing, in SVG that takes its colours from the page."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from raglite.page.markup import Markup, Part, tag
from scripts.dashboards.body import Widget
from scripts.dashboards.cloudwatch import Point, Series, Span
from scripts.dashboards.plane import LEFT, TOP, Plane, axes, in_reach
from scripts.dashboards.scale import clock, moments, written

LIMIT = "#d13212"  # a threshold that says no colour of its own
COLOURS = 10  # the page's style has so many
DASHES = ("", "7 4", "2 3", "9 3 2 3", "5 2", "1 3", "12 4", "4 4", "8 2 2 2 2 2", "3 1")
MARKS = (
    "M-3.2 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0 -6.4 0",
    "M-3 -3h6v6h-6z",
    "M0 -4l4 7h-8z",
    "M0 -4.2l4.2 4.2l-4.2 4.2l-4.2 -4.2z",
    "M0 4l4 -7h-8z",
    "M-4 0h8M0 -4v8",
    "M-3 -3l6 6M-3 3l6 -6",
    "M-3.6 -1.6h7.2v3.2h-7.2z",
    "M-1.6 -3.6h3.2v7.2h-3.2z",
    "M-4 0h8",
)
MOST_MARKS = 80  # points of a line that are marked one by one; more would hide the line


def chart(widget: Widget, series: Sequence[Series], span: Span, size: tuple[float, float]) -> Markup:
    """Return the drawing of a time series widget; `size` is in pixels."""
    stacked = widget.properties.get("stacked", False)
    shown = _stacked(series) if stacked else list(series)
    lines = [line | {"yAxis": line.get("yAxis", "left")} for line in widget.lines if line.get("visible", True)]
    near = [line for line in lines if in_reach(line["value"], line["yAxis"], shown)]
    far = sorted((line for line in lines if line not in near), key=lambda line: -line["value"])
    heights = {
        side: max((line["value"] for line in near if line["yAxis"] == side), default=0.0) for side in ("left", "right")
    }
    plane = Plane(*size, span, axes(shown, widget.properties, heights))
    body: list[Part] = [_grid(plane), _times(plane)]
    body += [_area(plane, shown, number) for number in range(len(shown))] if stacked else []
    body += [_line(plane, one, number, marked=not stacked) for number, one in enumerate(shown)]
    body += [_threshold(plane, line) for line in near]
    body += _beyond(far)
    return tag("svg", body, viewBox=f"0 0 {size[0]:g} {size[1]:g}", role="img", aria_label=widget.title)


def sample(number: int) -> Markup:
    """Return the piece of line and the mark that stand before a series' name in the legend."""
    path = tag("path", d="M1 6h26", stroke_dasharray=DASHES[number % len(DASHES)], class_="line")
    mark = tag("path", d=MARKS[number % len(MARKS)], transform="translate(14 6)", class_="mark")
    return tag("svg", tag("g", path, mark, class_=f"s{number % COLOURS}"), viewBox="0 0 28 12", class_="sample")


def _stacked(series: Sequence[Series]) -> list[Series]:
    """Return the series each lifted by the sum of those before it; a point that is missing counts nothing."""
    times = sorted({moment for one in series for moment, _ in one.points})
    floor = dict.fromkeys(times, 0.0)
    found = []
    for one in series:
        given = dict(one.points)
        floor = {moment: floor[moment] + given.get(moment, 0.0) for moment in times}
        found.append(Series(one.row, tuple(floor.items()) if one.points else ()))
    return found


def _grid(plane: Plane) -> Iterator[Part]:
    for side, axis in plane.axes.items():
        x, anchor = (LEFT - 8, "end") if side == "left" else (plane.right + 8, "start")
        for value in axis.marks:
            y = plane.y(value, side)
            if side == "left":
                yield _rule("grid", LEFT, y, plane.right, y)
            yield _text(written(value), x, y + 4, anchor)
        turned = 13.0 if side == "left" else plane.width - 5
        middle = (TOP + plane.bottom) / 2
        yield tag(
            "text",
            axis.label,
            transform=f"translate({turned:g} {middle:g}) rotate(-90)",
            text_anchor="middle",
            class_="label",
        )


def _times(plane: Plane) -> Iterator[Part]:
    begin, end = plane.span
    for moment in moments(begin, end, max(2, int(plane.width / 90))):
        x = plane.x(moment)
        yield _rule("grid", x, plane.bottom, x, plane.bottom + 4)
        yield _text(clock(moment, end - begin), x, plane.bottom + 17, "middle")


def _line(plane: Plane, one: Series, number: int, *, marked: bool) -> Markup:
    """Return a series' line, broken where points are missing as CloudWatch does, perhaps with its points marked."""
    runs = list(_runs(one.points, timedelta(seconds=1.5 * one.row.period)))
    drawn = [
        tag("path", d=_path(plane, run, one.row.side), stroke_dasharray=DASHES[number % len(DASHES)], class_="line")
        for run in runs
    ]
    single = [run[0] for run in runs if len(run) == 1]
    points = one.points if marked and len(one.points) <= MOST_MARKS else single
    drawn += [_mark(plane, one, point, number) for point in points]
    return tag("g", drawn, class_=f"s{number % COLOURS}")


def _runs(points: Sequence[Point], gap: timedelta) -> Iterator[list[Point]]:
    run: list[Point] = []
    for point in points:
        if run and point[0] - run[-1][0] > gap:
            yield run
            run = []
        run.append(point)
    if run:
        yield run


def _path(plane: Plane, run: Sequence[Point], side: str) -> str:
    return "M" + "L".join(f"{plane.x(moment):.1f} {plane.y(value, side):.1f}" for moment, value in run)


def _mark(plane: Plane, one: Series, point: Point, number: int) -> Markup:
    moment, value = point
    place = f"translate({plane.x(moment):.1f} {plane.y(value, one.row.side):.1f})"
    told = tag("title", f"{one.row.label} {moment:%d %b %H:%M} UTC: {written(value)}")
    return tag("path", told, d=MARKS[number % len(MARKS)], transform=place, class_="mark")


def _area(plane: Plane, series: Sequence[Series], number: int) -> Markup | None:
    upper = series[number].points
    below = [one.points for one in series[:number] if one.points]
    if not upper:
        return None
    lower = below[-1] if below else tuple((moment, 0.0) for moment, _ in upper)
    outline = _path(plane, [*upper, *reversed(lower)], "left") + "Z"
    return tag("path", d=outline, class_=f"area s{number % COLOURS}")


def _threshold(plane: Plane, line: dict[str, Any]) -> Markup:
    y = plane.y(line["value"], line["yAxis"])
    note = _text(f"{line['label']}: {written(line['value'])}", plane.right - 4, max(y - 4, TOP + 9), "end")
    return tag("g", _rule("threshold", LEFT, y, plane.right, y), note, style=f"color: {line.get('color', LIMIT)}")


def _beyond(lines: Sequence[dict[str, Any]]) -> Iterator[Markup]:
    """Yield notes on thresholds that lie far above everything that was measured."""
    for number, line in enumerate(lines):
        note = f"{line['label']}: {written(line['value'])} \u2191"
        yield _text(note, LEFT + 6, TOP + 10 + 13 * number, "start")


def _rule(name: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    return tag("path", d=f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}", class_=name)


def _text(text: str, x: float, y: float, anchor: str) -> Markup:
    return tag("text", text, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor)
