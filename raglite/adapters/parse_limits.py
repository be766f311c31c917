"""What parsing one document may cost, and how the process that parses holds itself to it."""

import ctypes
import math
import os
import resource
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h
CPU_FACTOR = 4  # processor seconds allowed per second of the wall clock's limit: parsers use threads
# A result is JSON: for each character of text a filing has 4 bytes of it, a table of one-digit cells about 50.
RESULT_BYTES_PER_CHARACTER = 50
LEAST_RESULT_BYTES = 1024**2
MOST_OPEN_FILES = 256
RESULT = Path("result.json")  # what a process leaves in the folder it was started in


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """Bytes of a file, pages, characters, seconds, bytes of address space and of an unpacked Office file, threads."""

    max_bytes: int
    max_pages: int
    max_characters: int
    seconds: float
    memory_bytes: int
    max_unpacked_bytes: int = 1024**3
    threads: int = 1

    @property
    def result_bytes(self) -> int:
        """How long a file the process may write, its result among them."""
        return max(LEAST_RESULT_BYTES, RESULT_BYTES_PER_CHARACTER * self.max_characters)


def hold_to(limits: ParseLimits, parent: int) -> None:
    """Set this process's own limits, which all that it starts inherit, and its death with that of its parent."""
    seconds = math.ceil(limits.seconds * CPU_FACTOR)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.result_bytes, limits.result_bytes))
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = MOST_OPEN_FILES if most_files == resource.RLIM_INFINITY else min(MOST_OPEN_FILES, most_files)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before it could be watched
        sys.exit(1)
