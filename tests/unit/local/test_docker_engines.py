"""Which engine a twin's tasks run on, and which Docker Engine that is: one that answers, else one of its own."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.docker import daemon
from local.twin import engines
from local.twin.layout import Layout, TwinError
from local.twin.roster import Roster

DOCKERD = """#!{python}
import http.server, json, os, socket, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        there = self.path == "/_ping" or {images!r} in self.path
        self.send_response(200 if there else 404)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"OK")
    def address_string(self):
        return "somebody"
class Server(http.server.HTTPServer):
    address_family = socket.AF_UNIX
    def server_bind(self):
        self.socket.bind(self.server_address)
path = sys.argv[sys.argv.index("--host") + 1].removeprefix("unix://")
Server(path, Handler).serve_forever()
"""


@pytest.fixture
def roster(tmp_path: Path) -> Iterator[Roster]:
    layout = Layout(tmp_path / "home")
    layout.make()
    roster = Roster.read(layout)
    yield roster
    roster.stop()


def machine(tmp_path: Path, images: str) -> dict[str, str]:
    """Return the environment of a machine on which no engine answers, but one that has `images` can be started."""
    program = tmp_path / "bin" / "dockerd"
    program.parent.mkdir()
    program.write_text(DOCKERD.format(python=sys.executable, images=images))
    program.chmod(0o755)
    return {"DOCKER_HOST": f"unix://{tmp_path}/d.sock", "PATH": str(program.parent)}


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


def test_an_engine_that_dies_while_starting_is_pointed_to_its_log(roster: Roster, tmp_path: Path) -> None:
    environment = machine(tmp_path, "raglite-")
    (tmp_path / "bin" / "dockerd").write_text("#!/bin/sh\necho no space; exit 1\n")
    with pytest.raises(TwinError, match=r"does not start\. It said why in .*dockerd\.log"):
        engines.prepare(roster, environment, is_root=True)


def test_a_running_twin_keeps_its_engine(roster: Roster) -> None:
    engines.refuse_another(roster, None)
    engines.refuse_another(roster, engines.PROCESS)
    with pytest.raises(TwinError, match="runs with `--engine process`: stop it first with `make down`"):
        engines.refuse_another(roster, engines.DOCKER)
    roster.docker = "/var/run/docker.sock"
    with pytest.raises(TwinError, match="runs with `--engine docker`"):
        engines.refuse_another(roster, engines.PROCESS)
