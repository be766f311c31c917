"""One attempt to hand over one event, and what is told of it: its trace, its log lines.

Where a document is concerned, its trace begins here: EventBridge drops the uploader's. Every delivery of a message
belongs to the same trace, and the task continues it.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import tracing
from lines import log

SEGMENT, DOCUMENT, VERSION = "trigger", "document", "version"  # as in raglite/telemetry.py


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to hand over one message that was sent at `sent` (seconds since 1970)."""

    message_id: str
    attempt: str
    sent: float
    segment: tracing.Segment

    @property
    def age(self) -> float:
        """How many seconds ago the message was sent."""
        return max(0.0, time.time() - self.sent)

    def token(self, key: str) -> str:
        """Return what makes RunTask idempotent within this attempt: 64 characters, as many as the API takes."""
        return _digest(key, self.message_id, self.attempt)

    def log(self, message: str, level: str = "INFO", **fields: Any) -> None:
        """Write a log line; where a document is concerned, with its name and its trace."""
        told = {name: value for name, value in self.segment.annotations.items() if name in {DOCUMENT, VERSION}}
        trace = {"trace_id": self.segment.trace_id} if told else {}
        log(level, message, **trace, **told, **fields)


@contextmanager
def bare(identity: str) -> Iterator[Delivery]:
    """Open the only attempt to hand over an event that came without a queue."""
    with tracing.segment(SEGMENT, tracing.begun(), only_with=DOCUMENT) as segment:
        yield Delivery(identity, "1", segment.began, segment)


@contextmanager
def queued(record: Mapping[str, Any]) -> Iterator[Delivery]:
    """Open what SQS hands over. A message without a trace gets one that every delivery of it finds again."""
    message_id, attributes = record["messageId"], record["attributes"]
    sent = int(attributes["SentTimestamp"]) / 1000
    begun = tracing.begun(sent, _digest(message_id)[: tracing.IDENTITY])
    with tracing.segment(SEGMENT, attributes.get("AWSTraceHeader", begun), only_with=DOCUMENT) as segment:
        yield Delivery(message_id, attributes["ApproximateReceiveCount"], sent, segment)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
