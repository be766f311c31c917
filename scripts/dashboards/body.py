"""A dashboard's body, as CloudWatch keeps it, in types.

Its fields: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

PERIOD = 300  # seconds: CloudWatch's default
UNITS = {"M": "minutes", "H": "hours", "D": "days", "W": "weeks"}


@dataclass(frozen=True)
class Row:
    """One entry of a widget's `metrics`: a metric, or an expression over its siblings."""

    id: str
    label: str
    stat: str
    period: int  # seconds
    metric: tuple[str, ...] = ()  # namespace, name, then dimensions' names and values in turn
    expression: str = ""
    side: str = "left"
    visible: bool = True

    @property
    def query(self) -> dict[str, Any]:
        """The row as an entry of GetMetricData's MetricDataQueries."""
        query: dict[str, Any] = {"Id": self.id, "Label": self.label, "ReturnData": self.visible}
        if self.expression:
            return query | {"Expression": self.expression}
        namespace, name, *pairs = self.metric
        dimensions = [{"Name": key, "Value": value} for key, value in zip(pairs[::2], pairs[1::2], strict=True)]
        metric = {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}
        return query | {"MetricStat": {"Metric": metric, "Period": self.period, "Stat": self.stat}}


@dataclass(frozen=True)
class Widget:
    """A rectangle on the grid of 24 columns."""

    kind: str
    place: tuple[int, int, int, int]  # x, y, width, height
    properties: dict[str, Any] = field(repr=False)

    @property
    def title(self) -> str:
        """What stands above it."""
        return str(self.properties.get("title", ""))

    @property
    def period(self) -> int:
        """The seconds that one point of its series stands for, unless a row says otherwise."""
        return int(self.properties.get("period", PERIOD))

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Its horizontal annotations."""
        return list(self.properties.get("annotations", {}).get("horizontal", []))

    def rows(self, period: int | None = None) -> list[Row]:
        """Return its series in order, with another period than its own if one is given."""
        return [self._row(number, row, period or self.period) for number, row in enumerate(self.properties["metrics"])]

    def _row(self, number: int, row: list[Any], period: int) -> Row:
        drawn: dict[str, Any] = row[-1] if isinstance(row[-1], dict) else {}
        names = tuple(part for part in row if isinstance(part, str))
        return Row(
            id=drawn.get("id", f"row{number}"),
            label=drawn.get("label", " ".join(names[1:2])),
            stat=drawn.get("stat", self.properties.get("stat", "Average")),
            period=drawn.get("period", period),
            metric=names,
            expression=drawn.get("expression", ""),
            side=drawn.get("yAxis", "left"),
            visible=drawn.get("visible", True),
        )


@dataclass(frozen=True)
class Dashboard:
    """A name, how far it looks back, and its widgets."""

    name: str
    reach: timedelta
    widgets: tuple[Widget, ...]

    @classmethod
    def read(cls, name: str, body: str) -> "Dashboard":
        """Return the dashboard that a body describes."""
        content = json.loads(body)
        widgets = tuple(
            Widget(one["type"], (one["x"], one["y"], one["width"], one["height"]), one["properties"])
            for one in content["widgets"]
        )
        return cls(name, reach(content["start"]), widgets)


def reach(start: str) -> timedelta:
    """Return how far back a relative start such as -PT3H or -P7D lies."""
    found = re.fullmatch(r"-P(T?)(\d+)([MHDW])", start)
    if found is None or (found[3] == "M" and not found[1]):
        message = f"{start!r} is no start such as -PT30M, -PT3H, -P7D or -P4W: write one into the dashboard's file."
        raise ValueError(message)
    return timedelta(**{UNITS[found[3]]: int(found[2])})
