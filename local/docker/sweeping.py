"""Removes whatever a twin has on a Docker Engine: `python -m local.docker.sweeping SOCKET HOME`, when its input ends.

Its standard input is a pipe from the engine, which the kernel closes however the engine ends. Everything of a twin
bears its home as a label, so that nothing of anybody else is ever touched.
"""

import json
import subprocess
import sys
from pathlib import Path

import httpx

from local.docker.daemon import client
from local.docker.translation import MARK

ROOT = Path(__file__).parents[2]
GONE = {httpx.codes.NOT_FOUND, httpx.codes.CONFLICT}  # somebody else was faster, or is removing it
PATIENCE = 60.0  # seconds for one removal


def start(socket: Path, home: str) -> subprocess.Popen[bytes]:
    """Start a watchdog over a twin's containers, out of reach of the engine's own signals."""
    command = (sys.executable, "-m", "local.docker.sweeping", str(socket), home)
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True)


def sweep(socket: Path, home: str) -> int:
    """Remove a home's containers, volumes and networks; return how many containers there were."""
    marked = {"filters": json.dumps({"label": [f"{MARK}={home}"]})}
    with client(socket) as docker:
        containers = docker.get("/containers/json", params={"all": "1", **marked}).raise_for_status().json()
        for container in containers:
            _remove(docker, f"/containers/{container['Id']}", force="1", v="1")
        for volume in docker.get("/volumes", params=marked).raise_for_status().json()["Volumes"] or ():
            _remove(docker, f"/volumes/{volume['Name']}")
        for network in docker.get("/networks", params=marked).raise_for_status().json():
            _remove(docker, f"/networks/{network['Id']}")
    return len(containers)


def _remove(docker: httpx.Client, path: str, **parameters: str) -> None:
    answer = docker.delete(path, params=parameters, timeout=PATIENCE)
    if answer.status_code not in GONE:
        answer.raise_for_status()


def main() -> None:
    """Wait for the end of the engine."""
    sys.stdin.buffer.read()
    sweep(Path(sys.argv[1]), sys.argv[2])


if __name__ == "__main__":
    main()
