"""Make registry and index agree with the bucket about one key.

This one function is what uploads, deletions, restored versions, duplicates, late events, retries and replays all come
to: it looks at the key's versions as they are now and does what is missing. Called again it does nothing.

A version that cannot be indexed is quarantined, and the version before it stays the one that is answered from: the
registry says so plainly, and losing last year's report because of this year's broken file would help nobody.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import takewhile

from raglite.errors import DependencyUnavailable, DocumentRejected, LeaseLost, ReasonCode, TransientError
from raglite.ingestion.indexing import Stages, index_version
from raglite.ingestion.lease import HeldLease
from raglite.ingestion.publishing import publish, withdraw
from raglite.model import DocumentVersion, ObjectVersion, VersionState
from raglite.ports import Services
from raglite.telemetry import (
    CHUNKS_INDEXED,
    DOCUMENTS_INDEXED,
    DOCUMENTS_QUARANTINED,
    EMBEDDINGS_REUSED,
    INGESTION_LATENCY,
    AuditAction,
    Span,
)

ACTOR = "ingestion"
AT_REST = {VersionState.SEARCHABLE, VersionState.QUARANTINED}
OPEN = {VersionState.RECEIVED, VersionState.PROCESSING, VersionState.SEARCHABLE, VersionState.QUARANTINED}


class Outcome(StrEnum):
    """What a call came to."""

    AGREED = "agreed"
    BUSY = "busy"  # somebody else holds the key's lease, and will see what we saw


@dataclass(frozen=True, slots=True)
class Policy:
    """Who works, and how long and how often a document may be tried. Bytes, seconds."""

    owner: str
    lease_seconds: float
    max_attempts: int
    max_document_bytes: int


def synchronize(key: str, services: Services, policy: Policy) -> Outcome:
    """Bring the key to agreement, again while it is requested again meanwhile.

    TransientError leaves the key waiting for another try. Of a document's own faults none is raised: they are recorded.
    """
    while True:
        lease = services.registry.acquire(key, policy.owner, policy.lease_seconds)
        if lease is None:
            return Outcome.BUSY
        held = HeldLease(services.registry, lease, policy.lease_seconds)
        try:
            with held.kept_alive():
                _KeyWork(key, services, policy, held).converge()
        except BaseException as error:
            services.registry.abandon(held.lease)
            if isinstance(error, LeaseLost):  # what was written too late may hide what the other task has published
                services.registry.request(key)
            raise
        if services.registry.release(held.lease):
            return Outcome.AGREED


@dataclass(frozen=True, slots=True)
class _KeyWork:
    """One look at one key, under its lease."""

    key: str
    services: Services
    policy: Policy
    held: HeldLease

    def converge(self) -> None:
        versions = self.services.documents.versions(self.key)
        records = self._records()
        latest = versions[0] if versions and not versions[0].is_delete_marker else None
        if latest is None:
            self._withdraw(records)
        else:
            if not self._is_settled(records.get(latest.version_id)):
                self._index(latest, records.get(latest.version_id))
            self._fall_back(versions)
        self._settle_others(versions, self._records(), latest)
        self._forget_gone({version.version_id for version in versions})

    def _records(self) -> dict[str, DocumentVersion]:
        return {record.version_id: record for record in self.services.registry.history(self.key)}

    def _fall_back(self, versions: tuple[ObjectVersion, ...]) -> None:
        """Where a quarantined version would leave nothing to answer from, index the newest one before it that can be.

        Not past a delete marker: what was deleted before the broken file came is answered from no longer.
        """
        candidates = list(takewhile(lambda one: not one.is_delete_marker, versions))
        records = self._records()
        if any(self._answers(version) for version in candidates):
            return
        withdraw(self.key, self.held, self.services)
        for version in candidates:
            record = records.get(version.version_id)
            if record is None or record.reason is None:
                self._index(version, record)
                if self._answers(version):
                    return

    def _answers(self, version: ObjectVersion) -> bool:
        commit = self.services.registry.commit_number()
        return self.services.index.count(self.key, version.version_id, commit) > 0

    def _is_settled(self, record: DocumentVersion | None) -> bool:
        """Whether nothing is left to do for the latest version; the index is asked, not only the registry."""
        if record is None or record.state not in AT_REST:
            return False
        if record.state is VersionState.QUARANTINED:
            return True
        return self._visible(record) == record.chunks

    def _visible(self, record: DocumentVersion) -> int:
        return self.services.index.count(self.key, record.version_id, self.services.registry.commit_number())

    # --- the latest version ---------------------------------------------------------------------------------------

    def _index(self, latest: ObjectVersion, record: DocumentVersion | None) -> None:
        header = self.services.registry.trace_header(self.key)
        annotations = {"document": self.key, "version": latest.version_id}
        with self.services.telemetry.trace(Span.INGEST, header, **annotations) as trace_id:
            started = self._started(latest, record, trace_id)
            try:
                self._refuse_hopeless(started)
                self._make_searchable(started)
            except DocumentRejected as rejection:
                self._quarantine(started, rejection)
            except DependencyUnavailable:
                self._give_back_attempt(started)
                raise

    def _started(self, latest: ObjectVersion, record: DocumentVersion | None, trace_id: str) -> DocumentVersion:
        known = record or _received(latest)
        before = known.attempts if known.state is VersionState.PROCESSING else 0  # only those that did not come to rest
        update = {"attempts": before + 1, "trace_id": trace_id, "reason": None, "reason_sentence": None}
        return self._enter(VersionState.PROCESSING, known.model_copy(update=update))

    def _give_back_attempt(self, version: DocumentVersion) -> None:
        """An attempt counts only if the document may be to blame; it stays counted where the registry is gone too."""
        with suppress(TransientError):
            uncounted = version.model_copy(update={"attempts": version.attempts - 1})
            self.services.registry.record(uncounted, self.held.lease)

    def _refuse_hopeless(self, version: DocumentVersion) -> None:
        if version.attempts > self.policy.max_attempts:
            sentence = (
                f"Indexing was tried {self.policy.max_attempts} times and each time ended without a word, as if "
                "killed. Look at the task's log, then upload the document again, in parts if it is large."
            )
            raise DocumentRejected(ReasonCode.TOO_MANY_ATTEMPTS, sentence)
        limit = self.policy.max_document_bytes
        if version.size > limit:
            sentence = f"The file has {version.size:,} bytes; {limit:,} are allowed. Split it, or raise the limit."
            raise DocumentRejected(ReasonCode.TOO_LARGE, sentence)

    def _make_searchable(self, version: DocumentVersion) -> None:
        stages = Stages(self.services)
        indexed = index_version(version, self.services, stages, self.held)
        self.held.check()
        self.services.registry.record(indexed, self.held.lease)  # should this task die right after publishing
        with stages.stage(Span.PUBLISH):
            commit = publish(self.key, version.version_id, self.held, self.services)
        done = {"committed": commit, "superseded": None, "stage_seconds": stages.seconds}
        self._report(self._enter(VersionState.SEARCHABLE, indexed.model_copy(update=done)))

    def _report(self, version: DocumentVersion) -> None:
        telemetry = self.services.telemetry
        telemetry.metric(DOCUMENTS_INDEXED, 1)
        telemetry.metric(CHUNKS_INDEXED, version.chunks)
        telemetry.metric(EMBEDDINGS_REUSED, version.embeddings_reused)
        if version.uploaded is not None:
            telemetry.metric(INGESTION_LATENCY, (self._now() - version.uploaded).total_seconds())
        self.services.audit.append(
            AuditAction.DOCUMENT_INDEXED, ACTOR, document=self.key, version=version.version_id, commit=version.committed
        )

    def _quarantine(self, version: DocumentVersion, rejection: DocumentRejected) -> None:
        reason = {"reason": rejection.reason.value, "reason_sentence": str(rejection)}
        self.held.check()  # who took over meanwhile may have published what would be discarded
        self.services.index.discard(self.key, version.version_id)
        self._enter(VersionState.QUARANTINED, version.model_copy(update=reason))
        self.services.telemetry.metric(DOCUMENTS_QUARANTINED, 1)
        self.services.audit.append(
            AuditAction.DOCUMENT_QUARANTINED,
            ACTOR,
            document=self.key,
            version=version.version_id,
            reason=reason["reason"],
        )

    # --- the others -----------------------------------------------------------------------------------------------

    def _withdraw(self, records: dict[str, DocumentVersion]) -> None:
        commit = withdraw(self.key, self.held, self.services)
        for record in records.values():
            if record.state in OPEN:
                update = {"superseded": commit} if record.committed is not None else {}
                self._enter(VersionState.DELETED, record.model_copy(update=update))
        if commit is not None:
            self.services.audit.append(AuditAction.DOCUMENT_REMOVED, ACTOR, document=self.key, commit=commit)

    def _settle_others(
        self, versions: tuple[ObjectVersion, ...], records: dict[str, DocumentVersion], latest: ObjectVersion | None
    ) -> None:
        """Record what the bucket holds beside the latest version."""
        current = self.services.registry.find(self.key, latest.version_id) if latest else None
        for version in versions:
            if version.is_delete_marker or version == latest:
                continue
            record = records.get(version.version_id)
            if record is None:
                self._enter(VersionState.SUPERSEDED, _received(version))
            elif current and record.state in OPEN:
                self._overtaken(record, current)

    def _overtaken(self, record: DocumentVersion, current: DocumentVersion) -> None:
        """Supersede an older version, unless it is the one that is answered from while the latest is quarantined."""
        if current.state is VersionState.SEARCHABLE or not self._visible(record):
            update = {"superseded": current.committed} if record.committed is not None else {}
            self._enter(VersionState.SUPERSEDED, record.model_copy(update=update))
        elif record.state is not VersionState.SEARCHABLE:  # its task died between publishing it and saying so
            number = self.services.registry.commit_number()
            self._enter(VersionState.SEARCHABLE, record.model_copy(update={"committed": number}))

    def _forget_gone(self, present: set[str]) -> None:
        """Versions that the bucket no longer holds leave no text behind."""
        for record in self.services.registry.history(self.key):
            if record.version_id in present:
                continue
            if self.services.index.count(self.key, record.version_id):
                self.services.index.discard(self.key, record.version_id)
            if record.state is not VersionState.DELETED:
                self._enter(VersionState.DELETED, record)

    def _enter(self, state: VersionState, version: DocumentVersion) -> DocumentVersion:
        transitions = {**version.transitions, state: self._now()}
        entered = version.model_copy(update={"state": state, "transitions": transitions})
        self.services.registry.record(entered, self.held.lease)
        return entered

    def _now(self) -> datetime:
        return self.services.clock.now()


def _received(version: ObjectVersion) -> DocumentVersion:
    return DocumentVersion(
        key=version.key,
        version_id=version.version_id,
        state=VersionState.RECEIVED,
        size=version.size,
        uploaded=version.last_modified,
        transitions={VersionState.RECEIVED: version.last_modified},
    )
