"""Which engine runs the tasks: processes of this machine, or containers of a Docker Engine."""

import contextlib
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import httpx
import psutil

from local.docker import daemon, images, listing, sweeping
from local.docker.translation import MARK
from local.twin.layout import TwinError, say
from local.twin.processes import Program, Running
from local.twin.roster import Roster

PROCESS, DOCKER = "process", "docker"
ENGINES = (PROCESS, DOCKER)
STARTS_WITHIN = 30.0  # seconds until a Docker Engine answers


def engine_of(roster: Roster) -> str:
    """Return the engine that a home's tasks run on."""
    return DOCKER if roster.docker else PROCESS


def refuse_another(roster: Roster, asked: str | None) -> None:
    """Raise if the running twin uses another engine than the one that is asked for."""
    if asked and asked != engine_of(roster):
        raise TwinError(f"The twin runs with `--engine {engine_of(roster)}`: stop it first with `make down`.")


def prepare(roster: Roster, environment: Mapping[str, str], *, is_root: bool) -> None:
    """Find a Docker Engine that answers, or start one for as long as the twin runs; it has to have the images."""
    sockets = daemon.places(environment)
    program = shutil.which("dockerd", path=environment.get("PATH")) if is_root else None
    socket = daemon.found(sockets) or _begun(roster, sockets, program)
    roster.docker = str(socket)
    roster.write()
    with daemon.client(socket) as docker:
        absent = [name for name in images.needed() if not docker.get(f"/images/{name}/json").is_success]
    if absent:
        raise TwinError(images.absent(", ".join(absent)))


def clear(roster: Roster) -> None:
    """Remove what a twin that did not end well has left on the Docker Engine."""
    if roster.docker and daemon.answers(Path(roster.docker)):
        home = str(roster.layout.home)
        try:
            sweeping.sweep(Path(roster.docker), home)
        except httpx.HTTPError as error:
            say(
                f"- the Docker Engine at {roster.docker} did not let go of everything ({error}): remove what "
                f"`docker ps --all --filter label={MARK}={home}` lists, and `docker network ls` with the same filter"
            )
    roster.docker = ""
    roster.write()


def _begun(roster: Roster, sockets: list[Path], program: str | None) -> Path:
    if not sockets:
        raise TwinError(
            "DOCKER_HOST names an engine that is reached by network, and its containers cannot reach the twin on this "
            "machine's loopback: unset it, or set it to a unix:// socket."
        )
    if program is None:
        raise TwinError(
            "No Docker Engine answers at DOCKER_HOST or /var/run/docker.sock, and none can be started from here: "
            "start one (`scripts/docker-engine` does on Debian, as root), or run the twin with `--engine process`."
        )
    socket = sockets[0]
    (started,) = roster.start([Program("dockerd", (program, "--host", f"{daemon.UNIX}{socket}"))])
    deadline = time.monotonic() + STARTS_WITHIN
    while not daemon.answers(socket):
        if not started.alive or time.monotonic() > deadline:
            raise TwinError(f"The Docker Engine does not start. It said why in {started.log}.")
        time.sleep(0.1)
    return socket


def containers(roster: Roster) -> list[Running]:
    """Return the tasks' containers, as far as this machine shows their processes."""
    socket = Path(roster.docker)
    if not roster.docker or not daemon.answers(socket):
        return []
    found: list[Running] = []
    logs = roster.layout.logs / "tasks"
    for one in listing.running(socket, str(roster.layout.home)):
        with contextlib.suppress(psutil.NoSuchProcess):  # it ends meanwhile, or runs in another machine's numbers
            born = psutil.Process(one.pid).create_time()
            found.append(Running(one.name, one.pid, born, str(logs / f"{one.name}.log")))
    return found
