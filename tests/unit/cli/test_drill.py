"""`raglite drill`: what people and scripts are told, and where it refuses."""

from typing import Any

import pytest
from typer.testing import CliRunner, Result

from raglite.cli.app import app
from raglite.cli.outside import Outside
from raglite.ports.drills import Names
from raglite.recovery.drills.sabotages import SABOTAGES
from raglite.recovery.drills.scenarios import SCENARIOS
from raglite.settings import Settings
from tests.fakes.drills import Cloud


def drill(cloud: Cloud, *words: str, env: dict[str, str] | None = None) -> Result:
    def connect(_: Settings, names: Names | None) -> Any:
        return cloud.estate(names)

    return CliRunner().invoke(app, ["drill", *words], obj=Outside(drill_by=connect), env=env or {})


def test_without_a_name_everything_that_can_be_played_is_listed() -> None:
    listed = drill(Cloud()).stdout
    assert [name for name in (*SCENARIOS, *SABOTAGES) if name not in listed] == []


@pytest.mark.parametrize(
    "words", [["no-such"], ["task-lost", "--sabotage", "missing-part"], ["index-lost", "--sabotage", "x"]]
)
def test_what_there_is_not_is_refused_with_what_there_is(words: list[str]) -> None:
    result = drill(Cloud(), *words)
    assert result.exit_code == 65
    assert "There is no drill" in result.stderr or "has no sabotage" in result.stderr


def test_production_is_left_alone() -> None:
    cloud = Cloud()
    result = drill(cloud, "environment-lost", env={"RAGLITE_ENVIRONMENT": "production"})
    assert result.exit_code == 65
    assert "production" in result.stderr
    assert cloud.server.aliases
