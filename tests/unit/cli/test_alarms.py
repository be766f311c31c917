"""`raglite alarms test`: its exit code, what it prints, and what it stores."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from raglite.cli.app import app

ALARM = {
    "alarm_name": "raglite-errors",
    "namespace": "RAGLite",
    "metric_name": "Errors",
    "dimensions": {"Environment": "production"},
    "statistic": "Sum",
    "period": 60,
    "evaluation_periods": 1,
    "comparison_operator": "GreaterThanThreshold",
    "threshold": 1,
    "treat_missing_data": "notBreaching",
    "alarm_actions": ["topic"],
}
ROOT_MODULE = {"resources": [{"type": "aws_cloudwatch_metric_alarm", "values": ALARM}]}
HEALTHY = '[[stream]]\nmetric = "RAGLite/Errors"\ndimensions = { Environment = "production" }\nvalues = []\n'
CASE = """
healthy = "healthy.toml"
[[case]]
name = "two errors"
alarms = ["raglite-errors"]
lasts = "5m"
fires = { raglite-errors = "AT" }
[[case.fault]]
metric = "RAGLite/Errors"
until = "1m"
values = [1, 1]
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({"planned_values": {"root_module": ROOT_MODULE}}))
    (tmp_path / "healthy.toml").write_text(HEALTHY)
    return path


def run(plan: Path, at: str, *options: str) -> Result:
    file = plan.parent / "errors.toml"
    file.write_text(CASE.replace("AT", at))
    return CliRunner().invoke(app, ["alarms", "test", str(file), "--plan", str(plan), *options])


def test_what_goes_as_expected_exits_with_zero(plan: Path) -> None:
    result = run(plan, "1m")
    assert result.exit_code == 0
    assert "| two errors |  X |" in result.stdout
    assert "1 cases, 1 alarms: all as expected." in result.stdout


def test_what_goes_otherwise_exits_with_one_and_says_how(plan: Path) -> None:
    result = run(plan, "2m")
    assert result.exit_code == 1
    assert "FAILED two errors: raglite-errors should fire at 2m: at 1m" in result.stdout


def test_the_matrix_is_stored_for_programs_and_for_people(plan: Path, tmp_path: Path) -> None:
    assert run(plan, "1m", "--matrix", str(tmp_path / "build")).exit_code == 0
    stored: dict[str, Any] = json.loads((tmp_path / "build" / "matrix.json").read_text())
    assert stored["cases"][0]["fired"] == {"raglite-errors": 60}
    assert "| two errors |  X |" in (tmp_path / "build" / "matrix.md").read_text()


def test_with_a_matrix_an_alarm_without_a_case_is_a_failure(plan: Path, tmp_path: Path) -> None:
    both = {"resources": [*ROOT_MODULE["resources"], another("raglite-new")]}
    plan.write_text(json.dumps({"planned_values": {"root_module": both}}))
    assert run(plan, "1m").exit_code == 1  # it fires too, and nobody expects it
    quiet = {"resources": [*ROOT_MODULE["resources"], another("raglite-new", threshold=9)]}
    plan.write_text(json.dumps({"planned_values": {"root_module": quiet}}))
    assert run(plan, "1m").exit_code == 0
    result = run(plan, "1m", "--matrix", str(tmp_path / "build"))
    assert result.exit_code == 1
    assert "raglite-new: no case makes it fire" in result.stdout


def another(name: str, **changes: Any) -> dict[str, Any]:
    return {"type": "aws_cloudwatch_metric_alarm", "values": ALARM | {"alarm_name": name} | changes}


def test_the_events_of_a_terraform_test_are_read_as_well(plan: Path) -> None:
    events = [{"type": "version"}, {"type": "test_state", "test_state": {"root_module": ROOT_MODULE}}]
    plan.write_text("\n".join(map(json.dumps, events)))
    assert run(plan, "1m").exit_code == 0


def test_a_plan_may_be_laid_out_for_people(plan: Path) -> None:
    plan.write_text(json.dumps(json.loads(plan.read_text()), indent=2))
    assert run(plan, "1m").exit_code == 0


def test_programs_are_given_json(plan: Path) -> None:
    told = json.loads(run(plan, "2m", "--json").stdout)
    assert told["alarms"] == ["raglite-errors"]
    assert told["faults"] == ["two errors: raglite-errors should fire at 2m: at 1m"]


@pytest.mark.parametrize(
    "content",
    [b"", b"no json", b"[]", b"[1]", b"1\n2", b'{"format_version": "1.2"}', b'{"type": "version"}\n{}', b"PK\xfe"],
)
def test_a_plan_that_is_none_is_told_in_one_line(plan: Path, content: bytes) -> None:
    plan.write_bytes(content)
    result = run(plan, "1m")
    assert result.exit_code == 78
    assert result.stderr.startswith("raglite: ")
    assert result.stderr.count("\n") == 1
