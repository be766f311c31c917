"""What a process sees instead of a container: its variables, its paths and its network address."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ANY_ADDRESS = "0.0.0.0"  # noqa: S104  recognised here, never bound
DROPPED = (  # the emulator names addresses that only exist inside Docker and hand nothing out
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "ECS_CONTAINER_METADATA_URI_V4",
)


@dataclass(frozen=True)
class Host:
    """What every task gets from the machine it runs on.

    `environment` wins over the container's own; `defaults` only fill gaps. `root` is where the code lies, `scratch`
    holds one directory per container, `logs` one file per container.
    """

    python: Path
    root: Path
    scratch: Path
    logs: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)


def on_own_address(value: str, address: str) -> str:
    """Return `value` with "every address" replaced by the task's own: its network namespace, in one word."""
    if value == ANY_ADDRESS or value.startswith(f"{ANY_ADDRESS}:"):
        return address + value[len(ANY_ADDRESS) :]
    return value


def process_environment(host: Host, container: Mapping[str, str], address: str, home: Path) -> dict[str, str]:
    """Return the environment of a container's process, without credentials; nothing of the engine's own leaks in."""
    machine = {
        "PATH": f"{host.python.parent}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(host.root),
        "PYTHONUNBUFFERED": "1",
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",  # as in the image: threads that share arenas leave less of them unused
    }
    kept = {name: on_own_address(value, address) for name, value in container.items() if name not in DROPPED}
    return {**machine, **host.defaults, **kept, **host.environment}


def process_command(host: Host, command: Sequence[str], address: str) -> list[str]:
    """Return the argument vector: the image's `python` is the project's own interpreter."""
    first, *rest = command
    program = str(host.python) if os.path.basename(first) in {"python", "python3"} else first  # noqa: PTH119  a word, not a path
    return [program, *(on_own_address(word, address) for word in rest)]
