"""Make registry and index agree with the bucket about one key.

This one function is what uploads, deletions, restored versions, duplicates, late events, retries, replays and repairs
all come to: it looks at the key's versions as they are now and does what is missing. Called again it does nothing.

A version that cannot be indexed is quarantined, and the version before it stays the one that is answered from: the
registry says so plainly, and losing last year's report because of this year's broken file would help nobody.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise, takewhile

from raglite import logs
from raglite.errors import DocumentRejected, LeaseLost, RagliteError, TransientError
from raglite.ingestion.collections import discard, refuse_strangers
from raglite.ingestion.indexing import index_version
from raglite.ingestion.lease import HeldLease
from raglite.ingestion.publishing import publish, take_back, withdraw
from raglite.ingestion.records import (
    ended,
    entered,
    has_come_to_rest,
    hidden,
    quarantined,
    received,
    refuse_hopeless,
    searchable,
    started,
)
from raglite.ingestion.shelf import Shelf, edition_of
from raglite.ingestion.stages import Arrival, Stages
from raglite.model import DocumentVersion, ObjectVersion, VersionState
from raglite.ports import Services, is_rejected, refuse_behind
from raglite.telemetry import (
    CHUNKS_INDEXED,
    DOCUMENTS_INDEXED,
    DOCUMENTS_QUARANTINED,
    EMBEDDINGS_REUSED,
    INGESTION_LATENCY,
    AuditAction,
    Span,
)
from raglite.telemetry import Outcome as CameTo

ACTOR = "ingestion"
UP = {VersionState.PROCESSING, VersionState.SEARCHABLE}


class Outcome(StrEnum):
    """What a call came to."""

    AGREED = "agreed"
    BUSY = "busy"  # somebody else holds the key's lease, and will see what we saw


@dataclass(frozen=True, slots=True)
class Policy:
    """Who works, and how long and how often a document may be tried. Bytes, seconds."""

    owner: str
    lease_seconds: float
    publish_seconds: float
    max_attempts: int
    max_document_bytes: int


def synchronize(key: str, services: Services, policy: Policy, began: datetime | None = None) -> Outcome:
    """Bring the key to agreement, again while it is requested again meanwhile.

    `began` is when this process did, if it did so for this key: its trace then tells how long the start took.

    TransientError leaves the key waiting for another try. Of a document's own faults none is raised: they are recorded.
    """
    while True:
        taken_up = services.clock.now()
        lease = services.registry.acquire(key, policy.owner, policy.lease_seconds)
        if lease is None:
            return Outcome.BUSY
        held = HeldLease(services.registry, lease, policy.lease_seconds)
        arrival, began = Arrival.of(lease, began, taken_up), None
        try:
            with held.kept_alive():
                _KeyWork(key, services, policy, held, arrival).converge()
        except BaseException as error:
            with suppress(TransientError):  # the lease then runs out by itself, and the key goes on waiting
                services.registry.abandon(held.lease)
                if isinstance(error, LeaseLost):  # what was written too late is for the next look to sweep away
                    services.registry.request(key, lease.trace_header)
            raise
        if services.registry.release(held.lease):
            return Outcome.AGREED


@dataclass(slots=True)
class _KeyWork:
    """One look at one key, under its lease."""

    key: str
    services: Services
    policy: Policy
    held: HeldLease
    arrival: Arrival
    seen: Shelf | None = None  # nobody else changes what the index holds of the key, so it is looked at once a change

    def converge(self) -> None:
        refuse_strangers(self.services.registry.roster(), self.services.embedder.spec)
        if self.services.index.strays():  # a restore or a reindex has switched since this process began
            self.services.index.prepare(self.services.embedder.spec)
        refuse_behind(self.services.registry, self.services.index)  # nothing is told from half of what there was
        versions = self.services.documents.versions(self.key)
        standing = list(takewhile(lambda version: not version.is_delete_marker, versions))
        self._take_back()
        self._hide_all_but({version.version_id for version in standing})
        self._bring_up_newest(standing)
        self._end_others(versions)
        self._tidy({version.version_id for version in versions})

    def _shelf(self) -> Shelf:
        self.seen = self.seen or Shelf.of(self.key, self.services)
        return self.seen

    def _record(self, version_id: str) -> DocumentVersion | None:
        return self.services.registry.find(self.key, version_id)

    # --- the version that is to be answered from ------------------------------------------------------------------

    def _take_back(self) -> None:
        if self._shelf().has_stamps_ahead:
            self.seen = None
            take_back(self.held, self.services, self.policy.publish_seconds)

    def _hide_all_but(self, standing: set[str]) -> None:
        """Take out of answers, before anything that takes time, what was deleted."""
        if any(edition.version_id not in standing for edition in self._shelf().visible):
            commit = self._withdraw()
            self.services.audit.append(AuditAction.DOCUMENT_REMOVED, ACTOR, {"document": self.key, "commit": commit})

    def _bring_up_newest(self, standing: Sequence[ObjectVersion]) -> None:
        """Make the newest version that can be indexed the one that is answered from."""
        for version in standing:
            record = self._record(version.version_id)
            if record is not None and is_rejected(record) and version is not standing[0]:
                continue
            self._bring_up(version, record)
            if self._shelf().answers_from(version.version_id):
                return

    def _bring_up(self, version: ObjectVersion, record: DocumentVersion | None) -> None:
        """Make a version searchable, or quarantined, unless it is; the index is asked, not only the registry."""
        shelf = self._shelf()
        if record is not None and record.state is VersionState.QUARANTINED:
            if shelf.answers_from(version.version_id):
                self._enter(hidden(record, self._withdraw()))
        elif record is None or record.state not in UP or not shelf.shows(record):
            self._index(record or received(version), shelf)
        elif not shelf.shows_only(record):
            self._publish(record)
            self._enter(searchable(record, shelf.committed(record)))
        elif record.state is VersionState.PROCESSING:  # its task died between publishing it and saying so
            self._audit_indexed(record, shelf.committed(record))
            self._enter(searchable(record, shelf.committed(record)))

    def _index(self, known: DocumentVersion, shelf: Shelf) -> None:
        """Work on a version, in a trace that reaches back to when the key was requested."""
        telemetry, stages = self.services.telemetry, Stages(self.services)
        annotations = {"document": self.key, "version": known.version_id}
        header = self.held.lease.trace_header
        with telemetry.trace(Span.INGEST, header, self.arrival.since, **annotations) as trace_id:
            stages.past(self.arrival)
            with logs.bound(version=known.version_id, trace_id=trace_id):
                try:
                    self._index_traced(known, shelf, stages, trace_id)
                except BaseException:
                    telemetry.annotate(outcome=CameTo.FAILED)
                    raise
        self.arrival = self.arrival.again(self.services.clock.now())

    def _index_traced(self, known: DocumentVersion, shelf: Shelf, stages: Stages, trace_id: str) -> None:
        with stages.stage(Span.RECORD):
            if not shelf.answers_from(known.version_id):  # a task may have died between hiding it and saying so
                known = hidden(known, shelf.superseded(known))
            version = self._enter(started(known, shelf.next_edition(known.version_id), trace_id))
            self.seen = None
        try:
            self._attempt(version, stages)
        except BaseException as error:
            if isinstance(error, RagliteError) or not isinstance(error, Exception):  # an outage, or told to stop
                self._give_back_attempt(version)
            raise

    def _attempt(self, version: DocumentVersion, stages: Stages) -> None:
        try:
            refuse_hopeless(version, self.policy.max_attempts, self.policy.max_document_bytes)
            self._make_searchable(version, stages)
        except DocumentRejected as rejection:
            timed = version.model_copy(update={"stage_seconds": dict(stages.seconds)})
            with stages.stage(Span.RECORD):
                self._quarantine(timed, rejection)
        stages.report()

    def _give_back_attempt(self, version: DocumentVersion) -> None:
        """An attempt counts only if the document may be to blame; it stays counted where the registry is gone too."""
        with suppress(TransientError):
            record = self._record(version.version_id)  # it may say more by now than when the attempt began
            if record is not None and record.state is VersionState.PROCESSING:
                uncounted = record.model_copy(update={"attempts": version.attempts - 1})
                self.services.registry.record(uncounted, self.held.lease)

    def _make_searchable(self, version: DocumentVersion, stages: Stages) -> None:
        indexed = index_version(version, self.services, stages, self.held)
        with stages.stage(Span.RECORD):
            self.held.check()
            self.services.registry.record(indexed, self.held.lease)  # should this task die right after publishing
        with stages.stage(Span.PUBLISH):
            commit = self._publish(indexed)
        timed = indexed.model_copy(update={"stage_seconds": dict(stages.seconds)})
        with stages.stage(Span.RECORD):
            self._audit_indexed(timed, commit)  # first: until it is entered, its key is looked at again
            self._enter(searchable(timed, commit))
            self._report(timed)

    def _publish(self, record: DocumentVersion) -> int:
        """Make an edition that is whole the only one that is answered from."""
        self.seen = None
        return publish(edition_of(record), record.chunks, self.held, self.services, self.policy.publish_seconds)

    def _withdraw(self) -> int | None:
        self.seen = None
        return withdraw(self.key, self.held, self.services, self.policy.publish_seconds)

    def _report(self, version: DocumentVersion) -> None:
        telemetry = self.services.telemetry
        telemetry.metric(DOCUMENTS_INDEXED, 1)
        telemetry.metric(CHUNKS_INDEXED, version.chunks)
        telemetry.metric(EMBEDDINGS_REUSED, version.embeddings_reused)
        telemetry.annotate(outcome=CameTo.SEARCHABLE, pages=version.pages_parsed, chunks=version.chunks)
        if version.uploaded is not None and not has_come_to_rest(version):
            telemetry.metric(INGESTION_LATENCY, (self.services.clock.now() - version.uploaded).total_seconds())

    def _audit_indexed(self, version: DocumentVersion, commit: int | None) -> None:
        indexed = {"document": self.key, "version": version.version_id, "commit": commit}
        self.services.audit.append(AuditAction.DOCUMENT_INDEXED, ACTOR, indexed)

    def _quarantine(self, version: DocumentVersion, rejection: DocumentRejected) -> None:
        self.held.check()  # who took over meanwhile may have published what would be swept or hidden
        commit = self._withdraw() if self._shelf().answers_from(version.version_id) else None
        self.services.index.sweep(self.key)
        self.seen = None
        refused = {"document": self.key, "version": version.version_id, "reason": rejection.reason.value}
        self.services.audit.append(AuditAction.DOCUMENT_QUARANTINED, ACTOR, refused)
        self._enter(hidden(quarantined(version, rejection), commit))
        self.services.telemetry.metric(DOCUMENTS_QUARANTINED, 1)
        self.services.telemetry.annotate(outcome=CameTo.QUARANTINED, reason=rejection.reason.value)

    # --- the others -----------------------------------------------------------------------------------------------

    def _end_others(self, versions: Sequence[ObjectVersion]) -> None:
        """Record of every version that is not the newest how it ended: by what came right after it."""
        shelf = self._shelf()
        for after, version in pairwise(versions):
            if not version.is_delete_marker and not shelf.answers_from(version.version_id):
                self._end(self._record(version.version_id), version, after, shelf)

    def _end(self, record: DocumentVersion | None, version: ObjectVersion, after: ObjectVersion, shelf: Shelf) -> None:
        now = ended(record or received(version), after, shelf.superseded(record) if record else 0)
        if now != record:
            self._enter(now)

    def _tidy(self, present: set[str]) -> None:
        """Leave no text of versions that the bucket no longer holds, and no points that nobody has published."""
        shelf = self._shelf()
        records = {record.version_id: record for record in self.services.registry.history(self.key)}
        for version_id in (shelf.versions | set(records)) - present:
            record = records.get(version_id)
            now = ended(record, None, shelf.superseded(record)) if record else None
            if version_id in shelf.versions or now != record:
                self.held.check()
                self.services.documents.forget(self.key, version_id)
                discard(self.key, version_id, self.services)
            if now is not None and now != record:
                self._enter(now)
        if shelf.has_leftovers:
            self.held.check()
            self.services.index.sweep(self.key)

    def _enter(self, version: DocumentVersion) -> DocumentVersion:
        written = entered(version, self.services.clock.now())
        self.services.registry.record(written, self.held.lease)
        return written
