"""Which engine a twin's tasks run on, and which Docker Engine that is: one that answers, else one of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.docker import daemon
from local.twin import engines
from local.twin.layout import Layout, TwinError
from local.twin.roster import Roster
from tests.dockerd import machine


@pytest.fixture
def roster(tmp_path: Path) -> Iterator[Roster]:
    layout = Layout(tmp_path / "home")
    layout.make()
    roster = Roster.read(layout)
    yield roster
    roster.stop()


def test_an_engine_that_does_not_answer_is_started_and_stopped_with_the_twin(roster: Roster, tmp_path: Path) -> None:
    engines.prepare(roster, machine(tmp_path, "raglite-"), is_root=True)
    assert roster.docker == str(tmp_path / "d.sock")
    assert daemon.answers(tmp_path / "d.sock")
    assert Roster.read(roster.layout).docker == roster.docker
    assert Roster.read(roster.layout).lives("dockerd")
    assert roster.stop() == 1
    assert not daemon.answers(tmp_path / "d.sock")


def test_an_engine_that_answers_is_used_and_left_running(roster: Roster, tmp_path: Path) -> None:
    environment = machine(tmp_path, "raglite-")
    other = Layout(tmp_path / "other")
    other.make()
    somebody = Roster.read(other)
    engines.prepare(somebody, environment, is_root=True)
    engines.prepare(roster, environment, is_root=True)
    assert (roster.docker, roster.processes) == (somebody.docker, [])
    roster.stop()
    assert daemon.answers(Path(somebody.docker))
    somebody.stop()


def test_images_that_were_not_built_are_named_before_anything_starts(roster: Roster, tmp_path: Path) -> None:
    with pytest.raises(TwinError, match=r"No such image: raglite-ingest:local\. Build the images .* `make image`"):
        engines.prepare(roster, machine(tmp_path, "raglite-service"), is_root=True)


@pytest.mark.parametrize("is_root", [True, False])
def test_without_any_engine_a_person_is_told_what_to_do(roster: Roster, tmp_path: Path, is_root: bool) -> None:
    environment = {"DOCKER_HOST": f"unix://{tmp_path}/d.sock", "PATH": str(tmp_path)}
    with pytest.raises(TwinError, match=r"No Docker Engine answers .*scripts/docker-engine.*--engine process"):
        engines.prepare(roster, environment, is_root=is_root)


def test_an_engine_that_is_reached_by_network_does_not_serve_and_a_person_is_told_why(roster: Roster) -> None:
    with pytest.raises(TwinError, match=r"reached by network, .* unset it, or set it to a unix:// socket"):
        engines.prepare(roster, {"DOCKER_HOST": "tcp://far:2375"}, is_root=True)


def test_an_engine_that_dies_while_starting_is_pointed_to_its_log(roster: Roster, tmp_path: Path) -> None:
    environment = machine(tmp_path, "raglite-")
    (tmp_path / "bin" / "dockerd").write_text("#!/bin/sh\necho no space; exit 1\n")
    with pytest.raises(TwinError, match=r"does not start\. It said why in .*dockerd\.log"):
        engines.prepare(roster, environment, is_root=True)


def test_going_down_says_what_the_engine_did_not_let_go(
    roster: Roster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engines.prepare(roster, machine(tmp_path, "raglite-"), is_root=True)  # one that knows no containers
    engines.clear(roster)
    assert f"docker ps --all --filter label=raglite.home={roster.layout.home}" in capsys.readouterr().err
    assert Roster.read(roster.layout).docker == ""


def test_a_running_twin_keeps_its_engine(roster: Roster) -> None:
    engines.refuse_another(roster, None)
    engines.refuse_another(roster, engines.PROCESS)
    with pytest.raises(TwinError, match="runs with `--engine process`: stop it first with `make down`"):
        engines.refuse_another(roster, engines.DOCKER)
    roster.docker = "/var/run/docker.sock"
    with pytest.raises(TwinError, match="runs with `--engine docker`"):
        engines.refuse_another(roster, engines.PROCESS)
