"""As much of ECS as the trigger asks for: its tasks are real processes, which may be killed, frozen and refused."""

import hashlib
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from tests.faults.forked import Forked
from tests.faults.steps import Crash, NoTasks, Then
from tests.faults.task import AT_WORK, Trap

PIPELINE = "raglite.ingestion.pipeline"
CONTAINER = "raglite-ingest"


class ConflictException(Exception):
    """A client token came again with other parameters."""


@dataclass
class Task:
    """One started task. `frozen_until` is a moment of time.monotonic(), once it has stopped itself."""

    arn: str
    process: Forked
    home: Path
    thawed: bool = False
    frozen_until: float | None = None

    @property
    def notes(self) -> list[str]:
        """What it left word of."""
        notes = self.home / "notes"
        return notes.read_text().splitlines() if notes.exists() else []

    def met(self, then: Then) -> bool:
        """Whether this came to pass in this task."""
        return f"reached {then.name}" in self.notes

    @property
    def log(self) -> str:
        """What it said."""
        return (self.home / "log").read_text(errors="replace")


@dataclass
class Cluster:
    """Stands for the trigger's ECS client. `home` takes the tasks' logs and scratch directories."""

    home: Path
    environment: Mapping[str, str]
    freeze_seconds: float
    tasks: list[Task] = field(default_factory=list)
    traps: list[Trap] = field(default_factory=list)
    refusals: NoTasks | None = None
    refused: int = 0
    _to_refuse: int = 0
    _tokens: dict[str, tuple[str, Any]] = field(default_factory=dict)
    exceptions: Any = field(default_factory=lambda: SimpleNamespace(ConflictException=ConflictException))

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True)
        self._laid = self.home / "traps"
        self.calm()

    # --- what the trigger calls -----------------------------------------------------------------------------------

    def get_paginator(self, operation: str) -> Any:
        """Return what lists the running tasks."""
        assert operation == "list_tasks", operation
        return SimpleNamespace(paginate=lambda **_: [{"taskArns": [task.arn for task in self.running()]}])

    def run_task(self, **asked: Any) -> dict[str, Any]:
        """Start a task once per client token, unless there is to be none."""
        token = asked.pop("clientToken")
        parameters = json.dumps(asked, sort_keys=True)
        known = self._tokens.get(token)
        if known is not None and known[0] != parameters:
            raise ConflictException(token)
        if known is not None:
            return dict(known[1])
        if self.refusals is not None and self._to_refuse > 0:
            self._to_refuse -= 1
            self.refused += 1
            return self._refuse(self.refusals)
        (override,) = asked["overrides"]["containerOverrides"]
        told = {entry["name"]: entry["value"] for entry in override.get("environment", ())}
        answer = {"tasks": [{"taskArn": self.start(override["command"], told).arn}], "failures": []}
        self._tokens[token] = parameters, answer
        return answer

    def _refuse(self, refusals: NoTasks) -> dict[str, Any]:
        if refusals.throttled:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded."}}, "RunTask")
        return {"tasks": [], "failures": [{"reason": "Capacity is unavailable at this time."}]}

    # --- tasks ----------------------------------------------------------------------------------------------------

    def start(self, command: list[str], told: Mapping[str, str]) -> Task:
        """Start a command of the ingest image; the pipeline meets what is armed."""
        number = len(self.tasks) + 1
        home = self.home / f"task-{number}"
        (home / "tmp").mkdir(parents=True)
        words = list(command)
        if PIPELINE in words:
            words[words.index(PIPELINE)] = "tests.faults.task"
            words += ["--traps", str(self._laid), "--notes", str(home / "notes")]
        environment = {**self.environment, **told, "TMPDIR": str(home / "tmp"), "HOSTNAME": f"task-{number}"}
        process = Forked(words, environment, home / "log")
        arn = f"arn:aws:ecs:us-east-1:000000000000:task/raglite-cluster/{_hex(f'{self.home} {number}')}"
        self.tasks.append(Task(arn, process, home))
        return self.tasks[-1]

    def refuse(self, refusals: NoTasks) -> None:
        """Start nothing for the next calls."""
        self.refusals, self._to_refuse = refusals, refusals.times

    def lay(self, crash: Crash) -> None:
        """Let a crash wait for the first task that comes to its point."""
        self.traps.append(Trap(crash.point, crash.then, self.home / f"claim-{len(self.traps) + 1}"))
        with self._laid.open("a") as laid:
            laid.write(self.traps[-1].line + "\n")

    def calm(self) -> None:
        """Let tasks start, and meet nothing from now on."""
        self._laid.write_text("")
        self._to_refuse = 0

    def running(self) -> list[Task]:
        """Return the tasks that have not ended."""
        return [task for task in self.tasks if task.process.returncode is None]

    def is_starting(self) -> bool:
        """Whether tasks run, none of which has got to work yet."""
        running = self.running()
        return bool(running) and not any(AT_WORK in task.notes for task in running)

    def thaw(self) -> None:
        """Let go on the tasks that stopped themselves, once their leases have run out."""
        for task in self.running():
            if task.thawed or not task.met(Then.PAUSE):
                continue
            if task.frozen_until is None:
                task.frozen_until = time.monotonic() + self.freeze_seconds
            elif time.monotonic() >= task.frozen_until:
                os.kill(task.process.pid, signal.SIGCONT)
                task.thawed = True

    def kill_all(self) -> None:
        """Kill what still runs, with what it has started."""
        for task in self.running():
            task.process.kill()
            task.process.wait()

    def ended(self, known: set[str]) -> Iterator[Task]:
        """Yield the tasks that have ended and are not known to have."""
        yield from (task for task in self.tasks if task.arn not in known and task.process.returncode is not None)


def _hex(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
