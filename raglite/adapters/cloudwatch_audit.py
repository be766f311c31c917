"""The audit log in CloudWatch Logs, written behind the caller's back but never behind by more than a patience.

`append` only puts a record on the chain and in memory. A thread of its own writes what waits, several times a second,
and anchors the chain's head now and then. What could not be written waits and is tried again, in order. When the oldest
has waited too long, or too much waits, `append` raises AuditUnavailable: what the log cannot tell of is not done.
A process that is killed outright loses what it had not written yet. One that ends in any other way writes it first, or,
if that cannot be done in time, leaves the records on stderr.
"""

import atexit
import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

import boto3
from botocore.config import Config

from raglite.adapters.audit_log import new_chain
from raglite.adapters.aws_errors import connecting
from raglite.adapters.cloudwatch_stream import LONGEST, Event, LogStream
from raglite.adapters.s3_anchors import S3Anchors
from raglite.errors import AuditUnavailable, RagliteError
from raglite.observability.audit import Deed, Head, Record, digest
from raglite.observability.audit_anchors import Anchor
from raglite.observability.audit_texts import lines_of
from raglite.ports import AuditField, Clock, SystemClock, Telemetry
from raglite.telemetry import AUDIT_DELAY, AuditAction

# One attempt, soon given up: the writer itself tries again, and a process that ends has no time.
IMPATIENT = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 1})
MOST_AT_ONCE = 1000  # records
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the audit log is kept: two log groups and a bucket."""

    records: str
    texts: str
    anchors: str


@dataclass(frozen=True, slots=True)
class Pace:
    """How long anything may take, in seconds, and how many bytes may wait."""

    patience: float = 10
    anchor: float = 60
    flush: float = 0.25
    retry: float = 1
    report: float = 10
    close: float = 4  # ECS kills the service at least 5 s after its last answer
    most_bytes: int = 16 * 1024**2


@dataclass(frozen=True, slots=True)
class _Waiting:
    record: Record
    salt: str
    texts: Mapping[str, str]
    since: float  # monotonic
    size: int

    def text_events(self) -> list[Event]:
        return [Event(self.record.milliseconds, line) for line in lines_of(self.record, self.salt, self.texts)]


@dataclass(frozen=True, slots=True)
class Sinks:
    """What is written to."""

    records: LogStream
    texts: LogStream
    anchors: S3Anchors

    @classmethod
    def connect(cls, places: Places, chain: str) -> "Sinks":
        """Return a chain's streams, reached by the standard AWS environment; nothing is sent yet."""
        with connecting("CloudWatch Logs"):
            logs, s3 = boto3.client("logs", config=IMPATIENT), boto3.client("s3", config=IMPATIENT)
        return cls(
            LogStream(logs, places.records, chain), LogStream(logs, places.texts, chain), S3Anchors(s3, places.anchors)
        )


@dataclass
class CloudWatchAuditLog:
    """AuditLog of one process: one chain, one stream of its name in each log group."""

    sinks: Sinks
    head: Head  # of the chain, written or not
    telemetry: Telemetry
    pace: Pace = field(default_factory=Pace)
    clock: Clock = field(default_factory=SystemClock)

    def __post_init__(self) -> None:
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._lock = threading.Lock()
        self._closing, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
        self._written = self._anchored = self.head
        self._is_failing = False
        self._longest = 0.0  # delay since the last report
        self._reported = self._anchored_at = time.monotonic()

    @classmethod
    def connect(cls, places: Places, telemetry: Telemetry, pace: Pace) -> "CloudWatchAuditLog":
        """Return a log with a chain of its own, which writes until the process ends."""
        chain = new_chain()
        audit = cls(Sinks.connect(places, chain), Head(chain), telemetry, pace)
        audit.start()
        atexit.register(audit.close)
        return audit

    def start(self) -> None:
        """Write in the background from now on."""
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many records are not written yet."""
        return len(self._waiting)

    def append(
        self,
        action: AuditAction,
        actor: str,
        fields: Mapping[str, AuditField],
        texts: Mapping[str, str] | None = None,
    ) -> None:
        """Put one record on the chain; AuditUnavailable if earlier ones are not being written.

        ValueError if the record is too long for the log.
        """
        given = dict(texts or {})
        salt = os.urandom(16).hex() if given else ""
        deed = Deed(action, actor, fields, {name: digest(salt, text) for name, text in given.items()})
        with self._lock:
            now = time.monotonic()
            self._refuse_if_stuck(now)
            record = self.head.follow(self.clock.now(), deed)
            if len(record.line) > LONGEST:
                raise ValueError(f"An audit record has {len(record.line):,} bytes, of at most {LONGEST:,}.")
            size = len(record.line) + sum(map(len, given.values()))
            self._waiting.append(_Waiting(record, salt, given, now, size))
            self._bytes += size
            self.head = record.head

    def _refuse_if_stuck(self, now: float) -> None:
        if self._over.is_set():
            raise AuditUnavailable("is closed, because this process ends.")
        if self._delay(now) > self.pace.patience:
            raise AuditUnavailable(
                f"has not been written for {self._delay(now):.0f} s, so nothing is done that it would not tell of; "
                "try again later."
            )
        if self._bytes >= self.pace.most_bytes:
            raise AuditUnavailable("is not written as fast as it grows; try again in a moment.")

    def _delay(self, now: float) -> float:
        return now - self._waiting[0].since if self._waiting else 0.0

    # --- in the background ----------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing.wait(self.pace.retry if self._is_failing else self.pace.flush):
            self._turn()
        while self._waiting and not self._over.wait(self.pace.retry if self._is_failing else 0):
            self._turn()
        self._anchor()

    def _turn(self) -> None:
        """Write what waits, and anchor and report if it is time to; whatever goes wrong, it waits on."""
        now = time.monotonic()
        try:
            if self._waiting:
                self._write()
            if now - self._anchored_at >= self.pace.anchor:
                self._anchor()
        except Exception as error:  # noqa: BLE001  the edge of the thread: it must live to try again
            self._note_failure(error)
        if now - self._reported >= self.pace.report:
            self._report()

    def _write(self) -> None:
        """Write the oldest records, their texts first: a record that can be read has its texts."""
        with self._lock:
            oldest = list(islice(self._waiting, MOST_AT_ONCE))
        self._longest = max(self._longest, time.monotonic() - oldest[0].since)
        self.sinks.texts.put([event for one in oldest for event in one.text_events()])
        self.sinks.records.put([Event(one.record.milliseconds, one.record.line) for one in oldest])
        self._longest = max(self._longest, time.monotonic() - oldest[0].since)
        with self._lock:
            for one in oldest:
                self._waiting.popleft()
                self._bytes -= one.size
        self._written = oldest[-1].record.head
        if self._is_failing:
            log.warning("the audit log is written again")
        self._is_failing = False

    def _note_failure(self, error: Exception) -> None:
        if not self._is_failing:
            unforeseen = None if isinstance(error, RagliteError) else error  # its traceback is worth reporting
            said = "audit records wait, and after %g s nothing is done any more: %s"
            log.error(said, self.pace.patience, error, exc_info=unforeseen)
        self._is_failing = True

    def _report(self) -> None:
        """Tell how long records waited; a value that nobody takes must not stop the writing."""
        if self._longest:
            with suppress(OSError):
                self.telemetry.metric(AUDIT_DELAY, round(self._longest, 3))
        self._longest, self._reported = 0.0, time.monotonic()

    def _anchor(self) -> None:
        """Anchor the chain as far as it is written, unless it has not grown."""
        head, self._anchored_at = self._written, time.monotonic()
        if head == self._anchored:
            return
        try:
            self.sinks.anchors.put(Anchor.of(head, self.clock.now()))
        except RagliteError as error:
            log.error("the audit log's chain %s is not anchored, which is tried again: %s", head.chain, error)  # noqa: TRY400  where it arose is of no use
        else:
            self._anchored = head

    def close(self) -> None:
        """Write and anchor what waits; leave on stderr what cannot be written in time."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(self.pace.close)
        self._over.set()
        with self._lock:
            left = list(self._waiting)
        sys.stderr.writelines(f"{one.record.line}\n" for one in left)
