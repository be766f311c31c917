"""All dashboards one below the other, each laid out on its grid of 24 columns as CloudWatch does."""

from collections.abc import Sequence
from datetime import datetime

from raglite.page.markup import Markup, joined, tag
from scripts.dashboards.boards import Board, Drawn
from scripts.dashboards.cloudwatch import Source
from scripts.dashboards.scale import lasting
from scripts.dashboards.style import STYLE
from scripts.dashboards.widgets import content


def page(boards: Sequence[Board], source: Source, made: datetime) -> Markup:
    """Return the whole page; it needs nothing from the network."""
    head = (
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width">'),
        tag("title", "Dashboards"),
        tag("style", STYLE),
    )
    links = [tag("a", board.dashboard.name, href=f"#{board.dashboard.name}") for board in boards]
    title = tag("header", tag("b", "Dashboards"), tag("span", f"drawn {made:%d %B %Y, %H:%M} UTC"), links)
    body = tag("body", title, tag("main", [_board(board, source) for board in boards]))
    return joined((Markup("<!doctype html>\n"), tag("html", tag("head", head), body, lang="en")))


def _board(board: Board, source: Source) -> Markup:
    begin, end = board.span
    return tag(
        "section",
        tag("h2", board.dashboard.name, class_="name"),
        tag("p", f"{begin:%d %b %H:%M} to {end:%d %b %H:%M} UTC", class_="reach"),
        tag("div", [_widget(drawn, source) for drawn in board.widgets], class_="board"),
        id=board.dashboard.name,
    )


def _widget(drawn: Drawn, source: Source) -> Markup:
    x, y, width, height = drawn.widget.place
    periods = sorted({one.row.period for one in drawn.series if one.points})
    plotted = periods and drawn.widget.properties["view"] == "timeSeries"
    point = tag("small", f"a point is {' or '.join(map(lasting, periods))}") if plotted else None
    return tag(
        "div",
        tag("h3", drawn.widget.title, point) if drawn.widget.title else None,
        content(drawn, source),
        class_=f"widget {drawn.widget.kind}",
        style=f"grid-column: {x + 1} / span {width}; grid-row: {y + 1} / span {height}",
    )
