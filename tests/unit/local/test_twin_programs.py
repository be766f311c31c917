"""Whose credentials each of the twin's programs is started with."""

import itertools
from pathlib import Path

import pytest

from local.localstack.services import LOCALSTACK
from local.twin.keys import Keys
from local.twin.layout import Layout
from local.twin.processes import Program
from local.twin.programs import CREDENTIALS, Programs

PORTS = {"aws": 1, "qdrant": 2, "xray": 3, "autoscaling": 4}
KEYS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}


def programs(tmp_path: Path, **more: int) -> Programs:
    return Programs(Layout(tmp_path), Keys("a", "b", "c"), PORTS | more)


def given_to_tasks(engine: Program) -> set[str]:
    settings = [after for word, after in itertools.pairwise(list(engine.command)) if word == "--set"]
    return {setting.partition("=")[0] for setting in settings}


@pytest.mark.parametrize(
    "engine", [lambda p: p.engine(), lambda p: p.docker("/docker.sock")], ids=["process", "docker"]
)
def test_an_engine_has_the_administrators_keys_and_its_tasks_have_none(tmp_path, engine) -> None:
    program = engine(programs(tmp_path))
    assert dict(program.environment) == CREDENTIALS
    assert "AWS_ENDPOINT_URL" in given_to_tasks(program)
    assert not KEYS & given_to_tasks(program)


def test_on_localstack_which_refuses_nothing_tasks_get_keys_and_the_emulator_asks_for_none(tmp_path) -> None:
    there = programs(tmp_path, **{LOCALSTACK: 5})
    assert given_to_tasks(there.engine()) >= KEYS
    assert "--anybody" in there.emulator(with_tasks=True).command


def test_the_emulator_enforces_and_writes_down_what_it_decides(tmp_path) -> None:
    command = programs(tmp_path).emulator(with_tasks=True).command
    assert "--anybody" not in command
    assert str(tmp_path / "logs" / "decisions.jsonl") in command
