"""Collections on disk: one engine shard each, their description beside it, and the aliases of them all.

One process owns a data directory (the engine has no lock of its own). The engine is called under a lock per collection.
"""

import fcntl
import json
import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import qdrant_edge as edge
from qdrant_client.http import models

from local.files import write_json
from local.qdrant import translate
from local.qdrant.refusal import Refusal


@dataclass
class Collection:
    """An open shard. `created` is the request it was made by, `indexes` its payload indexes by field."""

    path: Path
    shard: edge.EdgeShard
    created: models.CreateCollection
    indexes: dict[str, str] = field(default_factory=dict)
    operations: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def update(self, operation: edge.UpdateOperation) -> int:
        """Apply a write, acknowledged once it is in the write-ahead log; returns the operation's number."""
        with self.lock:
            engine(self.shard.update, operation)
            self.operations += 1
            return self.operations

    def create_index(self, field_name: str, schema: Any) -> int:
        """Index a payload field."""
        kind, name = translate.schema(schema)
        with self.lock:
            number = self.update(edge.UpdateOperation.create_field_index(field_name, kind))
            self.indexes[field_name] = name
            self.describe()
        return number

    def delete_index(self, field_name: str) -> int:
        """Drop a payload field's index."""
        with self.lock:
            number = self.update(edge.UpdateOperation.delete_field_index(field_name))
            self.indexes.pop(field_name, None)
            self.describe()
        return number

    def describe(self) -> None:
        """Write the description beside the shard."""
        described = {"created": self.created.model_dump(mode="json", exclude_none=True), "indexes": self.indexes}
        write_json(self.path / "collection.json", described)


class Collections:
    """Every collection of a data directory."""

    def __init__(self, data: Path) -> None:
        """Open the directory and all that is in it; Refusal if another process has it."""
        data.mkdir(parents=True, exist_ok=True)
        self.data = data
        self._held = (data / "lock").open("w")
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refusal(f"{data} is in use by another process.", 503) from error
        self._lock = threading.Lock()  # one change of the list of collections or aliases at a time
        self.aliases: dict[str, str] = _read(data / "aliases.json")
        self.open = {path.name: _open(path) for path in sorted(data.iterdir()) if (path / "collection.json").exists()}

    def get(self, name: str) -> Collection:
        """Return a collection by name or alias."""
        found = self.open.get(self.aliases.get(name, name))
        if found is None:
            raise Refusal(f"Not found: Collection `{name}` doesn't exist!", 404)
        return found

    def create(self, name: str, request: models.CreateCollection) -> None:
        """Make a collection; 409 if there is one of that name."""
        _refuse_name(name)
        settings = translate.config(request)
        with self._lock:
            if name in self.open or name in self.aliases:
                raise Refusal(f"Wrong input: Collection `{name}` already exists!", 409)
            self.open[name] = self._made(name, request, settings)

    def _made(self, name: str, request: models.CreateCollection, settings: edge.EdgeConfig) -> Collection:
        path = self.data / name
        shutil.rmtree(path, ignore_errors=True)  # left by a process that died before the description was written
        (path / "shard").mkdir(parents=True)
        collection = Collection(path, engine(edge.EdgeShard.create, str(path / "shard"), settings), request)
        collection.describe()
        return collection

    def delete(self, name: str) -> bool:
        """Remove a collection and its aliases; False if there is none."""
        with self._lock:
            if name not in self.open:
                return False
            self._save_aliases({alias: target for alias, target in self.aliases.items() if target != name})
            self._remove(name)
        return True

    def adopt(self, name: str, place: Path) -> None:
        """Put the directory of a collection in the place of `name`, whose aliases go on leading there."""
        _refuse_name(name)
        with self._lock:
            if name in self.aliases:
                raise Refusal(f"Wrong input: `{name}` is an alias, not a collection.")
            if name in self.open:
                self._remove(name)
            shutil.rmtree(self.data / name, ignore_errors=True)  # left by a process that died
            place.rename(self.data / name)
            self.open[name] = _open(self.data / name)

    def _remove(self, name: str) -> None:
        collection = self.open.pop(name)
        (collection.path / "collection.json").unlink()
        with collection.lock:
            collection.shard.close()
        shutil.rmtree(collection.path)

    def change_aliases(self, request: models.ChangeAliasesOperation) -> None:
        """Apply all alias actions at once, or none."""
        with self._lock:
            aliases = dict(self.aliases)
            for action in request.actions:
                self._apply(action, aliases)
            self._save_aliases(aliases)

    def _apply(self, action: Any, aliases: dict[str, str]) -> None:
        match action:
            case models.CreateAliasOperation():
                self.get(action.create_alias.collection_name)
                if action.create_alias.alias_name in self.open:
                    raise Refusal(f"Wrong input: a collection named `{action.create_alias.alias_name}` exists.", 409)
                aliases[action.create_alias.alias_name] = action.create_alias.collection_name
            case models.DeleteAliasOperation():
                _taken(aliases, action.delete_alias.alias_name)
            case models.RenameAliasOperation():
                target = _taken(aliases, action.rename_alias.old_alias_name)
                aliases[action.rename_alias.new_alias_name] = target

    def _save_aliases(self, aliases: dict[str, str]) -> None:
        write_json(self.data / "aliases.json", aliases)
        self.aliases = aliases

    def close(self) -> None:
        """Flush and close every shard."""
        for collection in self.open.values():
            with collection.lock:
                collection.shard.close()
        self._held.close()


def _refuse_name(name: str) -> None:
    if not name.replace("-", "").replace("_", "").isalnum():
        raise Refusal(f"Wrong input: collection name {name!r} may hold letters, digits, - and _ only.")


def _taken(aliases: dict[str, str], name: str) -> str:
    """Remove an alias and return its collection; 404 if there is none."""
    if name not in aliases:
        raise Refusal(f"Not found: Alias {name} does not exists!", 404)
    return aliases.pop(name)


def _open(path: Path) -> Collection:
    described = _read(path / "collection.json")
    created = models.CreateCollection.model_validate(described["created"])
    return Collection(path, edge.EdgeShard.load(str(path / "shard")), created, described["indexes"])


def engine(call: Any, *arguments: Any) -> Any:
    """Call the engine and tell its own faults from the caller's (wrong dimension, unknown vector name ...)."""
    try:
        return call(*arguments)
    except Exception as error:
        raise Refusal(f"Wrong input: {error}", 500 if "Service runtime error" in str(error) else 400) from error


def _read(path: Path) -> Any:
    return json.loads(path.read_text()) if path.exists() else {}
