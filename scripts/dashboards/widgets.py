"""What stands inside a widget."""

from botocore.exceptions import ClientError
from markdown_it import MarkdownIt

from raglite.page.markup import Markup, Part, tag
from scripts.dashboards.boards import Drawn
from scripts.dashboards.chart import chart, sample
from scripts.dashboards.cloudwatch import Alarm, Series, Source, Span
from scripts.dashboards.scale import written

COLUMN, ROW = 56.0, 54.0  # pixels of one step of the grid in a window of 1400 pixels, the gap included
AROUND = 26.0  # pixels of a widget's border and padding
HEAD, LEGEND = 46.0, 19.0  # pixels of the title and what surrounds the plot, and of one line of the legend
BESIDE = 190.0  # pixels of a legend on the right
LETTER = 6.3  # pixels of a letter in the legend, on average


def content(drawn: Drawn, source: Source) -> Part:
    """Return a widget's inside; what is missing is said in words."""
    properties = drawn.widget.properties
    match drawn.widget.kind:
        case "text":
            return tag("div", Markup(MarkdownIt("commonmark", {"html": False}).render(properties["markdown"])))
        case "alarm":
            return _alarms(source.alarms(properties["alarms"]))
        case "log":
            return _log(properties["query"], drawn.span, source)
        case "metric" if drawn.empty:
            return _nothing(drawn)
        case "metric":
            return _numbers(drawn) if properties["view"] == "singleValue" else _plot(drawn)
    return _empty(f"This page does not draw widgets of type {drawn.widget.kind}: look at the console.")


def _nothing(drawn: Drawn) -> Markup:
    troubles = {one.trouble for one in drawn.series if one.trouble}
    if troubles:
        return _empty(f"CloudWatch gave no answer: {'; '.join(sorted(troubles))}")
    names = dict.fromkeys(one.row.metric[1] if one.row.metric else one.row.label for one in drawn.series)
    return _empty(f"Nothing from {drawn.span[0]:%d %b %H:%M} to {drawn.span[1]:%H:%M} UTC of {', '.join(names)}.")


def _plot(drawn: Drawn) -> Markup:
    _, _, columns, rows = drawn.widget.place
    place = drawn.widget.properties.get("legend", {}).get("position", "bottom")
    width, height = columns * COLUMN - AROUND, rows * ROW - HEAD
    if place == "right":
        width -= BESIDE
    elif place == "bottom":
        height -= LEGEND * _legend_lines(drawn.series, width)
    drawing = chart(drawn.widget, drawn.series, drawn.span, (width, height))
    legend = None if place == "hidden" else tag("ul", map(_named, enumerate(drawn.series)), class_="legend")
    return tag("div", drawing, legend, class_="plot beside" if place == "right" else "plot")


def _legend_lines(series: tuple[Series, ...], width: float) -> int:
    """Return how many lines a legend below the plot will take, about."""
    lines, used = 1, 0.0
    for one in series:
        needed = 50 + LETTER * (len(one.row.label) + 6)
        if used and used + needed > width:
            lines, used = lines + 1, 0.0
        used += needed
    return lines


def _named(numbered: tuple[int, Series]) -> Markup:
    number, one = numbered
    side = " (right)" if one.row.side == "right" else ""
    last = tag("b", written(one.points[-1][1])) if one.points else tag("span", one.trouble or "none", class_="none")
    return tag("li", sample(number), f"{one.row.label}{side} ", last)


def _numbers(drawn: Drawn) -> Markup:
    unit = drawn.widget.properties.get("yAxis", {}).get("left", {}).get("label", "")
    return tag(
        "div",
        [
            tag("div", tag("b", f"{written(one.points[-1][1])} {unit}" if one.points else "\u2013"), one.row.label)
            for one in drawn.series
        ],
        class_="numbers",
    )


def _alarms(alarms: list[Alarm]) -> Markup:
    if not alarms:
        return _empty("None of the alarms that this widget names exists.")
    return tag("ul", map(_alarm, alarms), class_="alarms")


def _alarm(alarm: Alarm) -> Markup:
    words = {"OK": "ok", "ALARM": "ALARM", "INSUFFICIENT_DATA": "no data"}
    why = f"{alarm.description}\n{alarm.reason}".strip()
    return tag("li", tag("i", words[alarm.state], class_=alarm.state), alarm.name, title=why)


def _log(query: str, span: Span, source: Source) -> Markup:
    try:
        found = source.lines(query, span)
    except ClientError as error:
        return _empty(f"The log query was refused: {error.response['Error']['Message']}")
    if not found.rows:
        return _empty(f"No such line from {span[0]:%d %b %H:%M} to {span[1]:%H:%M} UTC.")
    head = tag("tr", [tag("th", name) for name in found.fields])
    rows = [tag("tr", [tag("td", cell) for cell in row]) for row in found.rows]
    return tag("div", tag("table", head, rows), class_="lines")


def _empty(sentence: str) -> Markup:
    return tag("p", sentence, class_="empty")
