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
    """`memory` is bytes, None without a limit; `ports` are those a server listens on; `essential` ends its task."""

    memory: int | None = None
    stop_seconds: float | None = None
    ports: tuple[int, ...] = ()
    essential: bool = True


class Definitions:
    """Task definitions never change once registered, so each is read once.

    `environment` holds the emulator's credentials and region under AWS's usual names.
    """

    def __init__(self, endpoint: str | None, environment: Mapping[str, str]) -> None:
        self._endpoint = endpoint
        self._session = boto3.Session(
            aws_access_key_id=environment.get("AWS_ACCESS_KEY_ID"),
            aws_secret_access_key=environment.get("AWS_SECRET_ACCESS_KEY"),
            region_name=environment.get("AWS_DEFAULT_REGION") or environment.get("AWS_REGION"),
        )
        self._known: dict[tuple[str, str], Limits] = {}

    def limits(self, labels: Mapping[str, str]) -> Limits:
        """Return the limits of the labelled container; none for a container that belongs to no task."""
        definition = f"{labels.get(LABEL + 'task-definition-family')}:{labels.get(LABEL + 'task-definition-version')}"
        key = definition, labels.get(LABEL + "container-name", "")
        if self._endpoint is None or LABEL + "task-definition-family" not in labels:
            return Limits()
        if key not in self._known:
            try:
                self._known[key] = self._read(*key)
            except (BotoCoreError, ClientError) as error:
                log.warning("no limits for %s: %s", definition, error)
                return Limits()
        return self._known[key]

    def _read(self, definition: str, name: str) -> Limits:
        config = Config(retries={"max_attempts": 1}, connect_timeout=5, read_timeout=5)
        client = self._session.client("ecs", endpoint_url=self._endpoint, config=config)
        return limits_in(client.describe_task_definition(taskDefinition=definition)["taskDefinition"], name)


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
    )
