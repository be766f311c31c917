"""What was decided, as a file of one JSON object a line."""

import json
import threading
import time
from pathlib import Path

ADMINISTRATOR = "administrator"  # who signs with the twin's own key: its people, Terraform and the services themselves
NOBODY = "nobody"  # who does not sign, or with a key that there is not
ROLE = ":assumed-role/"


class Journal:
    """Appends each decision to a file; to none without a path."""

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("w", buffering=1) if path else None
        self._lock = threading.Lock()

    def note(self, principal: str, action: str, resource: str, refusal: str) -> None:
        """Write a decision down; `refusal` is empty if it was allowed."""
        if self._file is None:
            return
        role, _, session = principal.partition(ROLE)[2].partition("/")
        who = role or (ADMINISTRATOR if principal else NOBODY)
        line = {"time": round(time.time(), 3), "role": who, "session": session}
        with self._lock:
            self._file.write(json.dumps(line | {"action": action, "resource": resource, "refusal": refusal}) + "\n")
