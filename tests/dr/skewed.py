"""Processes whose clocks are wrong: a library that is loaded before all others moves the time of day."""

import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "skew.c"
COMPILER = shutil.which("cc")
REQUIRED = pytest.mark.skipif(COMPILER is None, reason="no C compiler here, which a wrong clock is made with")


def compiled(folder: Path) -> Path:
    """Return the library."""
    library = folder / "skew.so"
    command = [str(COMPILER), "-shared", "-fPIC", "-Wall", "-Werror", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True, timeout=60)
    return library


def wrong_clock(library: Path, seconds: int) -> dict[str, str]:
    """Return the variables that let a process's clock go so many seconds ahead."""
    return {"LD_PRELOAD": str(library), "SKEW_SECONDS": str(seconds)}
