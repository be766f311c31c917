"""Runs a parsing process and clears up after it: of whatever it did, neither a process nor a file is left.

What a process starts belongs to its process group and ends with it. One that leaves the group (as office programs do)
is known by the temporary folder it was given, in its environment or as the folder it works in. One that gave up both
would be bounded by the limits it has inherited alone, and by the end of the container.
"""

import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self, cast

from raglite.adapters.parse_child import Terms
from raglite.adapters.parse_limits import RESULT
from raglite.errors import DependencyUnavailable, ResourceExhausted
from raglite.model import Frozen

PASSED_ON = ("HOME", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")  # no credentials
# Without a PATH no office program is found: docling would have one draw the pictures of Word files.
ALWAYS = {"PATH": "", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
LOG_TAIL = 4_000  # bytes of what the process said that are looked at
PROCESSES = Path("/proc")
ROUNDS = 100  # of ending strays, which may go on starting others
BETWEEN_ROUNDS = 0.01  # seconds

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its exit status, negative for a signal, None if it took too long; what it said and left."""

    status: int | None
    said: str
    result: bytes | None


class Apart:
    """A parsing process that waits for its task; leaving its context ends it and clears up after it, once.

    It dies with the thread that started it.
    """

    def __init__(self, module: str, terms: Terms) -> None:
        """Start a module as a process of its own.

        ResourceExhausted if there is no room for its files, DependencyUnavailable if no process can be started.
        """
        with ExitStack() as ending:
            self._folder = ending.enter_context(_scratch())
            self._output = ending.enter_context((self._folder / "log").open("w+b"))
            self._process = _started(module, terms, self._folder, self._output.fileno())
            ending.callback(self._kill)
            self._ending = ending.pop_all()
        self._limits = terms.limits

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it, if it has not ended, and leave neither a process nor a file of it."""
        self._ending.close()

    @property
    def waits(self) -> bool:
        """Whether it is still there."""
        return self._process.poll() is None

    def run(self, task: Frozen) -> Ended:
        """Give the process its task and wait for its end, as long as its limits allow.

        DependencyUnavailable if it ended before it had its task.
        """
        try:
            self._give(task)
        except BrokenPipeError as error:
            said = (
                f"The parsing process ended before it had its task (exit status {self._process.wait()}): {self._said()}"
            )
            raise DependencyUnavailable("parser", said) from error
        status = self._status()
        return Ended(status, self._said(), _result(self._folder / RESULT, self._limits.result_bytes))

    def _give(self, task: Frozen) -> None:
        with cast("IO[bytes]", self._process.stdin) as input_:  # a pipe, as it was started with
            input_.write(task.model_dump_json().encode() + b"\n")

    def _status(self) -> int | None:
        try:
            return self._process.wait(self._limits.seconds)
        except subprocess.TimeoutExpired:
            self._kill()
            return None

    def _said(self) -> str:
        self._output.seek(-min(LOG_TAIL, self._output.seek(0, os.SEEK_END)), os.SEEK_END)
        return self._output.read().decode(errors="replace").strip()

    def _kill(self) -> None:
        if self._process.poll() is None:  # too late, not needed, or this process is being interrupted
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@contextmanager
def _scratch() -> Iterator[Path]:
    """Give a folder that is gone afterwards, with every process that was started for it."""
    try:
        scratch = tempfile.TemporaryDirectory(prefix="raglite-parse-")
    except OSError as error:
        sentence = f"There is no room to parse in: {error}. Free some of the disk, or set TMPDIR to a folder with room."
        raise ResourceExhausted(sentence) from error
    with scratch as name:
        folder = Path(name).resolve()
        try:
            yield folder
        finally:
            _end_strays(folder)


def _started(module: str, terms: Terms, folder: Path, output: int) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | ALWAYS
    environment |= {"TMPDIR": str(folder), "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", module, terms.model_dump_json()],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            process_group=0,
        )
    except OSError as error:
        raise DependencyUnavailable("parser", f"No process can be started to parse in: {error}.") from error


def _result(path: Path, most: int) -> bytes | None:
    """Return what was left; no process has limits that would let it leave more than `most` bytes."""
    if not path.is_file() or path.stat().st_size > most:
        return None
    return path.read_bytes()


def _end_strays(folder: Path) -> None:
    for _ in range(ROUNDS):
        strays = list(_processes_of(folder))
        if not strays:
            return
        for pid in strays:
            log.warning("process %d outlived the parser that started it: it is ended", pid)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(BETWEEN_ROUNDS)


def _processes_of(folder: Path) -> Iterator[int]:
    """Yield the processes that were given this folder (none where the system has no /proc)."""
    mark = b"TMPDIR=" + os.fsencode(folder)
    for process in PROCESSES.glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile, or is somebody else's
            if mark in (process / "environ").read_bytes().split(b"\0") or folder in _cwd(process):
                yield int(process.name)


def _cwd(process: Path) -> tuple[Path, ...]:
    cwd = (process / "cwd").readlink()
    return (cwd, *cwd.parents)
