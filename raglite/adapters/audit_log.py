"""The audit log as JSON lines on stdout. A log filter selects them by `{ $.log = "audit" }`."""

from raglite.adapters.json_lines import write_line
from raglite.ports import Clock, SystemClock
from raglite.telemetry import AuditAction

MARK = "audit"


class JsonAuditLog:
    """AuditLog whose keeper is whoever keeps the process's output."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    def append(self, action: AuditAction, actor: str, **fields: str | float | bool | list[str] | None) -> None:
        """Write one record; OSError rather than losing it. `fields` stand apart, so that no name can hide another."""
        time = self._clock.now().isoformat(timespec="milliseconds")
        write_line({"log": MARK, "time": time, "action": action.value, "actor": actor, "fields": fields})
