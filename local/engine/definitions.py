"""What the emulator does not tell Docker about a task, read from its definition."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

LABEL = "com.amazonaws.ecs."
STOP_SECONDS = 30.0  # ECS's default stopTimeout
MIB = 1024**2

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """`memory` is bytes, None without a limit; `ports` are those a server listens on; `essential` ends its task.

    `role` is the ARN of the role that the task's code acts in.
    """

    memory: int | None = None
    stop_seconds: float | None = None
    ports: tuple[int, ...] = ()
    essential: bool = True
    role: str | None = None


class Definitions:
    """Task definitions never change once registered, so each is read once, with the engine's own credentials."""

    def __init__(self, endpoint: str | None) -> None:
        self._endpoint = endpoint
        self._known: dict[str, Mapping[str, Any]] = {}

    def limits(self, labels: Mapping[str, str]) -> Limits:
        """Return the limits of the labelled container; none for a container that belongs to no task."""
        task = self.task(labels)
        return Limits() if task is None else limits_in(task, labels.get(LABEL + "container-name", ""))

    def task(self, labels: Mapping[str, str]) -> Mapping[str, Any] | None:
        """Return the whole definition of the labelled container's task; None if it has none that can be read."""
        if self._endpoint is None or LABEL + "task-definition-family" not in labels:
            return None
        definition = f"{labels[LABEL + 'task-definition-family']}:{labels.get(LABEL + 'task-definition-version')}"
        if definition not in self._known:
            try:
                self._known[definition] = self._read(definition)
            except (BotoCoreError, ClientError) as error:
                log.warning("no limits for %s: %s", definition, error)
                return None
        return self._known[definition]

    def _read(self, definition: str) -> Mapping[str, Any]:
        config = Config(retries={"max_attempts": 1}, connect_timeout=5, read_timeout=5)
        client = boto3.client("ecs", endpoint_url=self._endpoint, config=config)
        read: Mapping[str, Any] = client.describe_task_definition(taskDefinition=definition)["taskDefinition"]
        return read


def limits_in(task: Mapping[str, Any], name: str) -> Limits:
    """Return the limits that a task definition sets for one of its containers (memory: its own, else the task's)."""
    containers: list[Mapping[str, Any]] = task.get("containerDefinitions", [])
    container = next((c for c in containers if c.get("name") == name), {})
    memory = container.get("memory") or task.get("memory")
    return Limits(
        memory=int(memory) * MIB if memory else None,
        stop_seconds=float(container.get("stopTimeout") or STOP_SECONDS),
        ports=tuple(
            mapping["containerPort"]
            for mapping in container.get("portMappings", [])
            if mapping.get("protocol", "tcp") == "tcp"  # nobody can tell whether a UDP port is listened on
        ),
        essential=container.get("essential", True),
        role=task.get("taskRoleArn") or None,
    )
