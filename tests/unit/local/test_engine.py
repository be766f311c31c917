"""The process engine as the emulator meets it: through docker-py, over its socket, with real processes."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import httpx
import pytest
from docker.models.containers import Container

from local.engine.environment import ANY_ADDRESS
from tests.fakes.task_definitions import TaskDefinitions
from tests.processes import end, until

ROOT = Path(__file__).resolve().parents[3]
INGEST, SERVICE, SIDECAR = "x/raglite-ingest:1", "x/raglite:1", "public.ecr.aws/xray/aws-xray-daemon:3"
SLEEPS = "import time; time.sleep(60)"
SERVES = """
import http.server as h, sys, time
time.sleep(0.3)
h.test(h.SimpleHTTPRequestHandler, port=8000, bind=sys.argv[1])
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
POLITE = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print("goodbye"), sys.exit(0)))
print("hello", flush=True)
time.sleep(60)
"""


@dataclass
class Engine:
    """A running engine with a client; `emulator` is what it asks for task definitions."""

    process: subprocess.Popen[bytes]
    client: docker.DockerClient
    home: Path
    emulator: TaskDefinitions

    @classmethod
    def start(cls, home: Path, emulator: TaskDefinitions) -> "Engine":
        socket = home / "engine.sock"
        host = ["--scratch", str(home / "scratch"), "--logs", str(home / "logs"), "--endpoint", emulator.url]
        variables = ["AWS_DEFAULT_REGION=us-east-1", f"AWS_ENDPOINT_URL={emulator.url}", "SET=by-host"]
        own = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1"}
        process = subprocess.Popen(
            [sys.executable, "-m", "local.engine", "--socket", str(socket), *host]
            + [word for variable in variables for word in ("--set", variable)]
            + ["--default", "GIVEN=by-default", "--default", "MISSING=by-default"],
            cwd=ROOT,
            env={**os.environ, **own},
        )
        until(lambda: socket.is_socket() and answers(socket), "the engine answers")
        return cls(process, docker.DockerClient(base_url=f"unix://{socket}", timeout=60), home, emulator)

    def run(self, code: str, *arguments: str, **options: Any) -> Container:
        command = ["python", "-c", code, *arguments]
        container = self.client.containers.run(options.pop("image", INGEST), command, detach=True, **options)
        container.reload()
        return container

    def run_task(self, family: str, task: str, code: str, *arguments: str) -> Container:
        labels = self.emulator.labels(family, task)
        return self.run(code, *arguments, image=SERVICE, labels=labels)


def answers(socket: Path) -> bool:
    try:
        client = httpx.Client(transport=httpx.HTTPTransport(uds=str(socket)))
        return client.get("http://engine/_ping").text == "OK"
    except httpx.TransportError:
        return False


def runs(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


def address(container: Container) -> str:
    return container.attrs["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]


@pytest.fixture(scope="module")
def emulator() -> Iterator[TaskDefinitions]:
    with TaskDefinitions() as serving:
        yield serving


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, emulator: TaskDefinitions) -> Iterator[Engine]:
    started = Engine.start(tmp_path_factory.mktemp("engine"), emulator)
    yield started
    started.client.close()
    end(started.process)


def test_a_container_runs_its_command_with_its_variables_and_tells_its_exit_code(engine: Engine) -> None:
    code = "import os, sys; print(*(os.environ[n] for n in ('GIVEN', 'MISSING', 'SET'))); sys.exit(7)"
    container = engine.run(code, environment={"GIVEN": "by-container", "SET": "by-container"})
    assert container.wait() == {"StatusCode": 7, "Error": None}
    assert container.logs() == b"by-container by-default by-host\n"


def test_a_process_sees_nothing_of_the_engines_own_environment(engine: Engine) -> None:
    container = engine.run("import os; print(os.environ.get('AWS_SECRET_ACCESS_KEY'))")
    container.wait()
    assert container.logs() == b"None\n"


def test_errors_and_output_are_followed_until_the_container_ends(engine: Engine) -> None:
    container = engine.run("import sys, time; print('one', flush=True); time.sleep(0.2); sys.exit('two')")
    assert b"".join(container.logs(stream=True, follow=True)) == b"one\ntwo\n"
    assert container.logs(tail=1) == b"two\n"


def test_a_stopped_process_may_end_by_itself(engine: Engine) -> None:
    container = engine.run(POLITE)
    until(lambda: container.logs() == b"hello\n", "the handler is set")
    container.stop(timeout=30)
    container.reload()
    assert (container.attrs["State"]["ExitCode"], container.logs()) == (0, b"hello\ngoodbye\n")


def test_a_process_that_ignores_the_stop_is_killed_when_its_definitions_timeout_is_over(engine: Engine) -> None:
    engine.emulator.define("deaf", stopTimeout=1)
    container = engine.run_task("deaf", "task/deaf", DEAF)
    until(lambda: container.logs() == b"deaf\n", "the signal is ignored")
    started = time.monotonic()
    container.stop(timeout=50)
    assert 1 <= time.monotonic() - started < 10
    assert container.wait()["StatusCode"] == 137


def test_replicas_listen_on_the_same_port_and_answer_as_soon_as_they_count_as_started(engine: Engine) -> None:
    engine.emulator.define("web", portMappings=[{"containerPort": 8000}])
    replicas = [engine.run_task("web", f"task/{n}", SERVES, ANY_ADDRESS) for n in (1, 2)]
    addresses = {address(replica) for replica in replicas}
    assert len(addresses) == 2
    assert [httpx.get(f"http://{one}:8000/").status_code for one in addresses] == [200, 200]
    for replica in replicas:
        replica.remove(force=True)


def test_an_essential_container_takes_the_rest_of_its_task_with_it(engine: Engine) -> None:
    engine.emulator.define("pair")
    engine.emulator.define("pair", "sidecar", essential=False)
    main = engine.run_task("pair", "task/pair", SLEEPS)
    labels = engine.emulator.labels("pair", "task/pair", "sidecar")
    sidecar = engine.client.containers.run(SIDECAR, detach=True, labels=labels)
    sidecar.reload()
    assert (sidecar.status, address(sidecar)) == ("running", address(main))
    main.kill()
    assert main.wait()["StatusCode"] == 137
    assert sidecar.wait()["StatusCode"] == 0
    late = engine.client.containers.run(SIDECAR, detach=True, labels=labels)
    assert b"not started" in late.logs()


def test_a_server_that_keeps_dying_starts_later_and_later_and_its_log_says_so(engine: Engine) -> None:
    engine.emulator.define("loop", portMappings=[{"containerPort": 8000}])
    started = []
    for number in range(3):
        container = engine.run_task("loop", f"task/loop-{number}", "raise SystemExit(1)")
        started.append(time.monotonic())
    assert started[2] - started[1] >= 1
    assert b"the last 2 died within 30 s of their start: this one starts in 1 s" in container.logs()


def test_a_process_over_its_memory_limit_is_killed_and_its_container_says_why(engine: Engine) -> None:
    engine.emulator.define("greedy", memory=64)
    container = engine.run_task("greedy", "task/greedy", "import time; kept = b'x' * 200_000_000; time.sleep(60)")
    assert container.wait()["StatusCode"] == 137
    container.reload()
    assert container.attrs["State"]["OOMKilled"] is True
    assert b"out of memory" in container.logs()


def test_what_a_process_started_ends_with_it(engine: Engine) -> None:
    code = "import subprocess; print(subprocess.Popen(['sleep', '60'], start_new_session=True).pid)"
    container = engine.run(code)
    container.wait()
    assert not runs(int(container.logs()))


BUSY = """
import subprocess, sys, time
spin = "import time; e = time.process_time() + 0.3\\nwhile time.process_time() < e: pass"
subprocess.run([sys.executable, "-c", spin])
kept = bytearray(64 * 1024**2)
print("done", flush=True)
time.sleep(60)
"""


def test_what_a_containers_processes_use_is_told_as_docker_tells_it(engine: Engine) -> None:
    container = engine.run(BUSY)
    until(lambda: container.logs() == b"done\n", "it has worked")
    told = container.stats(stream=False)
    assert 0.3 <= told["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9 < 30
    assert 64 * 1024**2 <= told["memory_stats"]["usage"] < 200 * 1024**2
    container.stop(timeout=0)
    assert container.stats(stream=False)["memory_stats"]["usage"] == 0


def test_a_container_is_listed_by_its_labels_until_it_is_removed(engine: Engine) -> None:
    def listed(**options: Any) -> list[str]:
        filters = {"label": ["kind=listed"]}
        return [container.id for container in engine.client.containers.list(filters=filters, **options)]

    container = engine.run(SLEEPS, labels={"kind": "listed"})
    assert listed() == [container.id]
    with pytest.raises(docker.errors.APIError, match="cannot remove a running container"):
        container.remove()
    container.stop(timeout=5)
    assert (listed(), listed(all=True)) == ([], [container.id])
    container.remove(v=True)
    assert listed(all=True) == []
    assert list((engine.home / "scratch").glob(f"{container.id}*")) == []


def test_what_the_machine_does_not_have_is_refused_as_docker_refuses_it(engine: Engine) -> None:
    with pytest.raises(docker.errors.ImageNotFound, match="No such image: nginx"):
        engine.client.containers.run("nginx")
    with pytest.raises(docker.errors.NotFound, match="No such container: nobody"):
        engine.client.containers.get("nobody")
    with pytest.raises(docker.errors.APIError, match="cannot start /nothing: No such file or directory"):
        engine.client.containers.run(INGEST, ["/nothing"], detach=True)
    with pytest.raises(docker.errors.APIError, match="does not serve GET"):
        engine.client.volumes.list()


def test_a_stop_reaches_a_server_that_still_waits_for_its_turn(engine: Engine) -> None:
    engine.emulator.define("waits", portMappings=[{"containerPort": 8000}])
    for number in range(2):
        engine.run_task("waits", f"task/waits-{number}", "raise SystemExit(1)")
    labels = engine.emulator.labels("waits", "task/waits-late")
    container = engine.client.containers.create(SERVICE, ["python", "-c", SLEEPS], labels=labels)
    starting = threading.Thread(target=container.start)
    starting.start()
    until(lambda: b"this one starts in" in container.logs(), "the start is delayed")
    container.stop(timeout=1)
    starting.join(5)
    container.reload()
    assert (container.status, container.attrs["State"]["Pid"]) == ("exited", 0)


def test_only_its_owner_reaches_the_socket_and_no_second_engine_takes_its_place(engine: Engine) -> None:
    socket = engine.home / "engine.sock"
    assert stat.S_IMODE(socket.stat().st_mode) == 0o600
    arguments = [
        "--socket",
        str(socket),
        "--scratch",
        str(engine.home / "scratch"),
        "--logs",
        str(engine.home / "logs"),
    ]
    second = subprocess.run(
        [sys.executable, "-m", "local.engine", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (second.returncode, second.stderr.splitlines()[-1]) == (
        75,
        f"Another engine uses {engine.home / 'scratch'}: stop it first.",
    )
    assert engine.client.ping()


def test_a_killed_engine_leaves_no_process_and_its_successor_shows_the_dead(
    tmp_path: Path, emulator: TaskDefinitions
) -> None:
    first = Engine.start(tmp_path, emulator)
    code = "import subprocess, time; print(subprocess.Popen(['sleep', '60'], start_new_session=True).pid, flush=True)"
    container = first.run(f"{code}; time.sleep(60)", name="victim", environment={"PASSWORD": "hidden"})
    until(lambda: container.logs() != b"", "the process has a child")
    pids = [container.attrs["State"]["Pid"], int(container.logs())]
    assert all(map(runs, pids))
    first.process.kill()
    first.process.wait()
    until(lambda: not any(map(runs, pids)), "process and child have ended", within=5)
    assert not any("hidden" in file.read_text() for file in (tmp_path / "scratch").glob("*.json"))

    second = Engine.start(tmp_path, emulator)
    found = second.client.containers.get("victim")
    assert (found.id, found.status, found.wait()["StatusCode"]) == (container.id, "exited", 137)
    end(second.process)


def test_an_engine_told_to_end_lets_its_processes_end_by_themselves(tmp_path: Path, emulator: TaskDefinitions) -> None:
    engine = Engine.start(tmp_path, emulator)
    container = engine.run(POLITE, name="guest")
    until(lambda: container.logs() == b"hello\n", "the handler is set")
    engine.process.send_signal(signal.SIGTERM)
    assert engine.process.wait(10) == 0
    assert (tmp_path / "logs/guest.log").read_text() == "hello\ngoodbye\n"
    assert not (tmp_path / "engine.sock").exists()
