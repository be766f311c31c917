"""An AuditLog in a list."""

from collections.abc import Mapping

from raglite.ports import AuditField
from raglite.telemetry import AuditAction


class FakeAudit:
    """`texts` are the restricted ones of each record, in the same order."""

    def __init__(self) -> None:
        self.records: list[tuple[AuditAction, str, Mapping[str, AuditField]]] = []
        self.texts: list[Mapping[str, str]] = []

    def append(
        self, action: AuditAction, actor: str, fields: Mapping[str, AuditField], texts: Mapping[str, str] | None = None
    ) -> None:
        self.records.append((action, actor, fields))
        self.texts.append(texts or {})
