"""Processes of the twin: found again, and ended only if they are still the ones that were started."""

import dataclasses
import signal
import socket
import sys
from pathlib import Path

import psutil
import pytest

from local.twin.layout import Layout
from local.twin.ports import PREFERRED, choose
from local.twin.processes import Program, Running, end, marked, start
from local.twin.roster import Roster
from tests.processes import free_port, until

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)
PATIENT = "import time; print('here', flush=True); time.sleep(60)"


@pytest.fixture
def layout(tmp_path):
    layout = Layout(tmp_path / "home")
    layout.make()
    yield layout
    Roster.read(layout).stop()


def started(layout: Layout, code: str, name: str = "patient") -> Running:
    running = start(Program(name, (sys.executable, "-c", code)), layout.home)
    until(lambda: bool(Path(running.log).read_text()), "the process says that it runs")
    return running


def test_a_process_that_ignores_the_request_to_stop_is_killed(layout):
    running = started(layout, STUBBORN)
    end([running.process], grace=0.2)
    assert not running.alive


def test_another_process_with_the_same_pid_is_not_taken_for_ours(layout):
    running = started(layout, PATIENT)
    assert running.alive
    assert dataclasses.replace(running, born=running.born - 60).process is None


def test_only_its_own_home_claims_a_process(layout, tmp_path):
    running = started(layout, PATIENT)
    assert [process.pid for process in marked(layout.home)] == [running.pid]
    assert marked(tmp_path / "elsewhere") == []


def test_stopping_ends_what_was_written_down_and_what_only_bears_the_mark(layout):
    roster = Roster.read(layout)
    known = roster.start([Program("known", (sys.executable, "-c", PATIENT))])[0]
    forgotten = started(layout, PATIENT, "forgotten")
    assert Roster.read(layout).lives("known")
    assert Roster.read(layout).stop() == 2
    assert not known.alive
    assert not forgotten.alive
    assert Roster.read(layout).processes == []


def test_a_process_killed_from_outside_is_known_to_be_dead(layout):
    roster = Roster.read(layout)
    running = roster.start([Program("known", (sys.executable, "-c", PATIENT))])[0]
    psutil.Process(running.pid).send_signal(signal.SIGKILL)
    until(lambda: not Roster.read(layout).lives("known"), "its death is seen")


def test_nothing_of_the_caller_leaks_into_a_process(layout, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "somebody-elses-account")
    running = started(layout, "import os; print(sorted(os.environ), flush=True); import time; time.sleep(60)")
    said = Path(running.log).read_text()
    assert "TWIN_HOME" in said
    assert "AWS_PROFILE" not in said


def test_the_ports_of_last_time_come_first_then_the_well_known_ones():
    remembered = free_port()
    assert choose({"aws": remembered})["aws"] == remembered
    assert len(set(choose({}).values())) == len(PREFERRED)


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_that_somebody_has_is_not_chosen(kind):
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        taken = holder.getsockname()[1]
        chosen = choose({"xray": taken})
    assert taken not in chosen.values()
    assert len(chosen) == len(PREFERRED)


def test_what_is_private_is_readable_by_its_owner_only(layout):
    Roster.read(layout).write()
    assert layout.state.stat().st_mode & 0o077 == 0
    assert layout.home.stat().st_mode & 0o077 == 0


def test_a_socket_deep_in_the_file_system_gets_a_short_address(tmp_path):
    deep = Layout(tmp_path / ("d" * 120))
    assert len(str(deep.socket)) < 108
    assert deep.socket != Layout(tmp_path / ("e" * 120)).socket
