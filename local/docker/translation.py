"""What Docker is asked for, made from what the emulator asks for and from what the task definition says.

The emulator passes on a command, variables and labels. What Fargate does besides is read from the definition:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html. A setting that is not
translated is refused: a task that starts without what its definition asks for would prove nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.docker.images import SIDECAR_ENTRY
from local.engine.definitions import MIB, STOP_SECONDS
from local.engine.environment import DROPPED

MARK = "raglite.home"  # labels everything of one twin, so that it is found again after whatever end
TASK = "raglite.task"
UNITS = 1024  # of CPU, in one processor
NANO = 1_000_000_000  # nanoseconds, or billionths of a processor
LOGS = {"Type": "json-file", "Config": {"max-size": "5m", "max-file": "2"}}
HEALTH = {"interval": 30, "timeout": 5, "retries": 3, "startPeriod": 0}  # ECS's defaults; seconds, but for the retries
TRANSLATED = {
    *("name", "image", "essential", "environment", "secrets", "command", "logConfiguration", "portMappings"),
    *("cpu", "memory", "memoryReservation", "stopTimeout", "linuxParameters", "readonlyRootFilesystem", "user"),
    *("entryPoint", "workingDirectory", "healthCheck", "ulimits", "mountPoints", "versionConsistency"),
}
LINUX = {"initProcessEnabled", "capabilities"}
OF_TASK = {  # translated, or a record of the definition itself
    *("cpu", "memory", "volumes", "containerDefinitions", "taskRoleArn", "executionRoleArn", "runtimePlatform"),
    *("taskDefinitionArn", "family", "revision", "status", "networkMode", "tags", "registeredAt", "registeredBy"),
    *("deregisteredAt", "compatibilities", "requiresCompatibilities", "requiresAttributes"),
    "ephemeralStorage",  # a volume here is as large as the machine's disk
}

Record = Mapping[str, Any]


class Untranslatable(Exception):
    """The task definition asks for what is not done here; the sentence says for what."""


@dataclass(frozen=True)
class Place:
    """Where a container belongs.

    `address` is the task's own; a container that follows another one of its task names it in `beside` and shares its
    network. `processors` are the machine's, `volumes` the paths at which the image declares volumes.
    """

    home: str
    network: str
    task: str
    image: str
    address: str = ""
    beside: str = ""
    processors: float = 1.0
    volumes: frozenset[str] = frozenset()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def labels(self) -> dict[str, str]:
        """What marks everything of the task."""
        return {MARK: self.home, TASK: self.task}

    def volume(self, name: str) -> str:
        """Return the name of a task's volume, which its containers share."""
        return f"raglite-{self.task.rsplit('/', 1)[-1]}-{name}"


def container(body: Record, task: Record, own: Record, place: Place) -> dict[str, Any]:
    """Return the body of the request to create a container: `own` is its part of the task definition."""
    refuse_unknown(task, own)
    asked = {
        "Image": place.image,
        "Cmd": body.get("Cmd"),
        "Env": [f"{name}={value}" for name, value in _variables(body, place).items()],
        "Labels": {**(body.get("Labels") or {}), **place.labels},
        "StopTimeout": int(own.get("stopTimeout") or STOP_SECONDS),
        "Healthcheck": _health(own.get("healthCheck")),
        "HostConfig": _limits(task, own, place) | _linux(own) | {"Mounts": _mounts(own, place), "LogConfig": LOGS},
        **_network(place),
    }
    asked["HostConfig"]["NetworkMode"] = f"container:{place.beside}" if place.beside else place.network
    renamed = {"Entrypoint": "entryPoint", "WorkingDir": "workingDirectory", "User": "user"}
    return asked | {name: own[key] for name, key in renamed.items() if own.get(key)}


def waiting(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same container, waiting in place of an image that cannot be had."""
    return {**asked, "Entrypoint": SIDECAR_ENTRY, "Cmd": [], "HostConfig": {**asked["HostConfig"], "Init": True}}


def refuse_unknown(task: Record, own: Record) -> None:
    """Raise if a container definition or its task's sets something that is not translated."""
    linux = own.get("linuxParameters") or {}
    unknown = [name for name, value in own.items() if value and name not in TRANSLATED]
    unknown += [f"its task's {name}" for name, value in task.items() if value and name not in OF_TASK]
    unknown += [f"linuxParameters.{name}" for name, value in linux.items() if value and name not in LINUX]
    unknown += [f"volumes.{v.get('name')}" for v in task.get("volumes") or () if not _is_empty_at_first(v)]
    if unknown:
        raise Untranslatable(
            f"The Docker engine of the twin does not do what {own.get('name')} sets in {', '.join(sorted(unknown))}: "
            "teach it in local/docker/translation.py, or run the twin with `--engine process`."
        )


def _is_empty_at_first(volume: Record) -> bool:
    host = volume.get("host") or {}
    return not host.get("sourcePath") and not set(volume) - {"name", "host", "configuredAtLaunch"}


def _variables(body: Record, place: Place) -> dict[str, str]:
    given = dict(entry.partition("=")[::2] for entry in body.get("Env") or ())
    return {**{name: value for name, value in given.items() if name not in DROPPED}, **place.environment}


def _limits(task: Record, own: Record, place: Place) -> dict[str, Any]:
    """Return memory and processors: a container may use what its task has, and no swap."""
    memory = own.get("memory") or task.get("memory")
    units = float(task.get("cpu") or 0)
    limits: dict[str, Any] = {"CpuShares": int(own.get("cpu") or units)}  # ECS sets 2 for none: others' containers win
    if memory:
        limits["Memory"] = limits["MemorySwap"] = int(memory) * MIB
    if own.get("memoryReservation"):
        limits["MemoryReservation"] = int(own["memoryReservation"]) * MIB
    if units:
        limits["NanoCpus"] = int(min(units / UNITS, place.processors) * NANO)  # Docker refuses more than there are
    if own.get("ulimits"):
        limits["Ulimits"] = [
            {"Name": limit["name"], "Soft": limit["softLimit"], "Hard": limit["hardLimit"]} for limit in own["ulimits"]
        ]
    return limits


def _linux(own: Record) -> dict[str, Any]:
    linux = own.get("linuxParameters") or {}
    capabilities = linux.get("capabilities") or {}
    return {
        "ReadonlyRootfs": bool(own.get("readonlyRootFilesystem")),
        "Init": bool(linux.get("initProcessEnabled")),
        "CapDrop": list(capabilities.get("drop") or ()),
        "CapAdd": list(capabilities.get("add") or ()),
    }


def _mounts(own: Record, place: Place) -> list[dict[str, Any]]:
    """Return Fargate's bind mounts: empty and root's, unless the image declares a volume at the path."""
    return [
        {
            "Type": "volume",
            "Source": place.volume(point["sourceVolume"]),
            "Target": point["containerPath"],
            "ReadOnly": bool(point.get("readOnly")),
            "VolumeOptions": {"NoCopy": point["containerPath"] not in place.volumes, "Labels": place.labels},
        }
        for point in own.get("mountPoints") or ()
    ]


def _health(check: Record | None) -> dict[str, Any]:
    """Return a health check; ECS never runs one that only the image declares."""
    if not check:
        return {"Test": ["NONE"]}
    wanted = HEALTH | {name: check[name] for name in HEALTH if check.get(name) is not None}
    return {
        "Test": list(check["command"]),
        "Interval": wanted["interval"] * NANO,
        "Timeout": wanted["timeout"] * NANO,
        "Retries": wanted["retries"],
        "StartPeriod": wanted["startPeriod"] * NANO,
    }


def _network(place: Place) -> dict[str, Any]:
    if place.beside:
        return {}
    return {"NetworkingConfig": {"EndpointsConfig": {place.network: {"IPAMConfig": {"IPv4Address": place.address}}}}}


def own_part(task: Record, name: str) -> Record:
    """Return a container's part of a task definition."""
    parts: Sequence[Record] = task.get("containerDefinitions") or ()
    return next((part for part in parts if part.get("name") == name), {})
