"""A task that is told to stop has stopped when its containers have, with their own exit codes.

The emulator says at once that they ended with 0, while they still write their last words.
"""

import contextlib
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from local.emulator.theirs import Theirs

ASKED = "UserInitiated"  # ECS's stop code, and the emulator's for every task that it is told to stop
LONGEST = 120  # seconds; Fargate's longest stop timeout. The engines keep to each definition's own
ANNOUNCES = "_announces"  # beginning with an underscore, it is in no answer
Replace = Callable[[ModuleType, str, Any], None]
Announce = Callable[[Mapping[str, Any]], None]


def announce_when_stopped(ecs: ModuleType, announce: Announce, replace: Replace) -> None:
    """Have every stopped task announced, with the exit codes of its containers, after the last of them has ended."""
    theirs = Theirs(ecs, "mark_task_stopped cleanup_task_resources remove_docker_container")
    mark, clean_up, remove = theirs.mark_task_stopped, theirs.cleanup_task_resources, theirs.remove_docker_container
    codes: dict[str, int] = {}

    def mark_stopped(arn: str, task: dict[str, Any], reason: str, code: str, exit_code: int | None = None) -> bool:
        waits = code == ASKED and bool(task.get("_docker_ids"))
        stopped: bool = mark(arn, task, reason, code, None if waits else exit_code)
        if stopped and waits:
            task[ANNOUNCES] = True
        elif stopped:
            announce(task)
        return stopped

    def remove_and_note(docker: Any, container: Any) -> None:
        if docker and container is not None:  # the emulator calls with neither where there is nothing to remove
            with contextlib.suppress(OSError):  # of which all of docker-py's refusals are
                ended = docker.containers.get(container) if isinstance(container, str) else container
                ended.stop(timeout=LONGEST)
                codes[ended.id] = ended.wait()["StatusCode"]
        remove(docker, container)

    def clean_up_and_tell(task: dict[str, Any], docker: Any, *extra: Any) -> None:
        numbers = list(task.get("_docker_ids") or ())
        clean_up(task, docker, *extra)
        for container, number in zip(task.get("containers", ()), numbers, strict=False):
            if number in codes:
                container["exitCode"] = codes.pop(number)
        if task.pop(ANNOUNCES, False):
            announce(task)

    replace(ecs, "_mark_task_stopped", mark_stopped)
    replace(ecs, "_remove_docker_container", remove_and_note)
    replace(ecs, "_cleanup_task_resources", clean_up_and_tell)
