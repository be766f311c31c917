"""What an estate shows of itself to whoever looks after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from raglite.observability.budget import Counting
from raglite.observability.traces import TraceStore


class Metrics(Protocol):
    """Where events are counted."""

    def counted(self, asked: Sequence[Counting]) -> Mapping[Counting, float]:
        """Return each count; 0 where nothing was recorded."""


@dataclass(frozen=True, slots=True)
class Views:
    """Traces and counts of one estate."""

    traces: TraceStore
    metrics: Metrics
