"""The processes of a container, found in /proc: by the mark they inherit, and by their session.

A mark reads `SCRATCH:RUN/CONTAINER`, so that its beginnings name all processes of an engine, of one of its runs, or
of one container; a process id alone may long belong to somebody else.
"""

import contextlib
import os
import signal
import time
from collections import defaultdict
from pathlib import Path

MARK = "PROCESS_ENGINE_CONTAINER"
PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def marked(beginning: str) -> list[int]:
    """Return the ids of all processes whose mark begins so."""
    wanted = b"\0" + f"{MARK}={beginning}".encode()
    return [pid for pid in _ids() if wanted in b"\0" + _read(pid, "environ")]


def end_marked(beginning: str, within: float = 5) -> int:
    """Kill what bears the mark, also what is being born meanwhile, until nothing is left; return how many those were.

    Gives up after `within` seconds: a process may hang in the kernel where no signal reaches it.
    """
    ended: set[int] = set()
    deadline = time.monotonic() + within
    while (found := marked(beginning)) and time.monotonic() < deadline:
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        ended.update(found)
        time.sleep(0.01)
    return len(ended)


def memory() -> dict[int, dict[int, int]]:
    """Return, per session, the anonymous memory in bytes of each of its processes."""
    sessions: dict[int, dict[int, int]] = defaultdict(dict)
    for pid in _ids():
        state, pages = _read(pid, "stat").rpartition(b")")[2].split(), _read(pid, "statm").split()
        if state and pages:
            resident, shared = int(pages[1]), int(pages[2])
            sessions[int(state[3])][pid] = (resident - shared) * PAGE
    return sessions


def processor_seconds(session: int) -> float:
    """Return how long the processes of a session have computed, and those they have started and awaited."""
    ticks = 0
    for pid in _ids():
        fields = _read(pid, "stat").rpartition(b")")[2].split()
        if fields and int(fields[3]) == session:
            ticks += sum(int(field) for field in fields[11:15])  # utime, stime, cutime, cstime: proc(5) 14 to 17
    return ticks / TICKS


def _ids() -> list[int]:
    return [int(entry.name) for entry in os.scandir(PROC) if entry.name.isdecimal()]


def _read(pid: int, name: str) -> bytes:
    """Return a file of a process; nothing if it has ended or is somebody else's."""
    try:
        return (PROC / str(pid) / name).read_bytes()
    except OSError:
        return b""
