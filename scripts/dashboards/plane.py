"""From times and values to places on a drawing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scripts.dashboards.cloudwatch import Series, Span
from scripts.dashboards.scale import ticks

LEFT, RIGHT, TOP, BOTTOM = 62.0, 12.0, 10.0, 24.0  # pixels around the plane
RIGHT_AXIS = 58.0
REACH = 4.0  # a threshold more than so many times above everything that was measured is told of, not drawn to scale


@dataclass(frozen=True)
class Axis:
    """One side's marks and what they count."""

    marks: tuple[float, ...]
    label: str

    def share(self, value: float) -> float:
        """Return where a value lies: 0 at the bottom, 1 at the top."""
        low, high = self.marks[0], self.marks[-1]
        return min(max((value - low) / (high - low), 0.0), 1.0)


@dataclass(frozen=True)
class Plane:
    """A rectangle of so many pixels whose width is a span of time."""

    width: float
    height: float
    span: Span
    axes: Mapping[str, Axis]

    @property
    def right(self) -> float:
        """The plane's right edge."""
        return self.width - (RIGHT_AXIS if "right" in self.axes else RIGHT)

    @property
    def bottom(self) -> float:
        """The plane's lower edge."""
        return self.height - BOTTOM

    def x(self, moment: datetime) -> float:
        """Return how far from the left a time lies."""
        begin, end = self.span
        return LEFT + (self.right - LEFT) * ((moment - begin) / (end - begin))

    def y(self, value: float, side: str = "left") -> float:
        """Return how far from the top a value lies."""
        return self.bottom - (self.bottom - TOP) * self.axes[side].share(value)


def axes(series: Iterable[Series], properties: Mapping[str, Any], heights: Mapping[str, float]) -> dict[str, Axis]:
    """Return the axes that a widget's series need.

    Args:
        series: What is drawn.
        properties: The widget's; its `yAxis` may say where an axis begins and ends, and what it counts.
        heights: By side, the highest value that must have room.
    """
    drawn = list(series)
    found = {}
    for side in ("left", "right"):
        asked: Mapping[str, Any] = properties.get("yAxis", {}).get(side, {})
        values = [value for one in drawn if one.row.side == side for _, value in one.points]
        if side == "left" or any(one.row.side == side for one in drawn):
            low = asked.get("min", min([*values, 0.0]))
            high = asked.get("max", max([*values, heights.get(side, 0.0)], default=1.0))
            found[side] = Axis(
                tuple(ticks(low, max(high, low + 1e-9) if high > low else low + 1)), asked.get("label", "")
            )
    return found


def in_reach(value: float, side: str, series: Iterable[Series]) -> bool:
    """Whether a threshold is near enough to what was measured to be drawn to scale."""
    highest = max((v for one in series if one.row.side == side for _, v in one.points), default=0.0)
    return value <= REACH * highest or highest == 0
