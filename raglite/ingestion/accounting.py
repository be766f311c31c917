"""Where every version stands, by bucket and registry together: each is in exactly one state."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from raglite.ingestion.records import received
from raglite.model import DocumentVersion, ObjectVersion, VersionState
from raglite.ports import DocumentRegistry, DocumentStore

ON_THE_WAY = frozenset({VersionState.RECEIVED, VersionState.PROCESSING})
ENDED = frozenset({VersionState.SUPERSEDED, VersionState.DELETED})
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Account:
    """A version's record, and what the bucket says of it. A version without a record has by definition been received.

    `in_bucket`: the bucket still holds it. `latest`: nothing came after it, no delete marker either.
    """

    version: DocumentVersion
    in_bucket: bool
    latest: bool

    @property
    def upload_to_searchable_seconds(self) -> float | None:
        """How long after its upload it became searchable, the last time it did; None if it never has."""
        reached = self.version.transitions.get(VersionState.SEARCHABLE)
        if reached is None or self.version.uploaded is None:
            return None
        return (reached - self.version.uploaded).total_seconds()


def accounts(documents: DocumentStore, registry: DocumentRegistry) -> list[Account]:
    """Return every version the bucket holds or the registry knows, by key, the newest of a key first.

    The registry is read first: what arrives meanwhile is then received, whatever has become of it by now.
    """
    known: defaultdict[str, dict[str, DocumentVersion]] = defaultdict(dict)
    for record in registry.documents():
        known[record.key][record.version_id] = record
    held = (one for listed in documents.inventory() for one in _of_key(listed, known.pop(listed[0].key, {})))
    every = [*held, *(one for records in known.values() for one in _gone(records))]
    return sorted(every, key=lambda one: one.version.key)


def accounts_of(key: str, documents: DocumentStore, registry: DocumentRegistry) -> list[Account]:
    """Return the same of one key, the newest version first."""
    records = {record.version_id: record for record in registry.history(key)}
    return list(_of_key(documents.versions(key), records))


def totals(every: Iterable[Account]) -> dict[VersionState, int]:
    """Return how many versions are in each state, those of none included: the sum is the number of versions."""
    found = Counter(one.version.state for one in every)
    return {state: found[state] for state in VersionState}


def _of_key(listed: Sequence[ObjectVersion], records: Mapping[str, DocumentVersion]) -> Iterator[Account]:
    """Markers are not versions of a document, but tell that the one before is not the latest."""
    for place, version in enumerate(listed):
        if not version.is_delete_marker:
            yield Account(records.get(version.version_id) or received(version), in_bucket=True, latest=place == 0)
    present = {version.version_id for version in listed}
    yield from _gone({name: record for name, record in records.items() if name not in present})


def _gone(records: Mapping[str, DocumentVersion]) -> Iterator[Account]:
    newest_first = sorted(records.values(), key=lambda one: (one.uploaded or _NEVER, one.version_id), reverse=True)
    return (Account(record, in_bucket=False, latest=False) for record in newest_first)
