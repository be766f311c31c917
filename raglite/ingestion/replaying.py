"""Try quarantined versions again: what was wrong with them may have been wrong with us."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from raglite.errors import InvalidRequest, NotFound
from raglite.ingestion.reconciling import wake
from raglite.ingestion.records import entered
from raglite.model import DocumentVersion, VersionState
from raglite.ports import Services, is_rejected
from raglite.telemetry import AuditAction

NEAR = 0.6  # likeness (difflib's ratio) from which on a key is offered instead of one that nobody knows
MOST_OFFERED = 3


@dataclass(frozen=True, slots=True)
class Replay:
    """What was done: `replayed` versions wait to be indexed, `busy` keys were being worked on and are as they were.

    `asleep` says why no task could be woken for them.
    """

    replayed: tuple[DocumentVersion, ...]
    busy: tuple[str, ...]
    asleep: str | None


@dataclass(frozen=True, slots=True)
class Replayer:
    """Who replays: `owner` holds the leases meanwhile, for at most `lease_seconds`; `actor` stands in the audit log."""

    services: Services
    owner: str
    lease_seconds: float
    actor: str

    def one(self, key: str) -> Replay:
        """Replay a key's quarantined versions; NotFound if nobody knows it, InvalidRequest if none is quarantined."""
        history = self.services.registry.history(key)
        if not history:
            self._refuse_unknown(key)
        if not any(record.state is VersionState.QUARANTINED for record in history):
            states = ", ".join(sorted({record.state.value for record in history}))
            raise InvalidRequest(f"No version of {key} is quarantined ({states}): there is nothing to replay.")
        return self._replay([key])

    def every(self) -> Replay:
        """Replay all that is quarantined."""
        quarantined = (one for one in self.services.registry.documents() if one.state is VersionState.QUARANTINED)
        return self._replay(sorted({one.key for one in quarantined}))

    def _replay(self, keys: Iterable[str]) -> Replay:
        taken = {key: self._again(key) for key in keys}
        replayed = tuple(record for records in taken.values() for record in records or ())
        busy = tuple(key for key, records in taken.items() if records is None)
        return Replay(replayed, busy, wake(self.services) if replayed else None)

    def _again(self, key: str) -> list[DocumentVersion] | None:
        """Make a key's quarantined versions wait; None if somebody works on it.

        Older versions that were rejected get another chance too, should the newest fail again. Requested first: should
        this process end in between, a task looks and finds nothing to do.
        """
        registry = self.services.registry
        lease = registry.acquire(key, self.owner, self.lease_seconds)
        if lease is None:
            return None
        try:
            history = registry.history(key)
            quarantined = [one for one in history if one.state is VersionState.QUARANTINED]
            if quarantined:
                registry.request(key)
            for record in history:
                if record.state is VersionState.SUPERSEDED and is_rejected(record):
                    registry.record(_unjudged(record), lease)
            replayed = [self._received(one) for one in quarantined]
            for record in replayed:
                registry.record(record, lease)
                self._note(record)
        finally:
            registry.abandon(lease)
        return replayed

    def _received(self, record: DocumentVersion) -> DocumentVersion:
        fresh = {"state": VersionState.RECEIVED, "attempts": 0}
        return entered(_unjudged(record).model_copy(update=fresh), self.services.clock.now())

    def _note(self, record: DocumentVersion) -> None:
        replayed = {"document": record.key, "version": record.version_id}
        self.services.audit.append(AuditAction.DOCUMENT_REPLAYED, self.actor, replayed)

    def _refuse_unknown(self, key: str) -> None:
        if self.services.documents.versions(key):
            raise InvalidRequest(
                f"{key} is in the bucket and waits for a task: `raglite documents --watch` shows how it fares; if "
                "nothing moves, `raglite reconcile --repair` sees to it."
            )
        near = nearest(key, (versions[0].key for versions in self.services.documents.inventory()))
        advice = f"Is it {' or '.join(near)}?" if near else "`raglite documents` lists what there is."
        raise NotFound(f"Nobody knows {key}. {advice}")


def _unjudged(record: DocumentVersion) -> DocumentVersion:
    return record.model_copy(update={"reason": None, "reason_sentence": None})


def nearest(key: str, known: Iterable[str]) -> list[str]:
    """Return the keys most like one, best first."""
    matcher = SequenceMatcher(b=key.casefold())

    def likeness(other: str) -> float:
        matcher.set_seq1(other.casefold())
        return matcher.ratio() if matcher.quick_ratio() >= NEAR else 0.0

    rated = ((likeness(other), other) for other in known)
    best = heapq.nlargest(MOST_OFFERED, (pair for pair in rated if pair[0] >= NEAR))
    return [other for _, other in best]
