"""One container on a Docker Engine, as far as it is known without asking: the emulator looks ten times a second."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.engine.definitions import LABEL, Limits
from local.engine.log import ContainerLog


@dataclass
class Life:
    """Runs at most once; `seen` is what Docker shows of it while it runs and after its end."""

    id: str
    image: str
    address: str
    labels: Mapping[str, str]
    limits: Limits
    log: ContainerLog
    seen: dict[str, Any] | None = None
    started: float = 0.0  # monotonic seconds
    end_asked: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def task(self) -> str:
        """Its task's ARN."""
        return self.labels[LABEL + "task-arn"]

    @property
    def kind(self) -> tuple[str | None, ...]:
        """What its replacements have in common."""
        names = ("task-definition-family", "task-definition-version", "container-name")
        return tuple(self.labels.get(LABEL + name) for name in names)

    async def ends_within(self, seconds: float) -> bool:
        """Wait for the end, for so long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.ended.wait(), seconds)
        return self.ended.is_set()
