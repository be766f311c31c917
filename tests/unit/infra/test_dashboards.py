"""Every dashboard of the plan is one that CloudWatch accepts; together they draw all that we emit, and only that."""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from raglite.model import VersionState
from raglite.telemetry import METRICS, NAMESPACE, Dimension, Span, Unit
from tests.unit.infra.estate import ROOT, Estate

DATA = ROOT / "tests" / "data" / "dashboards"
SCHEMA = Draft202012Validator(json.loads((DATA / "body.schema.json").read_text()))
VENDED = json.loads((DATA / "vended.json").read_text())
PAGES = {"operations": "RAGLite-Production", "ingestion": "RAGLite-Ingestion", "objectives": "RAGLite-Objectives"}
STAGES = tuple(Span)[tuple(Span).index(Span.WAIT) : tuple(Span).index(Span.RECORD) + 1]
LABELS = {Unit.MILLISECONDS: r"ms", Unit.SECONDS: r"s", Unit.COUNT: r"(?!m?s$).+"}
DECLARED = {metric.name: metric for metric in METRICS}
VALUES = {Dimension.STAGE: STAGES, Dimension.STATE: tuple(VersionState)}

Widget = dict[str, Any]


def bodies(estate: Estate) -> dict[str, dict[str, Any]]:
    boards = {page: estate[f"module.observability.aws_cloudwatch_dashboard.{page}"] for page in PAGES}
    return {page: json.loads(board["dashboard_body"]) for page, board in boards.items()}


def widgets(estate: Estate, kind: str) -> list[Widget]:
    return [one for body in bodies(estate).values() for one in body["widgets"] if one["type"] == kind]


def rows(widget: Widget) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """Yield (namespace, metric, dimensions...) and how it is drawn; expressions have no names."""
    for row in widget["properties"]["metrics"]:
        yield [part for part in row if isinstance(part, str)], next((p for p in row if isinstance(p, dict)), {})


def named(estate: Estate) -> Iterator[tuple[str, str, dict[str, str]]]:
    for widget in widgets(estate, "metric"):
        for (namespace, metric, *pairs), _ in ((names, drawn) for names, drawn in rows(widget) if names):
            assert len(pairs) % 2 == 0, f"a dimension without a value: {metric} {pairs}"
            yield namespace, metric, dict(zip(pairs[::2], pairs[1::2], strict=True))


@pytest.mark.parametrize("page", PAGES)
def test_a_dashboards_file_is_json_before_terraform_fills_it_in_and_repeats_no_threshold(page: str) -> None:
    body = json.loads((ROOT / "dashboards" / f"{page}.json").read_text())
    lines = [one for w in body["widgets"] for one in w["properties"].get("annotations", {}).get("horizontal", [])]
    assert [line for line in lines if not re.fullmatch(r"<<\$\{[a-z0-9_.]+\}>>", str(line["value"]))] == []


@pytest.mark.parametrize("page", PAGES)
def test_cloudwatch_would_accept_the_body(estate: Estate, page: str) -> None:
    board = estate[f"module.observability.aws_cloudwatch_dashboard.{page}"]
    assert board["dashboard_name"] == PAGES[page]
    assert not re.search(r"\$\{|<<|>>", board["dashboard_body"])
    assert [f"{'/'.join(map(str, e.path))}: {e.message}" for e in SCHEMA.iter_errors(bodies(estate)[page])] == []


@pytest.mark.parametrize("page", PAGES)
def test_no_widget_leaves_the_grid_or_covers_another(estate: Estate, page: str) -> None:
    placed = [(w["x"], w["y"], w["width"], w["height"], w) for w in bodies(estate)[page]["widgets"]]
    assert [w for x, _, width, _, w in placed if x + width > 24] == []
    covering = [
        (one[4], other[4])
        for one, other in combinations(placed, 2)
        if all(one[i] < other[i] + other[i + 2] and other[i] < one[i] + one[i + 2] for i in (0, 1))
    ]
    assert covering == []


@pytest.mark.parametrize("page", PAGES)
def test_every_section_leads_to_a_runbook_that_exists(estate: Estate, page: str) -> None:
    texts = [w for w in bodies(estate)[page]["widgets"] if w["type"] == "text"]
    assert min(w["y"] for w in bodies(estate)[page]["widgets"]) == texts[0]["y"], "the page begins with a section"
    for text in texts:
        links = re.findall(r"\]\((.+?)\)", text["properties"]["markdown"])
        assert links, f"no runbook: {text['properties']['markdown']}"
        assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_runbook_of_every_alarm_that_tells_somebody_is_linked(estate: Estate) -> None:
    markdown = "".join(w["properties"]["markdown"] for w in widgets(estate, "text"))
    everything = alarms(estate, "metric_alarm") | alarms(estate, "composite_alarm")
    telling = {name for name, values in everything.items() if values["alarm_actions"]}
    assert set(re.findall(r"/alarms/([\w-]+)\.md\)", markdown)) == telling


def test_every_metric_that_is_declared_is_drawn_and_no_other(estate: Estate) -> None:
    drawn = {metric for namespace, metric, _ in named(estate) if namespace == NAMESPACE}
    assert drawn == set(DECLARED)


def test_our_metrics_are_drawn_with_the_dimensions_they_are_declared_with(estate: Estate) -> None:
    seen: dict[str, list[dict[str, str]]] = {}
    for namespace, metric, dimensions in named(estate):
        if namespace == NAMESPACE:
            assert dimensions.pop(Dimension.ENVIRONMENT) == "production"
            seen.setdefault(metric, []).append(dimensions)
    for name, series in seen.items():
        wanted = DECLARED[name].dimensions
        assert all(set(one) == set(wanted) for one in series), name
        for dimension in wanted:
            assert {one[dimension] for one in series} == set(VALUES[dimension]), name


def test_every_other_metric_is_one_that_aws_sends_with_these_dimensions(estate: Estate) -> None:
    foreign = [entry for entry in named(estate) if entry[0] != NAMESPACE]
    assert {namespace for namespace, _, _ in foreign} >= {"AWS/SQS", "AWS/Lambda", "AWS/ApplicationELB", "AWS/ECS"}
    for namespace, metric, dimensions in foreign:
        assert sorted(dimensions) in VENDED[namespace]["metrics"].get(metric, []), (namespace, metric, dimensions)
        assert all(dimensions.values()), (metric, dimensions)


def test_an_axis_has_one_unit_and_says_which(estate: Estate) -> None:
    for widget in widgets(estate, "metric"):
        axes = widget["properties"]["yAxis"]
        units: dict[str, set[Unit]] = {}
        for names, drawn in rows(widget):
            assert drawn.get("yAxis", "left") in axes, f"an axis without a label: {widget['properties']['title']}"
            if names and names[0] == NAMESPACE and drawn.get("visible", True) and drawn.get("stat") != "SampleCount":
                units.setdefault(drawn.get("yAxis", "left"), set()).add(DECLARED[names[1]].unit)
        for side, found in units.items():
            [unit] = found
            assert re.fullmatch(LABELS[unit], axes[side]["label"]), (widget["properties"]["title"], unit)


def test_every_series_has_a_statistic_and_every_title_stands_once_on_its_page(estate: Estate) -> None:
    for body in bodies(estate).values():
        titles = [w["properties"]["title"] for w in body["widgets"] if w["type"] != "text"]
        assert sorted(set(titles)) == sorted(titles)
    for widget in widgets(estate, "metric"):
        stat = widget["properties"].get("stat")
        assert [names for names, drawn in rows(widget) if names and not drawn.get("stat", stat)] == []


def test_an_expression_uses_only_series_of_its_own_widget(estate: Estate) -> None:
    for widget in widgets(estate, "metric"):
        drawn = [drawing for _, drawing in rows(widget)]
        ids = [one["id"] for one in drawn if "id" in one]
        assert sorted(set(ids)) == sorted(ids)
        for expression in (one["expression"] for one in drawn if "expression" in one):
            assert set(re.findall(r"\b[a-z]\w*\b", expression)) <= set(ids), expression


def alarms(estate: Estate, kind: str) -> dict[str, Any]:
    found = [values for address, values in estate.resources.items() if f"aws_cloudwatch_{kind}." in address]
    return {values["alarm_name"]: values for values in found}


def test_the_status_widgets_list_every_alarm_and_the_first_page_all_that_tell_somebody(estate: Estate) -> None:
    everything = alarms(estate, "metric_alarm") | alarms(estate, "composite_alarm")
    listed = {
        page: {
            arn.rpartition(":")[2] for w in body["widgets"] if w["type"] == "alarm" for arn in w["properties"]["alarms"]
        }
        for page, body in bodies(estate).items()
    }
    assert set().union(*listed.values()) == set(everything)
    assert listed["operations"] == {name for name, values in everything.items() if values["alarm_actions"]}


def test_a_line_that_names_an_alarm_stands_at_its_threshold_beside_what_it_watches(estate: Estate) -> None:
    watching = alarms(estate, "metric_alarm")
    lines = [
        (watching[line["label"].partition(" ")[0]], line["value"], widget)
        for widget in widgets(estate, "metric")
        for line in widget["properties"].get("annotations", {}).get("horizontal", [])
        if line["label"].startswith("raglite-")
    ]
    assert {alarm["alarm_name"] for alarm, _, _ in lines} >= {"raglite-high-latency", "raglite-high-error-rate"}
    for alarm, value, widget in lines:
        assert value == alarm["threshold"], alarm["alarm_name"]
        if alarm["metric_name"]:
            watched = (alarm["namespace"], alarm["metric_name"], alarm["statistic"] or alarm["extended_statistic"])
            assert watched in {(*key[:3],) for key in drawn_as(widget)}, alarm["alarm_name"]
            # How many there were depends on how long one looks; how long something took does not.
            if alarm["statistic"] in {"Sum", "SampleCount"}:
                assert (*watched, alarm["period"]) in drawn_as(widget), alarm["alarm_name"]


def drawn_as(widget: Widget) -> set[tuple[str, str, str, int]]:
    """Namespace, metric, statistic and period of every series."""
    common = widget["properties"]
    return {
        (names[0], names[1], drawn.get("stat", common.get("stat")), drawn.get("period", common["period"]))
        for names, drawn in rows(widget)
        if names
    }


def test_the_specifications_widgets_keep_their_titles(estate: Estate) -> None:
    titles = {w["properties"].get("title") for w in bodies(estate)["operations"]["widgets"]}
    specification = (ROOT / "tests" / "data" / "specification" / "main.tf").read_text()
    specified = set(re.findall(r'^\s*title\s*=\s*"(.+)"', specification, re.MULTILINE))
    assert len(specified) == 4
    assert specified <= titles


def test_log_widgets_read_what_every_task_logs_and_never_the_audit_log(estate: Estate) -> None:
    tasks = [json.loads(task["container_definitions"]) for task in estate.all("aws_ecs_task_definition").values()]
    logged = {one["logConfiguration"]["options"]["awslogs-group"] for containers in tasks for one in containers}
    groups = {group["name"] for group in estate.all("aws_cloudwatch_log_group").values()}
    read = [set(re.findall(r"SOURCE '([^']+)'", w["properties"]["query"])) for w in widgets(estate, "log")]
    assert all(sources and sources <= groups for sources in read)
    assert set().union(*read) >= logged
    assert [group for group in set().union(*read) if "audit" in group] == []


@pytest.mark.parametrize(
    "change",
    [
        {"annotations": {"alarms": ["arn:aws:cloudwatch:eu-central-1:123456789012:alarm:raglite-high-latency"]}},
        {"annotations": {"horizontal": [{"label": "from the file", "value": "<<15000>>"}]}},
        {"period": 90},
        {"stat": "p95th"},
        {"region": ""},
        {"yAxis": {"left": {"min": 0}}},
        {"metrics": [["RAGLite", "Errors"]]},
        {"metrics": [["RAGLite", "Errors", "Environment", "production", {"colour": "#d13212"}]]},
    ],
)
def test_the_schema_refuses_what_cloudwatch_does_not_document(estate: Estate, change: dict[str, Any]) -> None:
    body = bodies(estate)["operations"]
    widget = next(w for w in body["widgets"] if w["type"] == "metric")
    widget["properties"] |= change
    assert not SCHEMA.is_valid(body)
