"""Ratios as dots with whiskers, and what each arm took round by round, in SVG that takes its colours from the page."""

import statistics
from collections.abc import Iterator, Mapping, Sequence

from raglite.page.markup import Markup, Part, tag
from scripts.dashboards.scale import ticks
from tests.load.bench.ratios import LEAST, Bound, Ratio, written
from tests.load.crowds.plot import Axis

WIDTH, EDGE = 460.0, 26.0  # pixels
WHISKER, RUG, FLOOR, HEIGHT = 15.0, 32.0, 40.0, 58.0  # pixels from the top
LONG, TALL, GAP = 780.0, 44.0, 6.0  # pixels of a strip, and between its ends and the first and last dot
LEAST_SPREAD = 1.25  # a strip shows at least a quarter to each side of the median
MOST = 0.9  # of the pairs and rounds decide how far an axis reaches: a neighbour's burst would squash all others


def dot_and_whisker(ratio: Ratio, bounds: Sequence[Bound]) -> Markup:
    """Return a ratio's median, its interval, every pair as a fine line below, and what is forbidden shaded."""
    axis = Axis(_marks(ratio, bounds))
    enough = len(ratio.pairs) >= LEAST
    low, median, high = (_across(axis, value) for value in (ratio.low, ratio.median, ratio.high))
    body = (
        [_forbidden(axis, bound) for bound in bounds],
        [_mark(axis, value) for value in axis.marks],
        _even(axis),
        [_pair(axis, pair) for pair in ratio.pairs],
        tag("path", d=f"M{low:.1f} {WHISKER:g}H{high:.1f}", class_="whisker" if enough else "whisker few"),
        [_line(end, WHISKER - 4, WHISKER + 4, "whisker") for end in (low, high)],
        tag("circle", tag("title", ratio.told), cx=f"{median:.1f}", cy=f"{WHISKER:g}", r="4.5", class_="dot"),
    )
    return _drawing(body, WIDTH, HEIGHT, f"{ratio.name}: {ratio.told}")


def strip(name: str, seconds: Sequence[float], spread: float) -> Markup:
    """Return one arm's rounds from left to right, each over the arm's median, which is the line in the middle."""
    middle = statistics.median(seconds) or 1.0
    axis = Axis([1 / spread, spread], logarithmic=True)
    dots = [_round(axis, number, one, middle, len(seconds)) for number, one in enumerate(seconds)]
    centre = tag("path", d=f"M0 {TALL / 2:g}H{LONG:g}", class_="grid")
    return _drawing((centre, dots), LONG, TALL, f"{name}, round by round", "strip")


def spread_of(series: Mapping[str, Sequence[float]]) -> float:
    """Return how far the strips of one benchmark reach to both sides of their medians, as a factor."""
    far = sorted(factor for seconds in series.values() for factor in _factors(seconds))
    return max(LEAST_SPREAD, 1.1 * far[int(MOST * (len(far) - 1))]) if far else LEAST_SPREAD


def lasting(seconds: float) -> str:
    """Return a time in the unit that suits it."""
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "\u00b5s")):
        if seconds >= size:
            return f"{written(float(f'{seconds / size:.3g}'))} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _marks(ratio: Ratio, bounds: Sequence[Bound]) -> list[float]:
    """Return an axis that holds the interval, the bounds and most pairs; a pair beyond it stands at its end."""
    ordered, outside = sorted(ratio.pairs), int((1 - MOST) * len(ratio.pairs))
    most = ordered[outside], ordered[-1 - outside]
    limits = [value for bound in bounds for value in (bound.at_most, bound.at_least) if value is not None]
    shown = [ratio.low, ratio.high, *most, *limits]
    return ticks(min(shown), max(shown), marks=5)


def _across(axis: Axis, value: float) -> float:
    return EDGE + (WIDTH - 2 * EDGE) * axis.share(value)


def _pair(axis: Axis, pair: float) -> Markup:
    beyond = not axis.marks[0] <= pair <= axis.marks[-1]
    return _line(_across(axis, pair), RUG - 4, RUG + 4, "beyond" if beyond else "pair")


def _forbidden(axis: Axis, bound: Bound) -> Iterator[Part]:
    if bound.at_most is not None:
        yield _shade(_across(axis, bound.at_most), WIDTH)
        yield _line(_across(axis, bound.at_most), 0, FLOOR, "bound")
    if bound.at_least is not None:
        yield _shade(0, _across(axis, bound.at_least))
        yield _line(_across(axis, bound.at_least), 0, FLOOR, "bound")


def _shade(begin: float, end: float) -> Markup:
    return tag("rect", x=f"{begin:.1f}", y="0", width=f"{end - begin:.1f}", height=f"{FLOOR:g}", class_="forbidden")


def _mark(axis: Axis, value: float) -> Iterator[Part]:
    x = _across(axis, value)
    yield _line(x, FLOOR, FLOOR + 4, "grid")
    yield tag("text", written(value), x=f"{x:.1f}", y=f"{FLOOR + 16:g}", text_anchor="middle")


def _even(axis: Axis) -> Markup | None:
    """Return the line at which both take as long."""
    inside = axis.marks[0] <= 1 <= axis.marks[-1]
    return _line(_across(axis, 1), 0, FLOOR, "even") if inside else None


def _line(x: float, top: float, bottom: float, class_: str) -> Markup:
    return tag("path", d=f"M{x:.1f} {top:g}V{bottom:g}", class_=class_)


def _round(axis: Axis, number: int, seconds: float, middle: float, count: int) -> Markup:
    factor = seconds / middle
    beyond = not axis.marks[0] <= factor <= axis.marks[-1]
    x = LONG * (number + 0.5) / count
    y = TALL - GAP - (TALL - 2 * GAP) * axis.share(factor)
    told = tag("title", f"round {number + 1}: {lasting(seconds)}")
    return tag("circle", told, cx=f"{x:.1f}", cy=f"{y:.1f}", r="2.6", class_="beyond" if beyond else "turn")


def _factors(seconds: Sequence[float]) -> Iterator[float]:
    middle = statistics.median(seconds) if seconds else 0.0
    yield from (max(one / middle, middle / one) for one in seconds if one > 0 and middle > 0)


def _drawing(body: Part, width: float, height: float, title: str, class_: str = "plot") -> Markup:
    return tag("svg", body, viewBox=f"0 0 {width:g} {height:g}", role="img", aria_label=title, class_=class_)
