"""What the twin tells about itself, and how a start that fails is told."""

import os
import socket
import sys

import pytest

from local.__main__ import main
from local.docker import daemon
from local.twin import engines, estate, faults
from local.twin.estate import Twin
from local.twin.layout import Layout, TwinError
from local.twin.phases import Phases
from local.twin.processes import Program, start
from local.twin.roster import Roster
from raglite.settings import Settings
from tests.dockerd import machine
from tests.processes import free_port, listening

OUTPUTS = {
    "load_balancer_name": "raglite",
    "documents_bucket": "documents",
    "parsed_bucket": "parsed",
    "registry_table": "registry",
    "collection": "raglite",
    "backups_bucket": "backups",
    "backups_key": "arn:aws:kms:us-east-1:000000000000:key/signing",
    "audit_records_group": "/audit",
    "audit_texts_group": "/audit-texts",
    "audit_bucket": "audit",
    "dashboard_name": "board",
}
PORTS = {"aws": 1, "qdrant": 2, "xray": 3, "autoscaling": 4}


@pytest.fixture
def twin(tmp_path):
    layout = Layout(tmp_path / "home")
    layout.make()
    Roster(layout, ports=PORTS, outputs=OUTPUTS).write()
    return Twin.of(layout)


def test_its_environment_leads_the_cli_to_it_and_to_no_real_account(twin, monkeypatch):
    environment = twin.environment()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Settings.from_environment().documents_bucket == OUTPUTS["documents_bucket"]
    assert environment["RAGLITE_API_URL"] == "http://127.0.0.1:1/_alb/raglite"
    assert environment["RAGLITE_API_KEY"] == twin.facts()["api_key"]
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert environment["AWS_CONFIG_FILE"] == os.devnull
    assert environment["RAGLITE_ENVIRONMENT"] == "local"
    assert len([name for name in environment if name.startswith("RAGLITE_")]) == 17


def test_its_environment_leads_to_the_unreliable_network_where_there_is_one(twin):
    twin.roster.ports.update(network=5, faults=6)
    environment = twin.environment()
    assert environment["RAGLITE_QDRANT_URL"] == twin.facts()["qdrant_url"] == "http://127.0.0.1:5"
    assert environment["RAGLITE_FAULTS_URL"] == "http://127.0.0.1:6"


def test_a_running_twin_gets_no_unreliable_network_afterwards(twin):
    with pytest.raises(TwinError, match="The twin runs without `--faults`: stop it first with `make down`"):
        faults.refuse_late(twin.programs, faulty=True)
    twin.roster.ports.update(network=5, faults=6)
    for faulty in (True, False):
        faults.refuse_late(twin.programs, faulty)


@pytest.mark.parametrize(
    ("environment", "words", "asked"),
    [("", [], False), ("0", [], False), ("1", [], True), ("", ["--faults"], True), ("0", ["--faults"], True)],
)
def test_an_unreliable_network_is_asked_for_by_word_or_environment(monkeypatch, environment, words, asked):
    started = []
    monkeypatch.setenv("FAULTS", environment)
    monkeypatch.setattr("local.__main__.up", lambda *_, faulty: started.append(faulty) or {})
    assert main(["up", "--json", *words]) == 0
    assert started == [asked]


def test_a_process_that_cannot_start_is_told_with_what_it_said(twin):
    program = Program("broken", (sys.executable, "-c", "raise SystemExit('no such luck')"), port=free_port())
    running = start(program, twin.layout.home)
    with pytest.raises(TwinError, match=r"broken ended at once(.|\n)*no such luck"):
        estate._await(running, program.port)


def test_somebody_else_on_its_port_is_not_taken_for_it(twin):
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        program = Program("late", (sys.executable, "-c", "raise SystemExit('address in use')"), port=port)
        with pytest.raises(TwinError, match=rf"late ended at once, and somebody else has its port {port} by now: try"):
            estate._start(twin, [program])


def test_a_process_serves_as_soon_as_it_or_its_child_listens(twin):
    code = (
        "import http.server, os, sys; os.fork() or http.server.test(port=int(sys.argv[1]), bind='127.0.0.1'); os.wait()"
    )
    port = free_port()
    estate._start(twin, [Program("parent", (sys.executable, "-c", code, str(port)), port=port)])
    assert twin.roster.lives("parent")
    assert listening(port)
    twin.roster.stop()


def test_a_docker_engine_of_its_own_runs_still_when_the_first_start_has_applied(twin, tmp_path, monkeypatch):
    """Applying ends with stopping everything, to keep the emulator's state."""

    def applied(_):
        (twin.layout.terraform).mkdir()
        (twin.layout.terraform / "terraform.tfstate").touch()
        assert twin.roster.lives("dockerd")
        return OUTPUTS

    for name, value in machine(tmp_path, "raglite-").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(estate, "_applied", applied)
    monkeypatch.setattr(estate, "_start", lambda *_: None)
    estate._begin(twin, Phases(), engines.DOCKER, None)
    assert twin.roster.lives("dockerd")
    assert daemon.answers(tmp_path / "d.sock")
    twin.roster.stop()


@pytest.mark.parametrize(("name", "value"), [("ENGINE", "Docker"), ("TWIN", "local-stack")])
def test_a_misspelt_engine_or_aws_of_the_environment_is_no_silent_default(monkeypatch, capsys, name, value):
    monkeypatch.setenv(name, value)
    monkeypatch.setattr("local.__main__.up", lambda *_, **__: pytest.fail("it started a twin"))
    with pytest.raises(SystemExit):
        main(["up"])
    assert f"'{value}', as said here or in the environment, is none of" in capsys.readouterr().err


def test_keys_do_not_appear_on_any_command_line(twin):
    made = twin.programs
    every = [made.qdrant(), made.xray(), made.autoscaling(), made.engine()]
    every += [made.emulator(with_tasks=True), made.emulator(with_tasks=False)]
    words = " ".join(word for program in every for word in program.command)
    assert twin.keys.api_key not in words
    assert twin.keys.qdrant_api_key not in words


def test_where_there_was_never_a_twin_there_is_nothing_to_take_down(tmp_path):
    assert estate.down(Layout(tmp_path / "fresh")) == 0


def test_a_twin_begins_with_its_first_generation_whatever_one_that_was_killed_had_switched(twin, monkeypatch):
    twin.terraform.folder.mkdir()
    twin.terraform.switch({"live": {"registry": "2"}})
    twin.roster.ports = {}  # as in a fresh checkout
    monkeypatch.setattr(estate, "_build", lambda *_: pytest.fail(twin.terraform.generations.read_text()))
    with pytest.raises(pytest.fail.Exception, match=r"^\{\}$"):
        estate._begin(twin, Phases(), None, None)


def test_a_twin_of_which_a_part_died_does_not_count_as_running(twin):
    assert not twin.runs


def test_an_unknown_verb_is_explained(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["sideways"])
    assert ended.value.code == 2
    assert "up,down,status,env,plan,apply" in capsys.readouterr().err.replace(" ", "").replace("'", "")
