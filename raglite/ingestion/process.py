"""When this process began."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

STARTED_AT = 19  # place of `starttime` in /proc/PID/stat behind the command's name: proc_pid_stat(5), field 22
_IMPORTED = time.time()


def began() -> datetime:
    """Return when the kernel started this process, to 0.01 s; where there is no /proc, when this was first imported."""
    return datetime.fromtimestamp(min(_started() or _IMPORTED, time.time()), UTC)


def _started() -> float | None:
    """Return seconds since 1970, by the time since the machine's start that the kernel counts in ticks."""
    try:
        stat = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace")
        ticks = int(stat.rpartition(")")[2].split()[STARTED_AT])
        machine = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
        return machine + ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError, IndexError):
        return None
