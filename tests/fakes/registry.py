"""A DocumentRegistry in dictionaries, under one lock as DynamoDB's conditional writes are atomic."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from raglite.errors import LeaseLost
from raglite.model import DocumentVersion
from raglite.ports import PUBLISH_KEY, Change, Clock, Lease, Roster, WorkItem, refuse_transition
from tests.fakes.clock import FakeClock


@dataclass
class Work:
    """A key's work item."""

    generation: int = 0
    requested: datetime | None = None  # None: nothing is due
    trace_header: str | None = None
    token: int = 0
    expires: datetime | None = None  # None: nobody holds it


class FakeRegistry:
    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or FakeClock()
        self.number = 0
        self.times: list[datetime] = []  # of each commit
        self.keys: list[str | None] = []  # what each commit changed
        self._roster = Roster()
        self.records: dict[tuple[str, str], DocumentVersion] = {}
        self.work_items: defaultdict[str, Work] = defaultdict(Work)
        self._lock = threading.RLock()

    def record(self, version: DocumentVersion, lease: Lease | None = None) -> None:
        with self._lock:
            if lease is not None:
                self._held(lease)
            before = self.records.get((version.key, version.version_id))
            refuse_transition(before.state if before else None, version.state)
            self.records[version.key, version.version_id] = version

    def find(self, key: str, version_id: str) -> DocumentVersion | None:
        return self.records.get((key, version_id))

    def history(self, key: str) -> tuple[DocumentVersion, ...]:
        return tuple(version for version in self.documents() if version.key == key)

    def documents(self) -> Iterator[DocumentVersion]:
        with self._lock:
            yield from list(self.records.values())

    def request(self, key: str, trace_header: str | None = None) -> int:
        with self._lock:
            work = self.work_items[key]
            work.generation += 1
            work.requested = self.clock.now()
            work.trace_header = trace_header
            return work.generation

    def waiting(self, limit: int = 100) -> tuple[str, ...]:
        with self._lock:
            due = [(w.requested, key) for key, w in self.work_items.items() if w.requested and not self._taken(w)]
            return tuple(key for _, key in sorted(due)[:limit])

    def work(self) -> Iterator[WorkItem]:
        with self._lock:
            items = [
                WorkItem(key, w.requested is not None, self._taken(w), w.requested)
                for key, w in self._work_items()
                if w.requested or self._taken(w)
            ]
        yield from items

    def _work_items(self) -> list[tuple[str, Work]]:
        return [(key, work) for key, work in self.work_items.items() if key != PUBLISH_KEY]

    def acquire(self, key: str, owner: str, seconds: float) -> Lease | None:
        with self._lock:
            work = self.work_items[key]
            if self._taken(work):
                return None
            work.token += 1
            work.expires = self.clock.now() + timedelta(seconds=seconds)
            lease = Lease(key, owner, work.token, work.expires, work.generation)
            return replace(lease, requested=work.requested, trace_header=work.trace_header) if work.requested else lease

    def renew(self, lease: Lease, seconds: float) -> Lease:
        with self._lock:
            work = self._held(lease)
            work.expires = self.clock.now() + timedelta(seconds=seconds)
            return replace(lease, expires=work.expires)

    def release(self, lease: Lease) -> bool:
        with self._lock:
            try:
                work = self._held(lease)
            except LeaseLost:
                return False
            work.expires = None
            if work.generation != lease.generation:
                return False
            work.requested = None
            return True

    def abandon(self, lease: Lease) -> None:
        with self._lock:
            if self.work_items[lease.key].token == lease.token:
                self.work_items[lease.key].expires = None

    def commit_number(self) -> int:
        return self.number

    def advance(self, lease: Lease, expected: int, key: str | None = None) -> int:
        if lease.key != PUBLISH_KEY:
            raise ValueError(f"advance takes a lease on {PUBLISH_KEY}, not on {lease.key}")
        with self._lock:
            self._held(lease)
            if self.number != expected:
                raise LeaseLost("Another publisher moved the commit number; publish again.")
            self.number += 1
            self.times.append(max([self.clock.now(), *self.times[-1:]]))
            self.keys.append(key)
            return self.number

    def changes(self, since: int) -> tuple[Change, ...]:
        with self._lock:
            return tuple(Change(number, self.keys[number - 1]) for number in range(self.number, since, -1))

    def roster(self) -> Roster:
        return self._roster

    def enroll(self, roster: Roster, lease: Lease | None = None) -> None:
        with self._lock:
            if lease is not None:
                self._held(lease)
            if roster.generation != self._roster.generation + 1:
                raise LeaseLost("Somebody else has changed which collections there are.")
            self._roster = roster

    def commit_at(self, moment: datetime) -> int:
        with self._lock:
            return sum(time <= moment for time in self.times)

    def _taken(self, work: Work) -> bool:
        return work.expires is not None and work.expires >= self.clock.now()

    def _held(self, lease: Lease) -> Work:
        work = self.work_items[lease.key]
        if work.token != lease.token or not self._taken(work):
            raise LeaseLost(f"Another task works on {lease.key} now.")
        return work
