"""Which containers of a twin run, for who looks at its processes."""

import json
from dataclasses import dataclass
from pathlib import Path

from local.docker.daemon import client
from local.docker.translation import MARK


@dataclass(frozen=True)
class Shown:
    """A running container: its name, and its first process as this machine numbers it."""

    name: str
    pid: int


def running(socket: Path, home: str) -> list[Shown]:
    """Return a home's running containers."""
    with client(socket) as docker:
        marked = {"filters": json.dumps({"label": [f"{MARK}={home}"]})}
        listed = docker.get("/containers/json", params=marked).raise_for_status().json()
        inspected = [docker.get(f"/containers/{container['Id']}/json") for container in listed]
    shown = [answer.json() for answer in inspected if answer.is_success]
    return [Shown(one["Name"].lstrip("/"), one["State"]["Pid"]) for one in shown if one["State"]["Running"]]
