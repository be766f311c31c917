"""One container: what was asked for, the process that runs it, and how it ended."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from local.engine import processes
from local.engine.definitions import LABEL, Limits
from local.engine.log import ContainerLog

KILLED = 128 + signal.SIGKILL
NOT_STARTED = 127  # a shell's and Docker's exit code for a command that cannot be run
LAST_WORDS = 2.0  # seconds in which a killed process's pipe is read to its end


def now() -> str:
    """Return the time as Docker writes it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True)
class Identity:
    """What outlives the engine: it is written to disk, so no command and no variable is in it."""

    id: str
    name: str
    image: str
    labels: Mapping[str, str]
    created: str = field(default_factory=now)

    @property
    def owner(self) -> str:
        """Whose network address it shares: its task's; its own if it belongs to none."""
        return self.labels.get(LABEL + "task-arn", self.id)

    @property
    def kind(self) -> tuple[str | None, ...]:
        """What its replacements have in common."""
        names = ("task-definition-family", "task-definition-version", "container-name")
        return tuple(self.labels.get(LABEL + name) for name in names)


@dataclass(frozen=True)
class Program:
    """What the process is started with; an empty `command` is a container without a process."""

    command: Sequence[str]
    environment: Mapping[str, str]
    home: Path
    mark: str


@dataclass
class State:
    """Docker's own words for a life: created, running, exited."""

    status: str = "created"
    pid: int = 0
    exit_code: int = 0
    oom_killed: bool = False
    error: str = ""
    started: str = "0001-01-01T00:00:00Z"
    finished: str = "0001-01-01T00:00:00Z"


class Container:
    """Runs at most once: a replacement is another container."""

    def __init__(self, identity: Identity, limits: Limits, log: ContainerLog) -> None:
        self.identity, self.limits, self.log = identity, limits, log
        self.state = State()
        self.address = ""  # as long as it lives
        self.end_asked = False
        self.ended = asyncio.Event()

    async def run(self, program: Program) -> None:
        """Start the process, and supervise it in the background."""
        if program.command:
            await self._spawn(program)
        if not self.ended.is_set():
            self.state.status, self.state.started = "running", now()

    async def _spawn(self, program: Program) -> None:
        reading, writing = os.pipe()
        pipe = os.fdopen(reading, "rb", buffering=0)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *program.command,
                env=program.environment,
                cwd=program.home,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                start_new_session=True,
            )
        except OSError as error:
            pipe.close()
            self.state.error = f"cannot start {program.command[0]}: {error.strerror}"
            self.log.append(f"{self.state.error}\n".encode())
            self.finish(NOT_STARTED)
        else:
            self.state.pid = self._process.pid
            self._supervision = asyncio.create_task(self._supervise(self._process, pipe, program.mark))
            if self.ended.is_set():  # somebody stopped it meanwhile
                self.send(signal.SIGKILL)
        finally:
            os.close(writing)

    async def _supervise(self, process: asyncio.subprocess.Process, pipe: FileIO, mark: str) -> None:
        printing = asyncio.create_task(self.log.collect(pipe))
        code = await process.wait()
        await asyncio.to_thread(processes.end_marked, mark)  # what the process itself had started
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(printing, LAST_WORDS)
        self.finish(code if code >= 0 else 128 - code)

    def finish(self, exit_code: int) -> None:
        """Note the end and tell everybody who waits for it."""
        self.state.status, self.state.exit_code, self.state.pid = "exited", exit_code, 0
        self.state.finished = now()
        self.log.close()
        self.ended.set()

    def send(self, number: int) -> None:
        """Send a signal to the process; a container without one just ends."""
        if self.state.pid:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
        elif not self.ended.is_set():
            self.finish(KILLED if number == signal.SIGKILL else 0)

    async def stop(self, seconds: float) -> None:
        """Ask the process to end, and kill it if it still lives after so long."""
        self.end_asked = True
        self.send(signal.SIGTERM)
        if not await self.ends_within(seconds):
            self.send(signal.SIGKILL)
            await self.ended.wait()

    async def ends_within(self, seconds: float) -> bool:
        """Wait for the end, for so long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.ended.wait(), seconds)
        return self.ended.is_set()
