"""`raglite slo` over counts that a test records."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from raglite.cli.app import app
from raglite.cli.outside import Outside
from raglite.cli.slo import FILE
from raglite.observability.slo import load
from tests.fakes.counts import FakeCounts

DASHBOARDS = Path(__file__).resolve().parents[3] / "dashboards"
Run = Callable[..., Result]


@pytest.fixture
def counts() -> FakeCounts:
    return FakeCounts()


@pytest.fixture
def run(counts: FakeCounts) -> Run:
    def slo(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["slo", *arguments], obj=Outside(count_by=lambda _: counts))

    return slo


def asked(counts: FakeCounts, good: int, bad: int) -> None:
    counts.record("Queries", *[1] * (good + bad), seconds_ago=30)
    counts.record("Errors", *[1] * bad, seconds_ago=30)


def test_what_is_installed_with_the_package_is_the_file_of_the_dashboards() -> None:
    assert FILE.read_bytes() == (DASHBOARDS / "slo.json").read_bytes()


def test_every_objective_is_shown_with_its_budget_and_every_alarm_with_its_burn_rates(
    run: Run, counts: FakeCounts
) -> None:
    asked(counts, good=1996, bad=4)
    shown = run()
    assert shown.exit_code == 0
    stated = load(FILE)
    for meaning in (objective.meaning for objective in stated.objectives.values()):
        assert meaning in shown.stdout
    for alarm in stated.burn_alarms:
        assert alarm in shown.stdout
    [line] = [line for line in shown.stdout.splitlines() if "answered at all" in line]
    assert line.split()[-8:] == ["99", "%", "99.800", "%", "2,000", "4", "80.0", "%"]
    assert "0.20 in 1 h" in shown.stdout


def test_a_spent_budget_ends_with_1(run: Run, counts: FakeCounts) -> None:
    asked(counts, good=90, bad=10)
    shown = run()
    assert shown.exit_code == 1
    assert "-900.0 %" in shown.stdout
    assert "burning" in shown.stdout


def test_too_few_questions_end_with_0_and_are_told(run: Run, counts: FakeCounts) -> None:
    asked(counts, good=1, bad=1)
    shown = run()
    assert shown.exit_code == 0
    assert "too few events" in shown.stdout


def test_nothing_at_all_ends_with_0_and_is_told(run: Run) -> None:
    shown = run()
    assert shown.exit_code == 0
    assert "no events" in shown.stdout


def test_programs_get_numbers(run: Run, counts: FakeCounts) -> None:
    asked(counts, good=80, bad=20)
    shown = run("--json", "--window", "2h")
    told = {one["objective"]: one for one in json.loads(shown.stdout)["objectives"]}
    availability = told["availability"]
    assert shown.exit_code == 1
    assert availability["window"] == {"seconds": 7200, "events": 100, "bad": 20, "burn_rate": pytest.approx(20)}
    assert availability["budget_left_percent"] == pytest.approx(-1900)
    assert (availability["is_spent"], told["latency"]["is_spent"]) == (True, False)
    assert {burn["alarm"]: burn["is_on_fire"] for burn in availability["burning"]}[
        "raglite-availability-burn-fast"
    ] is True


def test_an_old_failure_is_outside_a_short_window(run: Run, counts: FakeCounts) -> None:
    counts.record("Queries", *[1] * 100, seconds_ago=3 * 3600)
    counts.record("Errors", *[1] * 100, seconds_ago=3 * 3600)
    assert run().exit_code == 1
    assert run("--window", "1h").exit_code == 0


@pytest.mark.parametrize("window", ["", "7", "0d", "d", "1w", "-1d", "456d", "1.5h"])
def test_a_window_that_is_none_is_explained(run: Run, window: str) -> None:
    shown = run(f"--window={window}")
    assert (shown.exit_code, "say 7d, 12h or 30m" in shown.stderr) == (65, True)


def test_a_file_that_is_missing_or_wrong_is_explained(run: Run, tmp_path: Path) -> None:
    missing = run("--file", str(tmp_path / "none.json"))
    assert (missing.exit_code, "--file" in missing.stderr) == (78, True)
    (tmp_path / "wrong.json").write_text("{}")
    wrong = run("--file", str(tmp_path / "wrong.json"))
    assert (wrong.exit_code, "objectives" in wrong.stderr) == (78, True)
