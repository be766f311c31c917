"""A run of the service becomes a page that shows it."""

import json

import pytest

from scripts.dashboards.boards import Drawn
from scripts.service_page import board, draw

BEGAN = 1_790_000_000
RUN = {
    "name": "autoscaling",
    "text": "# Up and down",
    "target": 70.0,
    "minute_seconds": 10,
    "questions": [[BEGAN + 1, 0.1, 200], [BEGAN + 2, 0.3, 200], [BEGAN + 2.5, 4.0, 503], [BEGAN + 7, 0.2, 0]],
    "samples": [{"at": BEGAN + second, "desired": 2 + second // 10, "running": 2} for second in range(20)],
    "cpu": [[BEGAN + 10, 90.0], [BEGAN + 20, 60.0]],
}


@pytest.fixture
def plots() -> dict[str, Drawn]:
    return {one.widget.title: one for one in board(RUN).widgets[1:]}


def values(drawn: Drawn, label: str) -> list[float]:
    return next([value for _, value in one.points] for one in drawn.series if one.row.label == label)


def test_answered_and_failed_questions_are_counted_apart_by_when_they_came(plots: dict[str, Drawn]) -> None:
    drawn = plots["Questions a second, by when they came"]
    assert values(drawn, "answered") == [0.4, 0, 0]
    assert values(drawn, "failed") == [0.2, 0.2, 0]


def test_the_service_and_its_use_are_drawn_against_the_target(plots: dict[str, Drawn]) -> None:
    assert values(plots["Tasks"], "desired") == [2] * 10 + [3] * 10
    cpu = next(drawn for title, drawn in plots.items() if title.startswith("Processor"))
    assert [value for one in cpu.series for _, value in one.points] == [90.0, 60.0]
    assert [line["value"] for line in cpu.widget.lines] == [70.0]


def test_percentiles_are_of_all_answers_of_their_time(plots: dict[str, Drawn]) -> None:
    assert values(plots["Seconds until the answer"], "p95") == [4.0, 0.2]


def test_the_page_lies_beside_its_numbers(tmp_path) -> None:
    run = tmp_path / "autoscaling.json"
    run.write_text(json.dumps(RUN))
    html = draw(run).read_text()
    assert draw(run) == tmp_path / "autoscaling.html"
    assert html.count('role="img"') == 4
    assert "Up and down" in html
