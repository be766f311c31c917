"""The three stores as wholes, over the fakes that the use cases work on."""

import hashlib
import json
import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from pydantic import TypeAdapter

from raglite.errors import InvalidBackup, NotFound
from raglite.model import DocumentVersion, ParsedDocument, StatedFigure
from raglite.ports import Built, Roster
from raglite.ports.recovery import RESTORED_ID, CollectionState, Item, NamedObject, StoredObject
from tests.fakes.documents import FakeDocuments
from tests.fakes.index import FakeIndex, FakeServer, Stamped
from tests.fakes.registry import FakeRegistry, Work

_FIGURES = TypeAdapter(tuple[StatedFigure, ...])
PAYLOAD_INDEXES = {"document": "keyword", "committed": "integer"}


@dataclass
class FakeRegistryArchive:
    """Shows a registry in the items that DynamoDB's has (adapters/dynamodb_registry.py)."""

    registry: FakeRegistry = field(default_factory=FakeRegistry)
    name: str = "registry"
    restored: Item | None = None  # what a restore has left word of

    def commit(self) -> int:
        return self.registry.number

    def items(self) -> Iterator[Item]:
        keys = {key for key, _ in self.registry.records} | set(self.registry.work_items)
        for key in sorted(keys):
            yield from self.of_key(key)
        yield from self.singles()

    def of_key(self, key: str) -> tuple[Item, ...]:
        records = [record for (of, _), record in sorted(self.registry.records.items()) if of == key]
        work = self.registry.work_items.get(key)
        return (*map(_record_item, records), *([] if work is None else [_work_item(key, work)]))

    def singles(self, after: int = 0) -> Iterator[Item]:
        held = self.registry
        if held.number:
            at = _iso(held.times[-1])
            yield {"pk": "index", "sk": "commit", "number": held.number, "committed_at": at}
        if held.roster() != Roster():
            roster = held.roster()
            yield {"pk": "index", "sk": "roster", "generation": roster.generation, "roster": roster.model_dump_json()}
        if self.restored is not None:
            yield self.restored
        for number, (time, key) in enumerate(zip(held.times, held.keys, strict=True), 1):
            if number > after:
                named = {} if key is None else {"key": key}
                yield {"pk": "commits", "sk": f"{_iso(time)}#{number:012d}", "number": number, **named}

    def write(self, items: Iterable[Item]) -> None:
        for item in items:
            self._write(item)

    def _write(self, item: Item) -> None:
        held, kind = self.registry, (item["pk"], item["sk"])
        if kind == ("index", "commit"):
            held.number = item["number"]
        elif kind == ("index", "restored"):
            self.restored = item
        elif kind == ("index", "roster"):
            held._roster = Roster.model_validate_json(item["roster"])
        elif item["pk"] == "commits":
            self._commit(item)
        elif item["sk"] == "work":
            held.work_items[item["pk"].removeprefix("document#")] = _work(item)
        else:
            record = DocumentVersion.model_validate_json(item["record"])
            held.records[record.key, record.version_id] = record

    def _commit(self, item: Item) -> None:
        """Put a commit in its place; places that are not written yet are filled with its time."""
        at, number = datetime.fromisoformat(item["sk"].rpartition("#")[0]), item["number"]
        self.registry.times += [at] * (number - len(self.registry.times))
        self.registry.keys += [None] * (number - len(self.registry.keys))
        self.registry.times[number - 1], self.registry.keys[number - 1] = at, item.get("key")


def _record_item(record: DocumentVersion) -> Item:
    body = {"record": record.model_dump_json(), "state": record.state.value, "key": record.key}
    return {"pk": f"document#{record.key}", "sk": f"version#{record.version_id}", **body}


def _work_item(key: str, work: Work) -> Item:
    asked = {} if work.requested is None else {"requested_at": _iso(work.requested), "waiting": "yes"}
    traced = {} if work.trace_header is None else {"trace_header": work.trace_header}
    lease = {} if work.expires is None else {"lease_expires": _iso(work.expires), "lease_owner": "somebody"}
    counts = {"generation": work.generation, "lease_token": work.token}
    return {"pk": f"document#{key}", "sk": "work", "key": key, **counts, **asked, **traced, **lease}


def _work(item: Item) -> Work:
    return Work(
        generation=item.get("generation", 0),
        requested=datetime.fromisoformat(item["requested_at"]) if "waiting" in item else None,
        trace_header=item.get("trace_header"),
        token=item.get("lease_token", 0),
        expires=datetime.fromisoformat(item["lease_expires"]) if "lease_expires" in item else None,
    )


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


@dataclass
class FakeDocumentsArchive:
    """One bucket of documents. What `put` wrote bears an id of its own until `settle`."""

    documents: FakeDocuments = field(default_factory=FakeDocuments)
    name: str = "documents"

    def objects(self, prefix: str = "") -> Iterator[StoredObject]:
        for versions in list(self.documents.inventory(prefix)):
            for one in reversed(versions):
                yield StoredObject(one.key, one.version_id, one.last_modified, one.size, one.is_delete_marker)

    def described(self, stored: StoredObject) -> StoredObject:
        metadata = dict(self.documents.metadata(stored.key, stored.version_id))
        kind = metadata.pop("content-type", None)
        at = (stored.key, stored.version_id, stored.last_modified, stored.size, stored.is_delete_marker)
        return StoredObject(*at, stored.sha256, kind, metadata)

    def fetch(self, stored: StoredObject, into: Path) -> str:
        return self.documents.fetch(stored.key, stored.version_id, into)

    def put(self, stored: StoredObject, path: Path | None) -> str:
        if path is None:
            self.documents.delete(stored.key)
            return self.documents.versions(stored.key)[0].version_id
        made = self.documents.put(stored.key, path.read_bytes())
        kind = {} if stored.content_type is None else {"content-type": stored.content_type}
        noted = {RESTORED_ID: stored.version_id} if stored.version_id else {}
        self.documents.described[stored.key, made.version_id] = {**stored.metadata, **kind, **noted}
        return made.version_id

    def settle(self, ids: Iterable[tuple[str, str]]) -> None:
        held, self.documents.restored = self.documents, dict(ids)
        known = self.documents.restored

        held.bodies = {(key, known.get(one, one)): body for (key, one), body in held.bodies.items()}
        held.described = {(key, known.get(one, one)): told for (key, one), told in held.described.items()}
        for key, versions in held._held.items():
            held._held[key] = [
                one.model_copy(update={"version_id": known.get(one.version_id, one.version_id)}) for one in versions
            ]

    def settled(self) -> bool:
        return self.documents.restored is not None


@dataclass
class FakeParsedArchive:
    """One bucket of parsed documents; its objects are named after key and version."""

    documents: FakeDocuments = field(default_factory=FakeDocuments)
    name: str = "parsed"

    def names(self, key: str, version_id: str) -> tuple[str, ...]:
        return tuple(f"{quote(key, safe='')}/{quote(version_id, safe='')}/{what}" for what in ("document", "figures"))

    def objects(self) -> Iterator[NamedObject]:
        for name, body in sorted(self._bodies().items()):
            yield NamedObject(name, len(body), hashlib.sha256(body).hexdigest())

    def fetch(self, name: str, into: Path) -> str:
        body = self._bodies().get(name)
        if body is None:
            raise NotFound(f"There is no {name} in the bucket (any more).")
        into.write_bytes(body)
        return hashlib.sha256(body).hexdigest()

    def put(self, name: str, path: Path) -> None:
        key, version_id, what = (unquote(part) for part in name.split("/"))
        if what == "document":
            self.documents.parsed[key, version_id] = ParsedDocument.model_validate_json(path.read_bytes())
        else:
            self.documents.figures[key, version_id] = _FIGURES.validate_json(path.read_bytes())

    def _bodies(self) -> dict[str, bytes]:
        held = self.documents
        parsed = {self.names(*of)[0]: one.model_dump_json().encode() for of, one in held.parsed.items()}
        return parsed | {self.names(*of)[1]: _FIGURES.dump_json(one) for of, one in held.figures.items()}


@dataclass
class FakeIndexArchive:
    """The vector store; the live collection is that of an alias."""

    server: FakeServer = field(default_factory=FakeServer)
    alias: str = "live"

    def live(self) -> CollectionState | None:
        name = self.server.aliases.get(self.alias)
        return None if name is None else self.state(name)

    def state(self, name: str) -> CollectionState | None:
        if name not in self.server.collections:
            return None
        aliases = tuple(sorted(alias for alias, to in self.server.aliases.items() if to == name))
        indexes = self.server.indexes.setdefault(name, dict(PAYLOAD_INDEXES))
        points = len(self.server.collections[name])
        return CollectionState(name, self.server.specs[name], points, aliases, dict(indexes), {"vectors": "dense"})

    def snapshot(self, name: str, folder: Path) -> Iterator[Path]:
        body = pickle.dumps(self.server.of(name))
        path = folder / "0.snapshot"
        path.write_bytes(hashlib.sha256(body).digest() + body)
        yield path

    def recover(self, state: CollectionState, name: str, snapshots: Iterable[Path]) -> Built:
        points: dict[Any, Stamped] = {}
        for path in snapshots:
            whole = path.read_bytes()
            if hashlib.sha256(whole[32:]).digest() != whole[:32]:
                raise InvalidBackup(f"Qdrant cannot read the snapshot {path.name}: take another backup.")
            points |= pickle.loads(whole[32:])  # noqa: S301  our own, a line above
        self.server.collections[name], self.server.specs[name] = points, state.spec
        self.server.indexes[name] = dict(json.loads(json.dumps(state.payload_indexes)))
        return Built(name=name, spec=state.spec)

    def newest_stamp(self, name: str) -> int:
        stamps = [stamp for one in self.server.of(name).values() for stamp in (one.committed, one.superseded)]
        return max((stamp for stamp in stamps if stamp is not None), default=0)

    def visible(self, name: str, commit: int, key: str | None = None) -> int:
        return FakeIndex(self.server, name).count(key, commit=commit)

    def digest(self, name: str, commit: int) -> str:
        return FakeIndex(self.server, name).digest(commit)
