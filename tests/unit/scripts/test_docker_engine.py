"""`scripts/docker-engine` on machines made of stand-ins: what it uses, starts and stops, and how it refuses."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "docker-engine"
TOOLS = "bash dirname mkdir seq sleep kill cat tail rm setsid touch env".split()
ANSWERS_IF_THERE = '#!/bin/sh\n[ -e "$STATE/answers" ]\n'
SERVES = '#!/bin/sh\ntouch "$STATE/answers"; trap "rm $STATE/answers; exit" TERM; while :; do sleep 0.05; done\n'
INSTALLS = '#!/bin/sh\necho "$@" >>"$STATE/apt"\n[ ! -e "$STATE/dockerd" ] || cp "$STATE/dockerd" "${0%/*}/"\n'

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Run]:
    """Return what runs the script, as root unless told otherwise, on a machine with what a test has put into `bin`."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or pytest.fail(f"no {tool} here"))
    put(tmp_path, "docker", ANSWERS_IF_THERE)

    def run(verb: str, uid: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        put(tmp_path, "id", f"#!/bin/sh\necho {uid}\n")
        known = {"PATH": str(tmp_path / "bin"), "STATE": str(tmp_path), "DOCKER_ENGINE_PATIENCE": "5"}
        command = [str(tmp_path / "scripts" / "docker-engine"), verb]
        return subprocess.run(command, env=known | environment, capture_output=True, text=True, check=False, timeout=60)

    yield run
    run("stop")


def put(machine: Path, name: str, content: str) -> None:
    program = machine / "bin" / name
    program.write_text(content)
    program.chmod(0o755)


def test_an_engine_that_answers_is_used_and_never_stopped(machine: Run, tmp_path: Path) -> None:
    (tmp_path / "answers").touch()
    assert (machine("start").returncode, machine("stop").returncode) == (0, 0)
    assert (tmp_path / "answers").exists()


def test_an_engine_is_started_and_that_one_stopped(machine: Run, tmp_path: Path) -> None:
    put(tmp_path, "dockerd", SERVES)
    started = machine("start")
    assert (started.returncode, started.stdout) == (
        0,
        "started a Docker Engine: scripts/docker-engine stop ends it\n",
    )
    pid = int((tmp_path / "build/docker/dockerd.pid").read_text())
    assert machine("stop").returncode == 0
    assert not (tmp_path / "answers").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_number_that_is_somebody_elses_by_now_is_left_alone(machine: Run, tmp_path: Path) -> None:
    with subprocess.Popen([shutil.which("sleep") or "", "60"]) as somebody:
        (tmp_path / "build/docker").mkdir(parents=True)
        (tmp_path / "build/docker/dockerd.pid").write_text(f"{somebody.pid}\n")
        assert machine("stop").returncode == 0
        assert somebody.poll() is None
        assert not (tmp_path / "build/docker/dockerd.pid").exists()
        somebody.kill()


def test_a_missing_engine_is_installed_first(machine: Run, tmp_path: Path) -> None:
    put(tmp_path, "apt-get", INSTALLS)
    (tmp_path / "bin" / "cp").symlink_to(shutil.which("cp") or "")
    (tmp_path / "dockerd").write_text(SERVES)
    (tmp_path / "dockerd").chmod(0o755)
    assert machine("start").returncode == 0
    assert "docker.io" in (tmp_path / "apt").read_text()


@pytest.mark.parametrize(
    ("uid", "programs", "reason"),
    [
        (1000, {}, "only root can install or start one"),
        (1000, {"dockerd": SERVES}, "only root can start one"),
        (0, {}, "without apt-get none is installed"),
        (0, {"apt-get": "#!/bin/sh\nexit 100\n"}, "apt-get does not install docker.io"),
        (0, {"dockerd": "#!/bin/sh\necho no cgroups; exit 1\n"}, "dockerd does not start here"),
    ],
)
def test_where_none_can_be_had_the_reason_is_said_aloud(
    machine: Run, tmp_path: Path, uid: int, programs: dict[str, str], reason: str
) -> None:
    for name, content in programs.items():
        put(tmp_path, name, content)
    done = machine("start", uid)
    assert done.returncode == 75
    assert "SKIP containers: " in done.stdout
    assert reason in done.stdout


def test_no_engine_is_started_where_another_one_is_named(machine: Run, tmp_path: Path) -> None:
    put(tmp_path, "apt-get", INSTALLS)
    done = machine("start", DOCKER_HOST="tcp://far:2375")
    assert not (tmp_path / "apt").exists()
    assert (done.returncode, done.stdout) == (
        75,
        "SKIP containers: nothing answers at DOCKER_HOST=tcp://far:2375\n",
    )
