"""What tasks leave on their machine: files of those that ended by themselves, and processes of any."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from tests.faults.cluster import Task

ONNXRUNTIME_SESSION = ".ses"  # 51 bytes that the library itself leaves in the temporary directory


def left_by(tasks: Iterable[Task], home: Path) -> list[str]:
    """Return what lies about, as sentences. The disk of a task that was killed goes with its machine."""
    left = []
    for task in tasks:
        files = sorted({path.name for path in (task.home / "tmp").iterdir()} - {ONNXRUNTIME_SESSION})
        if files and task.process.returncode >= 0:
            left.append(f"{task.home.name} left {', '.join(files)} on its disk")
    return left + [f"Process {pid} still runs" for pid in processes_of(home)]


def processes_of(home: Path) -> list[int]:
    """Return the processes that were started with a scratch directory under `home`."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get("TMPDIR", "").startswith(f"{home}/") and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found
