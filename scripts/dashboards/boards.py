"""Dashboards with their series, and how much time is looked at."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scripts.dashboards.body import Dashboard, Widget
from scripts.dashboards.cloudwatch import Series, Source, Span

LEAST_REACH = timedelta(minutes=10)
COUNTS = ("Sum", "SampleCount")  # of which a threshold holds for the widget's own period only
POINTS = 10  # a young system's series get a shorter period, one of these, until they have so many points
PERIODS = (900, 300, 60)  # seconds


@dataclass(frozen=True)
class Drawn:
    """A widget, the time it shows, and what was found for it."""

    widget: Widget
    span: Span
    series: tuple[Series, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether a widget of metrics has not one point."""
        return self.widget.kind == "metric" and not any(one.points for one in self.series)

    @property
    def begun(self) -> datetime:
        """When its first point is, or the span's begin."""
        return min((one.points[0][0] for one in self.series if one.points), default=self.span[0])


@dataclass(frozen=True)
class Board:
    """A dashboard with its widgets' series."""

    dashboard: Dashboard
    span: Span
    widgets: tuple[Drawn, ...]


def look(dashboard: Dashboard, source: Source, until: datetime) -> Board:
    """Return a dashboard's series: as far back as it says, but no further than there is anything."""
    whole = (until - dashboard.reach, until)
    first = [_seen(widget, source, whole) for widget in dashboard.widgets]
    # A point of a day lies at midnight: such a widget looks further back, and takes no other along.
    begun = min((one.begun for one in first if not one.empty and one.series and _alike(one)), default=whole[0])
    span = (min(max(begun, whole[0]), until - LEAST_REACH), until)
    return Board(dashboard, span, tuple(_closer(one, source, span) for one in first))


def _alike(drawn: Drawn) -> bool:
    return all(one.row.period == drawn.widget.period for one in drawn.series)


def _seen(widget: Widget, source: Source, span: Span, period: int | None = None) -> Drawn:
    return Drawn(widget, span, tuple(source.series(widget.rows(period), span)) if widget.kind == "metric" else ())


def _closer(drawn: Drawn, source: Source, span: Span) -> Drawn:
    """Return the widget over the span, with a shorter period if its own leaves few points."""
    extent = (span[1] - span[0]).total_seconds()
    fitting = next((period for period in PERIODS if period * POINTS <= extent), PERIODS[-1])
    counted = drawn.widget.lines and any(one.row.stat in COUNTS for one in drawn.series)
    enough = drawn.widget.period * POINTS <= extent or fitting >= drawn.widget.period
    if drawn.empty or counted or enough or not _alike(drawn):
        begin = span[0] if drawn.empty else min(span[0], drawn.begun)
        return replace(drawn, span=(begin, span[1]))
    return _seen(drawn.widget, source, span, fitting)
