"""Whether what was copied fits together: a record that says searchable has its document, its parse and its points."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from raglite.ports.recovery import Item, Recovery
from raglite.recovery.copying import document_name, parsed_name
from raglite.recovery.items import is_searchable, place_of, record_of
from raglite.recovery.ledger import Ledger

MOST_NAMED = 20


class Lack(NamedTuple):
    """A record that says searchable, and what is not there of it."""

    item: Item
    key: str
    version_id: str
    what: str

    def __str__(self) -> str:
        return f"{self.key} in version {self.version_id} is called searchable and has no {self.what}"


def searchable(ledger: Ledger) -> Iterator[Item]:
    """Yield the records of versions that are answered from."""
    return (item for item in ledger.items() if is_searchable(item))


def lacks(ledger: Ledger, names: Callable[[str, str], tuple[str, ...]]) -> Iterator[Lack]:
    """Yield what records promise and the copies do not hold; `names` as ParsedArchive's."""
    for item in searchable(ledger):
        key, version_id = named(item)
        if not ledger.has_met(document_name(key, version_id)):
            yield Lack(item, key, version_id, "document in the bucket")
        if not all(ledger.has_met(parsed_name(name)) for name in names(key, version_id)):
            yield Lack(item, key, version_id, "parsed document")


def named(item: Item) -> tuple[str, str]:
    """Return key and version id of a version's record."""
    return item["pk"].partition("#")[2], item["sk"].partition("#")[2]


def is_still_so(item: Item, estate: Recovery) -> bool:
    """Whether a record is the same at a second look, and nobody works on its key, or is about to."""
    of_key = estate.registry.of_key(named(item)[0])
    busy = any("waiting" in one or "lease_expires" in one for one in of_key)
    return not busy and any(place_of(one) == place_of(item) and one == item for one in of_key)


def points_expected(ledger: Ledger, spec_digest: str) -> int:
    """Return how many points the records of searchable versions speak of, in the collection of a spec."""
    records = (record_of(item) for item in searchable(ledger))
    return sum(record.chunks_in(spec_digest) for record in records if record is not None)


def points_missing(ledger: Ledger, estate: Recovery, collection: str, commit: int) -> Iterator[str]:
    """Yield a sentence for each of the first documents of which the index shows less than was recorded."""
    state = estate.index.state(collection)
    for item in searchable(ledger) if state else ():
        record = record_of(item)
        if record is None or state is None:
            continue
        shown, expected = estate.index.visible(collection, commit, record.key), record.chunks_in(state.spec.digest)
        if shown < expected and is_still_so(item, estate):
            yield f"{record.key} shows {shown} of {expected} points"
