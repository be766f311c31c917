"""What a backup says of itself. Written last, and signed: without it there is no backup.

Parts, by name: `documents.jsonl.gz`, `parsed.jsonl.gz`, `registry.jsonl.gz`, `contents.jsonl.gz` (a JSON object a
line), `estate.json` (secrets' names and versions, configuration), `index/COLLECTION/NUMBER.snapshot`. Contents of
documents and parsed documents lie apart, by their sha256, shared between backups.
"""

import re
import secrets
from datetime import UTC, datetime
from typing import Any

from pydantic import AwareDatetime, Field

from raglite.model import EmbeddingSpec, Frozen

FORMAT = 1
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
DOCUMENTS, PARSED, REGISTRY, ESTATE = "documents.jsonl.gz", "parsed.jsonl.gz", "registry.jsonl.gz", "estate.json"
CONTENTS = (
    "contents.jsonl.gz"  # each content that documents and parsed documents have, once, and until when it is locked
)
_MOMENT = "%Y%m%dT%H%M%SZ"
_ID = re.compile(r"(?P<moment>\d{8}T\d{6}Z)-[0-9a-f]{8}")


class Part(Frozen):
    """One file of a backup. `entries` are its lines, 0 for what has none. Bytes."""

    name: str
    sha256: str
    size: int = Field(ge=0)
    entries: int = Field(default=0, ge=0)


class Counts(Frozen):
    """What a backup holds. `bytes` are those of documents and parsed documents, each content once."""

    keys: int = 0
    versions: int = 0
    markers: int = 0
    parsed: int = 0
    items: int = 0
    searchable: int = 0
    points: int = 0
    contents: int = 0
    bytes: int = 0


class Collection(Frozen):
    """A collection, as far as its snapshots do not tell (ports.CollectionState).

    `visible` and `digest` are VectorIndex.count and .digest at the manifest's commit; `points` are all that there were.
    """

    name: str
    spec: EmbeddingSpec
    points: int
    visible: int
    digest: str
    aliases: tuple[str, ...]
    payload_indexes: dict[str, Any]
    parameters: dict[str, Any]
    snapshots: tuple[str, ...]


class Manifest(Frozen):
    """`commit` is the number at which the registry was read, `committed_at` when it became current.

    `began` and `completed` frame the reading: nothing older than `began` is missing, nothing later is promised.
    `collections` is empty where the index was lost and the backup was made without it.
    """

    format: int = FORMAT
    id: str
    environment: str
    git_sha: str
    began: AwareDatetime
    completed: AwareDatetime
    commit: int
    committed_at: datetime | None
    counts: Counts
    parts: tuple[Part, ...]
    collections: tuple[Collection, ...]
    alias: str  # the setting `collection`: what the aliases begin with

    def signed(self) -> bytes:
        """Return the bytes that are signed and written."""
        return self.model_dump_json().encode()

    def part(self, name: str) -> Part:
        """Return a part by its name; KeyError if the manifest names none."""
        return {one.name: one for one in self.parts}[name]


def new_id(moment: datetime) -> str:
    """Return an id that sorts by time, to the second."""
    return f"{moment.astimezone(UTC).strftime(_MOMENT)}-{secrets.token_hex(4)}"


def moment_of(backup: str) -> datetime | None:
    """Return when a backup was begun, by its id; None if that is no backup's."""
    found = _ID.fullmatch(backup)
    return None if found is None else datetime.strptime(found["moment"], _MOMENT).replace(tzinfo=UTC)
