"""What a backup is read from and written to, and a restore likewise: the three stores as wholes, and where copies lie.

A target is told apart by its name alone: the same adapters read the live stores and fill the empty ones.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from raglite.model import EmbeddingSpec
from raglite.ports.roster import Built

RESTORED_ID = "raglite-version-id"  # metadata of an object that a restore wrote: the id that the registry knows

Item = Mapping[str, Any]  # of the registry's table: plain JSON values, keys included


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One version, or delete marker, of an object of the documents bucket.

    `version_id` is the one the registry knows: where a restore wrote the object, that under which its content first
    arrived. `sha256` (hex) is None until somebody has read the bytes, and for a marker.
    """

    key: str
    version_id: str
    last_modified: datetime
    size: int = 0
    is_delete_marker: bool = False
    sha256: str | None = None
    content_type: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NamedObject:
    """One object of the bucket of parsed documents, which keeps no versions. `tag` changes with every write."""

    name: str
    size: int
    tag: str = ""
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class CollectionState:
    """What a collection is besides its points: all that Qdrant's snapshots omit.

    `aliases` lead to it. `payload_indexes` are field names with their schemas, `parameters` the collection's own
    configuration as Qdrant gives it, both as plain JSON.
    """

    name: str
    spec: EmbeddingSpec
    points: int
    aliases: tuple[str, ...]
    payload_indexes: Mapping[str, Any]
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Kept:
    """A content in the bucket of backups, and since when it is there."""

    sha256: str
    size: int
    since: datetime


@dataclass(frozen=True, slots=True)
class SecretVersion:
    """A secret by its name and the id of its current version; never its value."""

    name: str
    version_id: str


class BackupStore(Protocol):
    """The locked bucket of backups: parts by backup, and contents by their sha256, shared between backups."""

    def complete(self) -> Iterator[str]:
        """Yield the ids of the backups that have a manifest and its signature, newest first."""

    def begun(self) -> Iterator[str]:
        """Yield the ids of all backups, those without a manifest too, newest first."""

    def put(self, backup: str, name: str, path: Path) -> None:
        """Keep a part of a backup; the same name again replaces it."""

    def fetch(self, backup: str, name: str, into: Path) -> str:
        """Write a part to the file `into` and return its sha256 (hex); NotFound if it is missing."""

    def locked_until(self, backup: str) -> datetime | None:
        """Return when the last lock on a part of a backup ends; None if none of them was ever locked."""

    def remove(self, backup: str) -> None:
        """Remove a backup, its manifest first; AccessDenied, and nothing is removed, while it is locked."""

    def keep(self, sha256: str, path: Path, until: datetime) -> None:
        """Keep a content, locked until a moment; one that is there is written again."""

    def prolong(self, sha256: str, until: datetime) -> None:
        """Lock a content until a moment at least; NotFound if it is not kept."""

    def take(self, sha256: str, into: Path) -> str:
        """Write a content to the file `into` and return the sha256 (hex) it has; NotFound if it is missing."""

    def contents(self) -> Iterator[Kept]:
        """Yield every content that is kept, by its sha256."""

    def forget(self, sha256: str) -> None:
        """Remove a content; AccessDenied while it is locked."""


class Signer(Protocol):
    """Says who made a manifest. The key never leaves where it is kept."""

    def sign(self, message: bytes) -> bytes:
        """Return a signature of a message of any length."""

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's, of this message."""


class RegistryArchive(Protocol):
    """One registry table as a whole."""

    name: str

    def commit(self) -> int:
        """Return the commit number; 0 where there is none."""

    def items(self) -> Iterator[Item]:
        """Yield every item, in no particular order; NotFound if there is no such table."""

    def of_key(self, key: str) -> tuple[Item, ...]:
        """Return all items of one document's key."""

    def singles(self, after: int = 0) -> Iterator[Item]:
        """Yield the items that belong to no document: commit number, roster, and the commits after a number.

        A commit that is being made may show before it moves the number.
        """

    def write(self, items: Iterable[Item]) -> None:
        """Write items, replacing those with the same keys; not all-or-nothing."""


class DocumentsArchive(Protocol):
    """One documents bucket as a whole."""

    name: str

    def objects(self, prefix: str = "") -> Iterator[StoredObject]:
        """Yield every version and marker, by key, the oldest of a key first; NotFound if there is no such bucket."""

    def described(self, stored: StoredObject) -> StoredObject:
        """Return it with content type and metadata; NotFound if it is gone."""

    def fetch(self, stored: StoredObject, into: Path) -> str:
        """Write a version's bytes to the file `into` and return their sha256 (hex); NotFound if it is gone."""

    def put(self, stored: StoredObject, path: Path | None) -> str:
        """Add a version (None: a delete marker) as the key's newest and return the id that the bucket gave it.

        What id it had is noted on it, unless that is "". Once it is known by that one, `settle` has said so.
        """

    def settle(self, ids: Iterable[tuple[str, str]]) -> None:
        """Write down, where readers look, under which ids objects are known: pairs of the bucket's id and that one."""

    def settled(self) -> bool:
        """Whether `settle` was done: `objects` gives the ids by which they are known then, else the bucket's own."""


class ParsedArchive(Protocol):
    """One bucket of parsed documents as a whole."""

    name: str

    def objects(self) -> Iterator[NamedObject]:
        """Yield every object of a parsed version; NotFound if there is no such bucket."""

    def names(self, key: str, version_id: str) -> tuple[str, ...]:
        """Return what the objects are called that are kept of a version that has been parsed."""

    def fetch(self, name: str, into: Path) -> str:
        """Write an object's bytes to the file `into` and return their sha256 (hex); NotFound if it is gone."""

    def put(self, name: str, path: Path) -> None:
        """Write an object."""


class IndexArchive(Protocol):
    """The vector store as a whole: snapshots of collections, and what snapshots omit."""

    def live(self) -> CollectionState | None:
        """Return the live collection; None if there is none."""

    def snapshot(self, name: str, folder: Path) -> Iterator[Path]:
        """Yield a snapshot of each node's part of a collection as a file in `folder`, and keep none at the node.

        A file may be removed before the next is asked for.
        """

    def recover(self, state: CollectionState, name: str, snapshots: Iterable[Path]) -> Built:
        """Make the collection `name` out of snapshots, with its payload indexes, for nobody to read yet.

        InvalidBackup if Qdrant cannot read a snapshot. What is there half done from an earlier call is replaced.
        """

    def state(self, name: str) -> CollectionState | None:
        """Return a collection's state; None if there is none."""

    def newest_stamp(self, name: str) -> int:
        """Return the highest commit number that a point of a collection is stamped with; 0 if there is none."""

    def visible(self, name: str, commit: int, key: str | None = None) -> int:
        """Count the points, of a document's key or of all, that a reader at a commit sees."""

    def digest(self, name: str, commit: int) -> str:
        """Return VectorIndex.digest of a collection."""


class SecretVersions(Protocol):
    """The estate's secrets, as far as a backup may know them."""

    def current(self) -> tuple[SecretVersion, ...]:
        """Return every secret's name and current version, by name."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """Everything that backups are read from, written to and signed by, made by bootstrap.py."""

    store: BackupStore
    signer: Signer
    registry: RegistryArchive
    documents: DocumentsArchive
    parsed: ParsedArchive
    index: IndexArchive
    secrets: SecretVersions
