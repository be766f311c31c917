"""`raglite drill`: what people and scripts are told, and where it refuses."""

import json
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from typer.testing import CliRunner, Result

from raglite.cli.app import app
from raglite.cli.outside import Outside
from raglite.errors import ConfigurationError
from raglite.ports.drills import Names
from raglite.recovery.drills.sabotages import SABOTAGES
from raglite.recovery.drills.scenarios import SCENARIOS
from raglite.settings import Settings
from tests.fakes.drills import Cloud

HERE = {"RAGLITE_ENVIRONMENT": "local"}


def drill(cloud: Cloud, *words: str, env: dict[str, str] | None = None) -> Result:
    def connect(_: Settings, names: Names | None) -> Any:
        return cloud.estate(names)

    return CliRunner().invoke(app, ["drill", *words], obj=Outside(drill_by=connect), env=env or {})


class MetricsOnStdout:
    """A door through which nobody comes; like what works on documents, it writes lines for CloudWatch to stdout."""

    def ask(self, *_: Any) -> NoReturn:
        print('{"_aws": {}}')
        raise ConfigurationError("The key of this drill is unknown.")


def test_stdout_is_for_the_report_alone() -> None:
    cloud = Cloud()

    def connect(_: Settings, names: Names | None) -> Any:
        estate = cloud.estate(names)
        return replace(estate, levers=replace(estate.levers, door=MetricsOnStdout(), infrastructure=None))

    result = CliRunner().invoke(app, ["drill", "task-lost", "--json"], obj=Outside(drill_by=connect), env=HERE)
    assert (result.exit_code, result.stdout) == (78, ""), result.exception
    assert '{"_aws": {}}' in result.stderr


def test_without_a_name_everything_that_can_be_played_is_listed() -> None:
    listed = drill(Cloud()).stdout
    assert [name for name in (*SCENARIOS, *SABOTAGES) if name not in listed] == []


def test_the_list_is_json_if_asked_for() -> None:
    drills = json.loads(drill(Cloud(), "--json").stdout)["drills"]
    assert [one["name"] for one in drills] == list(SCENARIOS)
    assert [other["name"] for one in drills for other in one["sabotages"] if other["sentence"]] == [
        one.name for name in SCENARIOS for one in SABOTAGES.values() if one.scenario == name
    ]


@pytest.mark.parametrize(
    "words", [["no-such"], ["task-lost", "--sabotage", "missing-part"], ["index-lost", "--sabotage", "x"]]
)
def test_what_there_is_not_is_refused_with_what_there_is(words: list[str]) -> None:
    result = drill(Cloud(), *words)
    assert result.exit_code == 65
    assert "There is no drill" in result.stderr or "has no sabotage" in result.stderr


def test_an_estate_of_which_nobody_says_what_it_is_is_left_alone() -> None:
    cloud = Cloud()
    result = drill(cloud, "environment-lost")
    assert result.exit_code == 65
    assert "RAGLITE_ENVIRONMENT" in result.stderr
    assert cloud.server.aliases


def test_production_is_left_alone() -> None:
    cloud = Cloud()
    result = drill(cloud, "environment-lost", env={"RAGLITE_ENVIRONMENT": "production"})
    assert result.exit_code == 65
    assert "production" in result.stderr
    assert cloud.server.aliases
