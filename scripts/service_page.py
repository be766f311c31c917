"""What happened to the service and to whoever asked it, drawn beside a run's JSON.

`python -m scripts.service_page RUN.json`; the page needs nothing from the network.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scripts.dashboards.boards import Board, Drawn
from scripts.dashboards.body import Dashboard, Row, Widget
from scripts.dashboards.cloudwatch import CloudWatch, Point, Series, Span
from scripts.dashboards.page import page

STEP = 5  # seconds of one point of what is counted
SHARES = (50, 95)  # percentiles of the time that answers take
OK = 200
Run = Mapping[str, Any]


def board(run: Run) -> Board:
    """Return a run's drawings, one below the other.

    Args:
        run: `name`, `text` (Markdown), `questions` (moment in seconds since the epoch, seconds, HTTP status; 0 for
            none), `samples` of the service (`at`, then a count by name), `cpu` (moment, percent) and `target` percent.
    """
    at = [one["at"] for one in run["samples"]]
    span = (_moment(min(at)), _moment(max(at)))
    target = {"horizontal": [{"label": "target", "value": run["target"]}]} if run.get("target") else {}
    drawn = [
        _plot("Processor time of the tasks, in percent of their shares", span, [_cpu(run)], target),
        _plot("Tasks", span, _counts(run["samples"]), {}),
        _plot("Questions a second, by when they came", span, _questions(run), {}),
        _plot("Seconds until the answer", span, _latency(run), {}),
    ]
    head = Drawn(Widget("text", (0, 0, 24, 2), {"markdown": run["text"]}), span)
    places = [Widget("metric", (0, 2 + 6 * number, 24, 6), one.widget.properties) for number, one in enumerate(drawn)]
    placed = [Drawn(widget, span, one.series) for widget, one in zip(places, drawn, strict=True)]
    widgets = tuple(one.widget for one in (head, *placed))
    return Board(Dashboard(run["name"], span[1] - span[0], widgets), span, (head, *placed))


def _plot(title: str, span: Span, series: Iterable[Series], annotations: Mapping[str, Any]) -> Drawn:
    properties = {"title": title, "view": "timeSeries", "metrics": [], "annotations": annotations}
    return Drawn(Widget("metric", (0, 0, 24, 6), properties), span, tuple(series))


def _series(label: str, points: Iterable[Point], period: int = STEP) -> Series:
    return Series(Row(label, label, "Average", period), tuple(points))


def _cpu(run: Run) -> Series:
    points = [(_moment(at), percent) for at, percent in run["cpu"]]
    return _series("average of the tasks that run", points, int(run["minute_seconds"]))


def _counts(samples: Sequence[Run]) -> Iterable[Series]:
    """Yield a line of steps for each count."""
    for name in (name for name in samples[0] if name != "at"):
        yield _series(name, [(_moment(one["at"]), one[name]) for one in samples])


def _questions(run: Run) -> Iterable[Series]:
    for label, good in (("answered", True), ("failed", False)):
        counted = Counter(int(at // STEP) for at, _, status in run["questions"] if (status == OK) is good)
        steps = range(int(run["samples"][0]["at"] // STEP), int(run["samples"][-1]["at"] // STEP))
        yield _series(label, [(_moment(step * STEP), counted[step] / STEP) for step in steps])


def _latency(run: Run) -> Iterable[Series]:
    steps: dict[int, list[float]] = {}
    for at, seconds, _ in run["questions"]:
        steps.setdefault(int(at // STEP), []).append(seconds)
    for share in SHARES:
        points = [
            (_moment(step * STEP), sorted(all_)[min(len(all_) - 1, len(all_) * share // 100)])
            for step, all_ in sorted(steps.items())
        ]
        yield _series(f"p{share}", points)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def draw(run: Path) -> Path:
    """Draw a run and return where the page lies."""
    drawn = board(json.loads(run.read_text()))
    out = run.with_suffix(".html")
    out.write_text(page([drawn], CloudWatch(None, None), datetime.now(UTC)))
    return out


def main() -> None:
    """Read the argument and draw."""
    parser = argparse.ArgumentParser(prog="python -m scripts.service_page", description=__doc__)
    parser.add_argument("run", type=Path)
    print(draw(parser.parse_args().run))


if __name__ == "__main__":
    main()
