"""An AuditLog in a list."""

from collections.abc import Mapping
from typing import Any

from raglite.telemetry import AuditAction


class FakeAudit:
    def __init__(self) -> None:
        self.records: list[tuple[AuditAction, str, Mapping[str, Any]]] = []

    def append(self, action: AuditAction, actor: str, **fields: Any) -> None:
        self.records.append((action, actor, fields))
