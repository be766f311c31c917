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


def settings_of(engine: Program) -> dict[str, str]:
    settings = [after for word, after in itertools.pairwise(list(engine.command)) if word == "--set"]
    return {name: value for name, _, value in (setting.partition("=") for setting in settings)}


def given_to_tasks(engine: Program) -> set[str]:
    return set(settings_of(engine))


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


@pytest.mark.parametrize(
    "engine", [lambda p: p.engine(), lambda p: p.docker("/docker.sock")], ids=["process", "docker"]
)
def test_tasks_find_the_vector_store_behind_the_unreliable_network_where_there_is_one(tmp_path, engine) -> None:
    plain, faulty = programs(tmp_path), programs(tmp_path, network=6, faults=7)
    assert settings_of(engine(plain))["RAGLITE_QDRANT_URL"] == "http://127.0.0.1:2"
    assert settings_of(engine(faulty))["RAGLITE_QDRANT_URL"] == "http://127.0.0.1:6"
    assert faulty.qdrant() == plain.qdrant()


def test_the_unreliable_network_is_one_program_more_that_may_be_started_again(tmp_path) -> None:
    names = [program.name for program in programs(tmp_path).replaceable()]
    assert names == ["qdrant", "xray", "autoscaling"]
    faulty = programs(tmp_path, network=6, faults=7)
    assert [program.name for program in faulty.replaceable()] == ["qdrant", "network", "xray", "autoscaling"]
    told = ("-m", "local.network", "--port", "6", "--upstream", "2", "--control", "7")
    assert tuple(faulty.network().command)[1:] == told
