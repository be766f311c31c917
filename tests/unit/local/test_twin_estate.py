"""What the twin tells about itself, and how a start that fails is told."""

import os
import sys

import pytest

from local.__main__ import main
from local.twin import estate
from local.twin.estate import Twin
from local.twin.layout import Layout, TwinError
from local.twin.processes import Program, start
from local.twin.roster import Roster
from raglite.settings import Settings
from tests.processes import free_port

OUTPUTS = {
    "load_balancer_name": "raglite",
    "documents_bucket": "documents",
    "parsed_bucket": "parsed",
    "registry_table": "registry",
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
    assert len([name for name in environment if name.startswith("RAGLITE_")]) == 11


def test_a_process_that_cannot_start_is_told_with_what_it_said(twin):
    program = Program("broken", (sys.executable, "-c", "raise SystemExit('no such luck')"), port=free_port())
    running = start(program, twin.layout.home)
    with pytest.raises(TwinError, match=r"broken ended at once(.|\n)*no such luck"):
        estate._await(running, program.port)


def test_keys_do_not_appear_on_any_command_line(twin):
    made = twin.programs
    every = [made.qdrant(), made.xray(), made.autoscaling(), made.engine()]
    every += [made.emulator(with_tasks=True), made.emulator(with_tasks=False)]
    words = " ".join(word for program in every for word in program.command)
    assert twin.keys.api_key not in words
    assert twin.keys.qdrant_api_key not in words


def test_a_twin_of_which_a_part_died_does_not_count_as_running(twin):
    assert not twin.runs


def test_an_unknown_verb_is_explained(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["sideways"])
    assert ended.value.code == 2
    assert "up,down,status,env,plan" in capsys.readouterr().err.replace(" ", "").replace("'", "")
