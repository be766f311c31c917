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
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from raglite.adapters.parse_child import RESULT, Task
from raglite.errors import DependencyUnavailable, ResourceExhausted

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


def run_apart(module: str, task: Task) -> Ended:
    """Run a module as a process of its own.

    ResourceExhausted if there is no room for its files, DependencyUnavailable if no process can be started.
    """
    with _scratch() as folder, (folder / "log").open("w+b") as output:
        status = _status(_started(module, task, folder, output.fileno()), task.limits.seconds)
        output.seek(-min(LOG_TAIL, output.seek(0, os.SEEK_END)), os.SEEK_END)
        said = output.read().decode(errors="replace").strip()
        return Ended(status, said, _result(folder / RESULT, task.limits.result_bytes))


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


def _started(module: str, task: Task, folder: Path, output: int) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | ALWAYS
    environment |= {"TMPDIR": str(folder), "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", module, task.model_dump_json()],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,
        )
    except OSError as error:
        raise DependencyUnavailable("parser", f"No process can be started to parse in: {error}.") from error


def _status(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.returncode is None:  # too late, or this process is being interrupted
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


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
