"""Ends what an engine leaves behind when it dies without a chance to: `python -m local.engine.watchdog MARK`.

Its standard input is a pipe from the engine, which the kernel closes however the engine ends.
"""

import subprocess
import sys
from pathlib import Path

from local.engine import processes

ROOT = Path(__file__).parents[2]


def start(mark: str) -> subprocess.Popen[bytes]:
    """Start a watchdog over the marked processes, out of reach of the engine's own signals."""
    command = (sys.executable, "-m", "local.engine.watchdog", mark)
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True)


def main() -> None:
    """Wait for the end of the engine."""
    sys.stdin.buffer.read()
    processes.end_marked(sys.argv[1])


if __name__ == "__main__":
    main()
