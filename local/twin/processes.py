"""Processes that outlive the command that starts them, and are ended only if they are still the same ones."""

import os
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from local.twin.layout import ROOT

MARK = "TWIN_HOME"
SAME_BIRTH = 2.0  # seconds a process's start may seem to move when the clock is set


@dataclass(frozen=True)
class Program:
    """What to run, in the repository's root."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    port: int | None = None


@dataclass(frozen=True)
class Running:
    """A started program: pid and birth together name one process for ever."""

    name: str
    pid: int
    born: float  # seconds since 1970
    log: str
    port: int | None = None

    @property
    def process(self) -> psutil.Process | None:
        """The process, unless it has ended; another one that got the same pid is not it."""
        try:
            process = psutil.Process(self.pid)
            alive = process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - self.born) < SAME_BIRTH
        except psutil.NoSuchProcess:
            return None
        return process if alive else None

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process is not None

    def listens(self, port: int) -> bool:
        """Whether it, or a process it has started, and nobody else, listens on a port."""
        process = self.process
        try:
            family = [] if process is None else [process, *process.children(recursive=True)]
            sockets = [one for member in family for one in member.net_connections("tcp")]
        except psutil.NoSuchProcess:
            return False
        return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in sockets)


def start(program: Program, home: Path) -> Running:
    """Start a program in its own session, its output in a fresh log, the home's mark in its environment."""
    log = home / "logs" / f"{program.name}.log"
    machine = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home / "scratch"),
        "TMPDIR": str(home / "scratch"),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": "1",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            program.command,
            cwd=ROOT,
            env={**machine, **program.environment, MARK: str(home)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Running(program.name, process.pid, psutil.Process(process.pid).create_time(), str(log), program.port)


def marked(home: Path) -> list[psutil.Process]:
    """Return every live process that was started for this home, by whomever, with their children."""
    return [process for process in psutil.process_iter() if _mark_of(process) == str(home)]


def end(processes: Iterable[psutil.Process], grace: float) -> None:
    """Ask the processes to stop, and kill those that have not after `grace` seconds."""
    remaining = list(processes)
    for signal in (psutil.Process.terminate, psutil.Process.kill):
        for process in remaining:
            try:
                signal(process)
            except psutil.NoSuchProcess:
                continue
        remaining = _after(remaining, grace)


def _after(processes: list[psutil.Process], grace: float) -> list[psutil.Process]:
    deadline = time.monotonic() + grace
    while (living := [process for process in processes if _lives(process)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return living


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running()) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _mark_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK) if process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
        return None
