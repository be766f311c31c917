import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.dashboards.__main__ import NAMES, draw, main
from scripts.dashboards.boards import look
from scripts.dashboards.body import Dashboard, reach
from scripts.dashboards.cloudwatch import Lines, Point, split
from scripts.dashboards.page import page
from scripts.dashboards.scale import clock, lasting, moments, ticks, written
from tests.fakes.cloudwatch import StoredCloudWatch

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ASKED, FAILED = (("RAGLite", name, "Environment", "local") for name in ("Queries", "Errors"))


def plot(*rows: list[Any], **properties: Any) -> dict[str, Any]:
    common = {"title": "Questions", "region": "eu-central-1", "view": "timeSeries", "period": 300, "stat": "Sum"}
    axes = {"yAxis": {"left": {"min": 0, "label": "questions"}}}
    return widget("metric", common | axes | {"metrics": list(rows)} | properties)


def widget(kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "x": 12, "y": 3, "width": 12, "height": 6, "properties": properties}


def board(*widgets: dict[str, Any], start: str = "-PT3H", name: str = NAMES[0]) -> Dashboard:
    return Dashboard.read(name, json.dumps({"start": start, "widgets": widgets}))


def every(minutes: float, since: float, value: float = 2.0, until: float = 0) -> list[Point]:
    """Points every so many minutes, from `since` to `until` minutes before NOW."""
    count = int((since - until) / minutes)
    return [(NOW - timedelta(minutes=since - minutes * number), value) for number in range(count)]


def drawn(source: StoredCloudWatch, *widgets: dict[str, Any]) -> str:
    return page([look(board(*widgets), source, NOW)], source, NOW)


def row(metric: tuple[str, ...], **drawing: Any) -> list[Any]:
    return [*metric, drawing] if drawing else list(metric)


class Reader(HTMLParser):
    """Collects every element with its attributes, and complains of one that is not closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    @classmethod
    def of(cls, text: str) -> "Reader":
        reader = cls()
        reader.feed(text)
        reader.close()
        assert reader.open == []
        return reader


def test_a_widget_lies_on_the_grid_where_its_file_puts_it() -> None:
    html = drawn(StoredCloudWatch(values={ASKED: every(5, 60)}), plot(row(ASKED)))
    assert "grid-column: 13 / span 12; grid-row: 4 / span 6" in html


def test_series_are_told_apart_by_more_than_their_colour() -> None:
    source = StoredCloudWatch(values={ASKED: every(5, 60), FAILED: every(5, 60, 1.0)})
    html = Reader.of(drawn(source, plot(row(ASKED, label="asked"), row(FAILED, label="failed"))))
    drawn_as = [(attributes.get("class"), attributes) for element, attributes in html.found if element == "path"]
    for dashes in (  # of the plot, and of the legend's samples
        {one["stroke-dasharray"] for name, one in drawn_as if name == "line" and one["d"] != "M1 6h26"},
        {one["stroke-dasharray"] for name, one in drawn_as if name == "line" and one["d"] == "M1 6h26"},
    ):
        assert len(dashes) == 2
    assert len({one["d"] for name, one in drawn_as if name == "mark"}) == 2


def test_a_line_breaks_where_points_are_missing() -> None:
    source = StoredCloudWatch(values={ASKED: [*every(5, 120, until=80), *every(5, 40)]})
    html = drawn(source, plot(row(ASKED)))
    assert len(re.findall(r'<path d="M[\d.]+ [\d.]+L[^"]*" stroke-dasharray="" class="line">', html)) == 2


def test_the_legend_tells_each_series_and_its_last_value_and_an_empty_one_as_none() -> None:
    html = drawn(StoredCloudWatch(values={ASKED: every(5, 60, 1234.5)}), plot(row(ASKED, label="asked"), row(FAILED)))
    assert re.search(r"asked <b>1,234</b>", html)
    assert re.search(r'Errors <span class="none">none</span>', html)


def test_an_empty_widget_says_in_words_what_is_missing() -> None:
    html = drawn(StoredCloudWatch(), plot(row(ASKED), row(FAILED)))
    assert "Nothing from 01 Mar 09:00 to 12:00 UTC of Queries, Errors." in html
    assert "<svg" not in html


def test_a_threshold_is_a_line_and_one_far_above_everything_a_note() -> None:
    lines = [{"label": "too many", "value": 20}, {"label": "promise", "value": 15000}]
    source = StoredCloudWatch(values={ASKED: every(5, 60, 10.0)})
    html = drawn(source, plot(row(ASKED, stat="Maximum"), annotations={"horizontal": lines}))
    assert html.count('class="threshold"') == 1
    assert "too many: 20<" in html
    assert ">20</text>" in html, "the axis reaches up to the line"
    assert "promise: 15,000 \u2191" in html


def test_a_second_axis_has_marks_of_its_own() -> None:
    source = StoredCloudWatch(values={ASKED: every(5, 60, 800.0), FAILED: every(5, 60, 3.0)})
    axes = {"left": {"min": 0, "label": "failed"}, "right": {"min": 0, "label": "asked"}}
    html = drawn(source, plot(row(ASKED, label="all", yAxis="right"), row(FAILED), yAxis=axes))
    assert all(f">{text}</text>" in html for text in ("failed", "asked", "800", "3"))
    assert "all (right)" in html


def test_stacked_series_lie_on_each_other() -> None:
    source = StoredCloudWatch(values={ASKED: every(5, 60, 30.0), FAILED: every(5, 60, 50.0)})
    html = drawn(source, plot(row(ASKED, stat="Average"), row(FAILED, stat="Average"), stacked=True))
    assert html.count('class="area ') == 2
    assert ">80</text>" in html


def test_a_young_systems_series_get_a_shorter_period_but_a_counts_threshold_keeps_the_widgets_own() -> None:
    source = StoredCloudWatch(values={ASKED: every(1, 25)})
    counted = plot(row(ASKED), annotations={"horizontal": [{"label": "limit", "value": 10}]})
    looked = look(board(plot(row(ASKED)), counted), source, NOW)
    assert looked.span == (NOW - timedelta(minutes=25), NOW)
    assert [[one.row.period for one in drawn.series] for drawn in looked.widgets] == [[60], [300]]
    assert [value for _, value in looked.widgets[0].series[0].points] == [2.0] * 25


def test_a_series_with_a_long_period_of_its_own_makes_only_its_own_widget_look_further_back() -> None:
    source = StoredCloudWatch(values={ASKED: every(1, 25)})
    looked = look(board(plot(row(ASKED)), plot(row(ASKED, period=21600)), start="-P7D"), source, NOW)
    assert [drawn.span[0] for drawn in looked.widgets] == [NOW - timedelta(minutes=25), NOW - timedelta(hours=6)]


def test_a_number_widget_gives_the_last_value_with_its_unit() -> None:
    axes = {"left": {"label": "%"}}
    html = drawn(
        StoredCloudWatch(values={ASKED: every(5, 60, 87.25)}),
        plot(row(ASKED, stat="Average", label="left"), view="singleValue", yAxis=axes),
    )
    assert re.search(r"<b>87.2 %</b>left", html)


def test_alarms_are_listed_with_their_states_in_words() -> None:
    arns = [f"arn:aws:cloudwatch:eu-central-1:1:alarm:{name}" for name in ("slow", "fine", "gone")]
    source = StoredCloudWatch(states={"slow": "ALARM", "fine": "OK"})
    html = drawn(source, widget("alarm", {"title": "Alarms", "alarms": arns}))
    assert re.findall(r'<i class="\w+">(\w+)</i>(\w+)', html) == [("ALARM", "slow"), ("ok", "fine")]


def test_log_lines_stand_in_a_table_and_text_is_markdown_without_html() -> None:
    query = "SOURCE '/raglite/service' | fields @message"
    source = StoredCloudWatch(found={query: Lines(("@message",), (("<b>bad</b>",),))})
    text = widget("text", {"markdown": "## Errors\n[runbook](how.md) <script>alert(1)</script>"})
    html = drawn(source, text, widget("log", {"title": "Lines", "query": query}))
    assert "<td>&lt;b&gt;bad&lt;/b&gt;</td>" in html
    assert "<h2>Errors</h2>" in html
    assert '<a href="how.md">runbook</a>' in html
    assert "<script>" not in html


def test_a_page_is_well_formed_and_asks_nothing_of_the_network() -> None:
    source = StoredCloudWatch(values={ASKED: every(5, 60)})
    html = Reader.of(drawn(source, plot(row(ASKED, label="a < b")), widget("text", {"markdown": "# Here"})))
    names = {name for _, attributes in html.found for name in attributes}
    assert not names & {"src", "srcset", "xlink:href", "onload"}
    assert not {element for element, _ in html.found} & {"script", "link", "img", "iframe"}


def test_drawing_says_which_widgets_have_no_point(tmp_path: Path) -> None:
    asked = plot(row(ASKED), title="Asked")
    boards = [board(asked, plot(row(FAILED), title="Failed"), name=name) for name in NAMES]
    source = StoredCloudWatch(boards, values={ASKED: [(datetime.now(UTC) - timedelta(minutes=3), 1.0)]})
    sentence = draw(source, tmp_path / "deep" / "index.html")
    assert sentence.endswith("3 dashboards, 6 widgets of metrics, 3 of them without a point: Failed, Failed, Failed")
    assert all(name in (tmp_path / "deep" / "index.html").read_text() for name in NAMES)


def test_a_missing_dashboard_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match=r"no dashboard RAGLite-Objectives: apply infra/terraform"):
        draw(StoredCloudWatch([board(plot(row(ASKED)))]), tmp_path / "index.html")


def test_settings_that_lead_to_no_aws_are_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    assert main(["--out", str(tmp_path / "index.html")]) == 1
    assert capsys.readouterr().err == "dashboards: You must specify a region.\n"


def test_a_row_becomes_the_query_that_getmetricdata_takes() -> None:
    [metric, expression] = (
        board(plot(row(ASKED, id="asked", visible=False), [{"expression": "asked * 2", "label": "twice"}]))
        .widgets[0]
        .rows()
    )
    assert metric.query == {
        "Id": "asked",
        "Label": "Queries",
        "ReturnData": False,
        "MetricStat": {
            "Metric": {
                "Namespace": "RAGLite",
                "MetricName": "Queries",
                "Dimensions": [{"Name": "Environment", "Value": "local"}],
            },
            "Period": 300,
            "Stat": "Sum",
        },
    }  # fmt: skip
    assert expression.query == {"Id": "row1", "Label": "twice", "ReturnData": True, "Expression": "asked * 2"}


@pytest.mark.parametrize(
    ("start", "length"),
    [
        ("-PT30M", timedelta(minutes=30)),
        ("-PT3H", timedelta(hours=3)),
        ("-P28D", timedelta(days=28)),
        ("-P4W", timedelta(weeks=4)),
    ],
)
def test_a_relative_start_reaches_so_far_back(start: str, length: timedelta) -> None:
    assert reach(start) == length


@pytest.mark.parametrize("start", ["-P3M", "PT3H", "2026-01-01T00:00:00Z", ""])
def test_another_start_is_refused_with_examples(start: str) -> None:
    with pytest.raises(ValueError, match="-PT3H"):
        reach(start)


def test_a_log_widgets_query_is_taken_apart_into_groups_and_the_rest() -> None:
    query = "SOURCE '/a/b' | SOURCE '/c' | fields @message\n| filter @message like /x|y/"
    assert split(query) == (["/a/b", "/c"], "fields @message\n| filter @message like /x|y/")


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
def test_marks_are_evenly_apart_enclose_the_values_and_are_few(low: float, extent: float) -> None:
    marks = ticks(low, low + extent)
    assert marks[0] <= low + abs(low) * 1e-6 + extent * 1e-6
    assert marks[-1] >= low + extent - abs(low) * 1e-6 - extent * 1e-6
    assert 2 <= len(marks) <= 8
    steps = [b - a for a, b in pairwise(marks)]
    assert max(steps) - min(steps) <= 1e-6 * max(abs(marks[0]), abs(marks[-1]), 1e-6)


@given(st.integers(10, 60 * 24 * 40))
def test_times_are_within_the_span_and_not_too_many(minutes: int) -> None:
    begin = NOW - timedelta(minutes=minutes)
    found = moments(begin, NOW)
    assert 1 <= len(found) <= 8
    assert all(begin <= moment <= NOW for moment in found)


def test_numbers_times_and_periods_are_written_for_people() -> None:
    assert [written(value) for value in (0, 0.01234, 3.0, 87.25, 15000.0, 1234567.8)] == [
        "0", "0.0123", "3", "87.2", "15,000", "1,234,568",
    ]  # fmt: skip
    assert [clock(NOW, timedelta(hours=3)), clock(NOW, timedelta(days=3)), clock(NOW, timedelta(days=28))] == [
        "12:00", "01 Mar 12:00", "01 Mar",
    ]  # fmt: skip
    assert [lasting(seconds) for seconds in (10, 60, 300, 3600, 86400)] == ["10 s", "1 min", "5 min", "1 h", "1 d"]
