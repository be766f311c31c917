"""The most memory that each kind of process has ever held, tasks that have ended since included."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.integration.estate import with_children

LOOK_EVERY_SECONDS = 1.0


@dataclass
class Peaks:
    """Peak resident memory in MB by title; processes that share a title share the largest."""

    megabytes: dict[str, int] = field(default_factory=dict)

    def look(self, processes: list[psutil.Process]) -> None:
        """Note what these have reached so far."""
        for process in processes:
            with suppress(psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError, StopIteration):
                title, reached = _title(process), _reached(process)
                self.megabytes[title] = max(reached, self.megabytes.get(title, 0))

    @contextmanager
    def watching(self, processes: list[psutil.Process]) -> Iterator[None]:
        """Look again and again at these and their children while the body runs: who ends takes the figure along."""
        done = threading.Event()

        def watch() -> None:
            while not done.wait(LOOK_EVERY_SECONDS):
                self.look(with_children(processes))

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def _title(process: psutil.Process) -> str:
    """Return the command without directories and options' values: what kind of process it is."""
    words = [word for word in process.cmdline() if word != "-P"][:3]
    return " ".join(Path(word).name if "/" in word else word for word in words)


def _reached(process: psutil.Process) -> int:
    """Return the kernel's own high-water mark, in MB; StopIteration for a process that is only waiting to be reaped."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024
