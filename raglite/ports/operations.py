"""Who asks, what is observed, and what time it is."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from raglite.telemetry import AuditAction, Metric, Span


class Telemetry(Protocol):
    """Traces and metrics."""

    def trace(
        self, name: Span, header: str | None = None, since: datetime | None = None, **annotations: str | float | bool
    ) -> AbstractContextManager[str]:
        """Open a segment, continuing `header` (X-Amzn-Trace-Id) if given; yields the trace id.

        It begins now, or at `since`, for work that was under way before anybody could open it.
        """

    def span(self, name: Span, **annotations: str | float | bool) -> AbstractContextManager[None]:
        """Open a subsegment of what is open now; a no-op outside a trace."""

    def past(self, name: Span, began: datetime, ended: datetime) -> None:
        """Record a subsegment of what is open now for something that is over; a no-op outside a trace."""

    def annotate(self, **annotations: str | float | bool) -> None:
        """Annotate the segment that is open now; a no-op outside a trace."""

    def served(self, method: str, path: str, status: int) -> None:
        """Say which HTTP request the open segment served, and how; a no-op outside a trace."""

    def adopt(self, header: str) -> str | None:
        """Let the open segment continue another trace after all: the caller's, which came in the request's body.

        Returns the trace id it has now; None outside a trace. A header that is none changes nothing.
        """

    def metric(self, metric: Metric, value: float, **dimensions: str) -> None:
        """Record one value of a declared metric, with a value for each of its dimensions but Environment."""


AuditField = str | float | bool | list[str] | None


class AuditLog(Protocol):
    """Who did what, appended."""

    def append(
        self,
        action: AuditAction,
        actor: str,
        fields: Mapping[str, AuditField],
        texts: Mapping[str, str] | None = None,
    ) -> None:
        """Write one record; raises rather than losing it.

        `texts` (what was asked, what was answered) are kept apart from everything else, where few may read; the record
        holds their digest.
        """


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

    def remembered(self, presented: str) -> Principal | None:
        """Return the same at once; None if nobody is known to, or if that would have to be asked."""


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
