"""The estate as it stands at one moment, and what another moment misses of it."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from raglite.errors import NotFound
from raglite.model import ObjectVersion, VersionState
from raglite.ports import CollectionMissing, DocumentStore, Services
from raglite.ports.drills import Estate
from raglite.ports.recovery import CollectionState

MOST_HASHED = 500  # versions whose bytes are read; of more, evenly spread ones
SHOWN = 5  # faults of one kind that are told one by one
Id = tuple[str, str]  # key and version id


@dataclass(frozen=True, slots=True)
class Picture:
    """What is compared. `order` are a key's version ids, oldest first, markers too; `digest` is read at `commit`.

    `visible` counts the points that a reader sees, by version. `collection` is the live one.
    """

    commit: int
    order: Mapping[str, tuple[str, ...]]
    hashes: Mapping[Id, str]
    states: Mapping[Id, VersionState]
    visible: Mapping[Id, int]
    digest: str
    collection: CollectionState | None
    alias: str


def take(estate: Estate, hashed: frozenset[Id] | None = None) -> Picture:
    """Return the estate as it is now; `hashed` are the versions whose bytes to read, None: to be chosen."""
    services = estate.services
    commit = services.registry.commit_number()
    listed = [versions for versions in services.documents.inventory() if versions]
    real = [one for versions in listed for one in versions if not one.is_delete_marker]
    chosen = _spread(real) if hashed is None else [one for one in real if (one.key, one.version_id) in hashed]
    return Picture(
        commit=commit,
        order={versions[0].key: tuple(one.version_id for one in reversed(versions)) for versions in listed},
        hashes=_hashes(services.documents, chosen),
        states={(one.key, one.version_id): one.state for one in services.registry.documents()},
        visible=_visible(services, commit),
        digest=digest_at(services, commit),
        collection=estate.index.live(),
        alias=estate.names.collection,
    )


def digest_at(services: Services, commit: int) -> str:
    """Return what a reader at a commit sees, as one digest; empty where there is no collection."""
    try:
        return services.index.digest(commit)
    except CollectionMissing:
        return ""


def documents_missing(before: Picture, after: Picture) -> Iterator[str]:
    """Yield what the bucket lacks, or has otherwise than before. What came later is no fault."""
    for key, order in before.order.items():
        now = after.order.get(key, ())
        if gone := [one for one in order if one not in now]:
            yield f"{key} lacks {len(gone)} of {len(order)} versions, such as {gone[0]}"
        elif now[: len(order)] != order:
            yield f"{key} has its versions in another order"
    for (key, version_id), sha256 in before.hashes.items():
        if after.hashes.get((key, version_id), sha256) != sha256:
            yield f"{key} ({version_id}) has other bytes"


def registry_missing(before: Picture, after: Picture) -> Iterator[str]:
    """Yield each version that has no record any more, or another state."""
    for (key, version_id), state in before.states.items():
        now = after.states.get((key, version_id))
        if now is not state:
            yield f"{key} ({version_id}) was {state} and is {now or 'unknown'}"


def points_missing(before: Picture, after: Picture) -> Iterator[str]:
    """Yield each version of which a reader sees fewer or more points than before."""
    for (key, version_id), points in before.visible.items():
        now = after.visible.get((key, version_id), 0)
        if now != points:
            yield f"of {key} ({version_id}) {now} points are found, not {points}"


def collection_otherwise(before: Picture, after: Picture) -> Iterator[str]:
    """Yield how the live collection differs besides its points. Aliases count by what follows their stem."""
    was, now = before.collection, after.collection
    if was is None or now is None:
        yield "there is no live collection" if now is None else "there was no live collection before"
        return
    for alias in sorted(_stemless(was.aliases, before.alias) - _stemless(now.aliases, after.alias)):
        yield f"the alias {after.alias}{alias} is missing"
    for field, schema in was.payload_indexes.items():
        if now.payload_indexes.get(field) != schema:
            yield f"the payload index of {field} is {'another' if field in now.payload_indexes else 'missing'}"
    if was.spec.digest != now.spec.digest:
        yield f"it is built with {now.spec.model}, spec {now.spec.digest[:12]}, not {was.spec.digest[:12]}"


def some(faults: Iterator[str]) -> tuple[str, ...]:
    """Return the first faults, and how many more there are."""
    told = tuple(faults)
    more = (f"and {len(told) - SHOWN} more of the kind",) if len(told) > SHOWN else ()
    return told[:SHOWN] + more


def _stemless(aliases: tuple[str, ...], stem: str) -> set[str]:
    return {alias.removeprefix(stem) for alias in aliases}


def _visible(services: Services, commit: int) -> dict[Id, int]:
    found: Counter[Id] = Counter()
    try:
        holdings = services.index.holdings()
    except CollectionMissing:
        return {}
    for one in holdings:
        if one.visible(commit):
            found[one.edition.key, one.edition.version_id] += one.points
    return dict(found)


def _spread(versions: list[ObjectVersion]) -> list[ObjectVersion]:
    return versions[:: 1 + len(versions) // (MOST_HASHED + 1)]


def _hashes(documents: DocumentStore, versions: list[ObjectVersion]) -> dict[Id, str]:
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for one in versions:
            try:
                found[one.key, one.version_id] = documents.fetch(one.key, one.version_id, Path(folder) / "one")
            except NotFound:  # the comparison says so: it is in the order and has no bytes
                found[one.key, one.version_id] = "gone"
    return found
