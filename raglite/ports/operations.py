"""Who asks, what is observed, and what time it is."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from raglite.telemetry import AuditAction, Metric, Span


class Telemetry(Protocol):
    """Traces and metrics."""

    def trace(
        self, name: Span, header: str | None = None, **annotations: str | float | bool
    ) -> AbstractContextManager[str]:
        """Open a segment, continuing `header` (X-Amzn-Trace-Id) if given; yields the trace id."""

    def span(self, name: Span, **annotations: str | float | bool) -> AbstractContextManager[None]:
        """Open a subsegment of what is open now; a no-op outside a trace."""

    def metric(self, metric: Metric, value: float) -> None:
        """Record one value of a declared metric."""


class AuditLog(Protocol):
    """Who did what, appended."""

    def append(self, action: AuditAction, actor: str, **fields: str | float | bool | list[str] | None) -> None:
        """Write one record; raises rather than losing it."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a credential's name, its scopes (read, ingest, admin) and the document groups it may see."""

    name: str
    scopes: frozenset[str]
    groups: tuple[str, ...] | None = None


class Credentials(Protocol):
    """API keys, kept as hashes."""

    def authenticate(self, presented: str) -> Principal:
        """Return who presents this key; AccessDenied if nobody may."""


class Tasks(Protocol):
    """The ingest tasks, as far as anybody but they may move them."""

    def wake(self) -> None:
        """Ask that a task be started for the keys that wait; without it the schedule starts one within minutes."""


class Clock(Protocol):
    """The time, replaceable in tests."""

    def now(self) -> datetime:
        """Return the current time, timezone-aware UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current time, timezone-aware UTC."""
        return datetime.now(UTC)
