"""What the emulator relies on, on both engines that run its tasks: processes here, or containers of a Docker Engine."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import httpx
import pytest
from docker.models.containers import Container

from local.docker import daemon, sweeping
from local.docker.translation import MARK
from local.engine import images
from local.engine.environment import ANY_ADDRESS
from tests.engines import KINDS, docker_engine, serving, tag_of
from tests.fakes.task_definitions import TaskDefinitions
from tests.processes import until

SIDECAR = "public.ecr.aws/xray/aws-xray-daemon:3.x"
SLEEPS = "import time; time.sleep(60)"
SERVES = "import http.server as h, sys; h.test(h.SimpleHTTPRequestHandler, port=8000, bind=sys.argv[1])"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
POLITE = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print("goodbye"), sys.exit(3)))
print("hello", flush=True)
time.sleep(60)
"""
GREEDY = "kept = []\nwhile True: kept.append(bytearray(4_000_000))"


@dataclass
class Engine:
    """An engine as the emulator meets it."""

    kind: str
    home: Path
    client: docker.DockerClient
    emulator: TaskDefinitions
    tag: str

    def define(self, family: str, name: str = "main", **definition: Any) -> None:
        self.emulator.define(family, name, **definition)

    def run(self, family: str, code: str, *arguments: str, task: str = "", **options: Any) -> Container:
        """Run a task's main container."""
        labels = self.emulator.labels(family, f"arn:task/{task or family}")
        command = ["python", "-c", code, *arguments]
        container = self.client.containers.run(f"x/raglite:{self.tag}", command, detach=True, labels=labels, **options)
        container.reload()
        return container

    def sidecar(self, family: str) -> Container:
        """Run the second container of the family's task."""
        labels = self.emulator.labels(family, f"arn:task/{family}", "sidecar")
        container = self.client.containers.run(SIDECAR, detach=True, labels=labels)
        container.reload()
        return container


@pytest.fixture(scope="module", params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    home = tmp_path_factory.mktemp("engine")
    tag = "1" if request.param == "process" else tag_of(images.SERVICE)
    with (
        TaskDefinitions() as emulator,
        serving(request.param, home, emulator.url, "SET=by-host", f"AWS_ENDPOINT_URL={emulator.url}"),
    ):
        client = docker.DockerClient(base_url=f"unix://{home}/engine.sock", timeout=60)
        yield Engine(request.param, home, client, emulator, tag)
        client.close()


def address(container: Container) -> str:
    return next(iter(container.attrs["NetworkSettings"]["Networks"].values()))["IPAddress"]


def test_a_container_runs_its_command_with_its_variables_and_tells_its_exit_code(engine: Engine) -> None:
    engine.define("plain")
    code = "import os, sys; print(*(os.environ[n] for n in ('GIVEN', 'SET'))); sys.exit(7)"
    container = engine.run("plain", code, environment={"GIVEN": "by-container", "SET": "by-container"})
    assert container.wait() == {"StatusCode": 7, "Error": None}
    container.reload()
    assert (container.status, container.attrs["State"]["ExitCode"]) == ("exited", 7)
    assert container.logs() == b"by-container by-host\n"


def test_output_is_followed_until_the_container_ends(engine: Engine) -> None:
    engine.define("prints")
    container = engine.run("prints", "import sys, time; print('one', flush=True); time.sleep(0.3); sys.exit('two')")
    assert b"".join(container.logs(stream=True, follow=True)) == b"one\ntwo\n"
    assert container.logs(tail=1) == b"two\n"


def test_a_stopped_container_may_end_by_itself_and_its_own_exit_code_is_kept(engine: Engine) -> None:
    engine.define("polite", stopTimeout=30)
    container = engine.run("polite", POLITE)
    until(lambda: container.logs() == b"hello\n", "the handler is set")
    container.stop(timeout=1)
    container.reload()
    assert (container.attrs["State"]["ExitCode"], container.logs()) == (3, b"hello\ngoodbye\n")


def test_one_that_ignores_the_stop_is_killed_when_its_definitions_timeout_is_over(engine: Engine) -> None:
    engine.define("deaf", stopTimeout=1)
    container = engine.run("deaf", DEAF)
    until(lambda: container.logs() == b"deaf\n", "the signal is ignored")
    started = time.monotonic()
    container.stop(timeout=50)
    assert 1 <= time.monotonic() - started < 10
    assert container.wait()["StatusCode"] == 137


def test_replicas_listen_on_the_same_port_and_answer_as_soon_as_they_count_as_started(engine: Engine) -> None:
    engine.define("web", portMappings=[{"containerPort": 8000}])
    replicas = [engine.run("web", SERVES, ANY_ADDRESS, task=f"web-{n}") for n in (1, 2)]
    addresses = {address(replica) for replica in replicas}
    assert len(addresses) == 2
    assert [httpx.get(f"http://{one}:8000/").status_code for one in addresses] == [200, 200]
    for replica in replicas:
        replica.remove(force=True)


def test_an_essential_container_takes_the_rest_of_its_task_with_it(engine: Engine) -> None:
    engine.define("pair")
    engine.define("pair", "sidecar", essential=False)
    main = engine.run("pair", SLEEPS)
    sidecar = engine.sidecar("pair")
    assert (sidecar.status, address(sidecar)) == ("running", address(main))
    main.kill()
    assert main.wait()["StatusCode"] == 137
    sidecar.wait()
    until(lambda: (sidecar.reload(), sidecar.status)[1] == "exited", "the sidecar has ended")
    late = engine.sidecar("pair")
    assert late.status in {"created", "exited"}
    assert b"not started" in late.logs()


def test_one_over_its_memory_limit_is_killed_and_its_container_says_why(engine: Engine) -> None:
    engine.define("greedy", memory=64)
    container = engine.run("greedy", GREEDY)
    assert container.wait()["StatusCode"] == 137
    container.reload()
    assert container.attrs["State"]["OOMKilled"] is True


def test_a_server_that_keeps_dying_starts_later_and_later(engine: Engine) -> None:
    engine.define("loop", portMappings=[{"containerPort": 8000}])
    started = []
    for number in range(3):
        container = engine.run("loop", "raise SystemExit(1)", task=f"loop-{number}")
        container.wait()
        started.append(time.monotonic())
    assert started[2] - started[1] >= 1
    assert b"the last 2 died within 30 s of their start: this one starts in 1 s" in container.logs()


def test_a_container_is_listed_until_it_is_removed(engine: Engine) -> None:
    def listed(**options: Any) -> list[str]:
        filters = {"label": ["com.amazonaws.ecs.task-arn=arn:task/listed"]}
        return [container.id for container in engine.client.containers.list(filters=filters, **options)]

    engine.define("listed", stopTimeout=2)
    container = engine.run("listed", SLEEPS)
    assert listed() == [container.id]
    with pytest.raises(docker.errors.APIError, match="cannot remove a running container"):
        container.remove()
    container.stop()
    assert (listed(), listed(all=True)) == ([], [container.id])
    container.remove(v=True)
    assert listed(all=True) == []


def test_what_is_not_there_is_refused_as_docker_refuses_it(engine: Engine) -> None:
    with pytest.raises(docker.errors.NotFound, match="No such container: nobody"):
        engine.client.containers.get("nobody")
    with pytest.raises(docker.errors.ImageNotFound, match="No such image: nginx"):
        engine.client.images.get("nginx")


def test_the_processor_time_and_memory_in_use_are_told(engine: Engine) -> None:
    engine.define("busy")
    busy = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"
    container = engine.run("busy", f"{busy}print('done', flush=True); kept = bytearray(64 * 1024**2); time.sleep(60)")
    until(lambda: container.logs() == b"done\n", "it has worked")
    told = engine.client.api.stats(container.id, stream=False, one_shot=True)
    assert 0.3 <= told["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9 < 30
    until(
        lambda: engine.client.api.stats(container.id, stream=False, one_shot=True)["memory_stats"]["usage"] > 64 << 20,
        "the memory is in use",
    )
    container.remove(force=True)


TAKES_ITS_ROLE = """
import os, urllib.request
token = {"Authorization": os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
asked = urllib.request.Request(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"], headers=token)
print(urllib.request.urlopen(asked, timeout=5).read().decode())
"""


def test_a_task_is_handed_the_credentials_of_its_role_and_no_others(engine: Engine) -> None:
    engine.define("in-a-role")
    engine.emulator.give_role("in-a-role", "arn:aws:iam::000000000000:role/reader")
    container = engine.run("in-a-role", TAKES_ITS_ROLE)
    assert container.wait()["StatusCode"] == 0
    given = json.loads(container.logs())
    assert given["RoleArn"] == "arn:aws:iam::000000000000:role/reader"
    assert given["AccessKeyId"].startswith("reader-")
    engine.define("in-none")
    code = "import os; print(sorted(name for name in os.environ if 'CREDENTIALS' in name or 'ACCESS_KEY' in name))"
    without = engine.run("in-none", code)
    without.wait()
    assert without.logs() == b"[]\n"


# --- what only a container can promise ---------------------------------------------------------------------------


containers_only = pytest.mark.parametrize("engine", ["docker"], indirect=True)  # a process sees the whole machine

LOOKS = """
import os, socket
print(os.getuid(), [line for line in open("/proc/self/status") if line.startswith("CapEff")][0].split()[1])
for path in ("/here", "/tmp/here", "/kept/here"):
    try:
        open(path, "w").close(); print(path, "written")
    except OSError as error:
        print(path, error.strerror)
"""


@containers_only
def test_the_root_is_read_only_no_capability_is_left_and_a_declared_volume_is_written_to(engine: Engine) -> None:
    engine.emulator.volume("scratch")
    engine.define(
        "shut-in",
        user="10001",
        readonlyRootFilesystem=True,
        linuxParameters={"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        mountPoints=[{"sourceVolume": "scratch", "containerPath": "/kept"}],
    )
    container = engine.run("shut-in", LOOKS)
    container.wait()
    said = container.logs().decode().splitlines()
    assert said[0] == "10001 0000000000000000"
    assert said[1] == "/here Read-only file system"
    assert said[3] == "/kept/here Permission denied"  # Fargate's volumes are root's unless the image declares them
    volumes = volumes_of(engine)
    assert len(volumes) == 1
    container.remove()
    assert volumes_of(engine) == []


def volumes_of(engine: Engine) -> list[str]:
    with daemon.client(docker_engine()) as asked:
        filters = json.dumps({"label": [f"{MARK}={engine.home}"]})
        return [volume["Name"] for volume in asked.get("/volumes", params={"filters": filters}).json()["Volumes"] or ()]


@containers_only
def test_the_machines_loopback_is_reached_by_the_relay_and_the_world_is_not(engine: Engine) -> None:
    engine.define("calls")
    code = """
import json, os, socket, urllib.request
url = os.environ["AWS_ENDPOINT_URL"]
asked = urllib.request.Request(url, json.dumps({"taskDefinition": "calls:1"}).encode(), method="POST")
task = json.load(urllib.request.urlopen(asked, timeout=5))["taskDefinition"]
print(url.split(":")[1], task["containerDefinitions"][0]["name"])
try:
    socket.create_connection(("198.51.100.1", 80), timeout=1); print("out")
except OSError as error:
    print("shut in")
"""
    container = engine.run("calls", code)
    container.wait()
    first, second = container.logs().decode().splitlines()
    assert first.startswith("//169.254.170.")
    assert (first.split()[1], second) == ("main", "shut in")


@containers_only
def test_a_definition_that_is_not_understood_is_refused_by_name(engine: Engine) -> None:
    engine.define("odd", privileged=True, linuxParameters={"sharedMemorySize": 64})
    with pytest.raises(
        docker.errors.APIError, match=r"does not do what main sets in linuxParameters.sharedMemorySize, p"
    ):
        engine.run("odd", SLEEPS)


@containers_only
def test_an_image_that_was_not_built_is_refused_with_what_to_do(engine: Engine) -> None:
    labels = engine.emulator.labels("plain", "arn:task/unbuilt")
    with pytest.raises(
        docker.errors.ImageNotFound, match=r"No such image: raglite-ingest:never\. Build .* `make image`"
    ):
        engine.client.containers.run("x/raglite-ingest:never", labels=labels)


@containers_only
def test_a_killed_engine_leaves_no_container_and_no_network(engine: Engine, tmp_path: Path) -> None:
    with serving("docker", tmp_path, engine.emulator.url) as killed:
        client = docker.DockerClient(base_url=f"unix://{tmp_path}/engine.sock", timeout=60)
        labels = engine.emulator.labels("plain", "arn:task/victim")
        client.containers.run(f"x/raglite:{engine.tag}", ["python", "-c", SLEEPS], detach=True, labels=labels)
        client.close()
        assert left_on(tmp_path) == (1, 1)
        killed.kill()
        killed.wait()
        until(lambda: left_on(tmp_path) == (0, 0), "containers and network are gone", within=30)
    assert sweeping.sweep(docker_engine(), str(tmp_path)) == 0


def left_on(home: Path) -> tuple[int, int]:
    """Return how many containers and networks of a home there are."""
    marked = {"filters": json.dumps({"label": [f"{MARK}={home}"]}), "all": "1"}
    with daemon.client(docker_engine()) as asked:
        return len(asked.get("/containers/json", params=marked).json()), len(
            asked.get("/networks", params=marked).json()
        )
