"""The audit log as JSON lines on stdout. A log filter selects them by `{ $.log = "audit" }`."""

import os
import threading
import uuid
from collections.abc import Mapping

from raglite.adapters.json_lines import write
from raglite.observability.audit import Deed, Head
from raglite.ports import AuditField, Clock, SystemClock
from raglite.telemetry import AuditAction


class JsonAuditLog:
    """AuditLog whose keeper is whoever keeps the process's output; nobody keeps texts or their digests."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._head = Head(new_chain())
        self._lock = threading.Lock()

    def append(
        self,
        action: AuditAction,
        actor: str,
        fields: Mapping[str, AuditField],
        texts: Mapping[str, str] | None = None,  # noqa: ARG002  the port's: nobody keeps them here
    ) -> None:
        """Write one record; OSError rather than losing it. `fields` stand apart, so that no name can hide another."""
        with self._lock:
            record = self._head.follow(self._clock.now(), Deed(action, actor, fields, {}))
            write(record.line)
            self._head = record.head


def new_chain() -> str:
    """Return a name for this process's chain: where it runs, and what makes it one of its kind."""
    return f"{os.environ.get('HOSTNAME', 'process')}-{uuid.uuid4().hex[:12]}"
