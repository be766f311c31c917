"""One JSON object per line on stdout, which CloudWatch Logs takes up."""

import json
import sys
import threading
from collections.abc import Mapping
from typing import Any

_LOCK = threading.Lock()


def write_line(record: Mapping[str, Any]) -> None:
    """Write one whole line, whatever other threads write; OSError if it could not be written."""
    write(json.dumps(record))


def write(line: str) -> None:
    """Write a line that is JSON already, as it is."""
    with _LOCK:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
