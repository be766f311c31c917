"""Every alarm that tells somebody has a runbook whose meaning, commands and proof hold."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from raglite.observability import slo
from tests.unit.documentation.claims import understood

ROOT = Path(__file__).resolve().parents[3]
RUNBOOKS = ROOT / "docs" / "how-to" / "alarms"
CASES = ROOT / "tests" / "data" / "alarms"
SLO = slo.load(ROOT / "dashboards" / "slo.json")
MEANINGS = {name: (alarm.urgency, alarm.meaning) for name, alarm in SLO.alarms.items()} | {
    f"raglite-{objective}-burn-{policy}": (rule.urgency, f"{stated.meaning}, but {rule.meaning}")
    for objective, stated in SLO.objectives.items()
    if stated.has_burn_alarms
    for policy, rule in SLO.burn.policies.items()
}
PROOF = re.compile(
    r"“(?P<case>[^”]+)” \((?P<file>\w+)\.toml in tests/data/alarms\).* This one fires after (?P<at>\w+),"
)


def words(name: str) -> str:
    return " ".join((RUNBOOKS / f"{name}.md").read_text().split())


def commands(name: str) -> list[list[str]]:
    [block] = re.findall(r"## First\n\n```sh\n(.*?)```", (RUNBOOKS / f"{name}.md").read_text(), re.DOTALL)
    return [shlex.split(line, comments=True) for line in block.splitlines()]


def test_the_runbooks_are_those_of_the_alarms_that_tell_somebody() -> None:
    assert {path.stem for path in RUNBOOKS.glob("*.md")} == MEANINGS.keys() == {*SLO.alarms, *SLO.burn_alarms}


@pytest.mark.parametrize("name", MEANINGS)
def test_a_runbook_begins_with_what_its_alarm_says(name: str) -> None:
    urgency, meaning = MEANINGS[name]
    assert words(name).startswith(f"# {name} > {urgency.upper()}: {meaning}. ")


@pytest.mark.parametrize("name", MEANINGS)
def test_the_first_three_commands_are_ones_that_the_command_line_takes(name: str) -> None:
    first = commands(name)
    assert len(first) == 3
    for raglite, *arguments in first:
        assert raglite == "raglite"
        assert understood(arguments)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["doctr"], "doctr"),
        (["doctor", "--jsn"], "--jsn"),
        (["trace", "--document"], "requires an argument"),
    ],
)
def test_a_command_that_the_command_line_refuses_would_be_noticed(arguments: list[str], complaint: str) -> None:
    with pytest.raises(Exception, match=complaint):
        understood(arguments)


@pytest.mark.parametrize("name", MEANINGS)
def test_a_runbook_names_the_fault_that_proved_its_alarm_and_the_minute(name: str) -> None:
    told = PROOF.search(words(name))
    assert told
    cases = tomllib.loads((CASES / f"{told['file']}.toml").read_text())["case"]
    [case] = [case for case in cases if case["name"] == told["case"]]
    assert name in case["alarms"]
    assert case["fires"][name] == told["at"]
