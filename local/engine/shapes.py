"""Containers and images in the words of Docker's API, as far as the emulator reads them."""

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from local.engine import processes
from local.engine.container import Container, now
from local.engine.containers import Order

API_VERSION = "1.43"


def version() -> dict[str, Any]:
    """Return what `docker version` asks for."""
    return {"Version": "process-engine", "ApiVersion": API_VERSION, "MinAPIVersion": "1.24", "Os": "linux"}


def image(reference: str) -> dict[str, Any]:
    """Describe an image that the engine knows."""
    return {"Id": f"sha256:{hashlib.sha256(reference.encode()).hexdigest()}", "RepoTags": [reference], "Os": "linux"}


def order(body: Mapping[str, Any], name: str) -> Order:
    """Read the body of a request to create a container; mounts, ports and capabilities mean nothing to a process."""
    variables = dict(entry.partition("=")[::2] for entry in body.get("Env") or ())
    return Order(body["Image"], name, body.get("Cmd"), variables, body.get("Labels") or {})


def network(container: Container) -> dict[str, Any]:
    """Return a container's only network."""
    return {"Networks": {"bridge": {"IPAddress": container.address}}}


def inspection(container: Container) -> dict[str, Any]:
    """Return all that can be seen of one container; its variables may hold secrets and are not shown."""
    identity, state = container.identity, container.state
    return {
        "Id": identity.id,
        "Name": f"/{identity.name}",
        "Created": identity.created,
        "Image": image(identity.image)["Id"],
        "Config": {"Image": identity.image, "Labels": identity.labels, "Tty": False},
        "HostConfig": {"NetworkMode": "bridge", "Memory": container.limits.memory or 0},
        "NetworkSettings": {"IPAddress": container.address, **network(container)},
        "State": {
            "Status": state.status,
            "Running": state.status == "running",
            "Paused": False,
            "Restarting": False,
            "Dead": False,
            "OOMKilled": state.oom_killed,
            "Pid": state.pid,
            "ExitCode": state.exit_code,
            "Error": state.error,
            "StartedAt": state.started,
            "FinishedAt": state.finished,
        },
    }


def usage(container: Container) -> dict[str, Any]:
    """Return what a container's processes use: processor time in nanoseconds since its start, memory in bytes."""
    session = container.state.pid  # every container's process leads a session of its own
    seconds = processes.processor_seconds(session) if session else 0.0
    used = sum(processes.memory().get(session, {}).values()) if session else 0
    return {
        "id": container.identity.id,
        "name": f"/{container.identity.name}",
        "read": now(),
        "cpu_stats": {"cpu_usage": {"total_usage": int(seconds * 1e9)}, "online_cpus": os.cpu_count()},
        "memory_stats": {"usage": used, "limit": container.limits.memory or 0},
    }


def summary(container: Container) -> dict[str, Any]:
    """Return a container's line in a list."""
    identity = container.identity
    return {
        "Id": identity.id,
        "Names": [f"/{identity.name}"],
        "Image": identity.image,
        "Created": int(datetime.fromisoformat(identity.created).timestamp()),
        "State": container.state.status,
        "Status": container.state.status,
        "Labels": identity.labels,
        "NetworkSettings": network(container),
    }


def chosen(container: Container, filters: str, every: bool) -> bool:
    """Tell whether a list shows a container: running ones only unless `every`, and what its filters (JSON) let pass."""
    wanted: dict[str, Any] = json.loads(filters or "{}")
    labels = {f"{name}={value}" for name, value in container.identity.labels.items()} | set(container.identity.labels)
    statuses = wanted.get("status") or ([] if every else ["running"])
    return set(wanted.get("label", ())) <= labels and (not statuses or container.state.status in statuses)
