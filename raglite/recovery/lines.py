"""The parts of a backup that are lists: a JSON value a line, compressed, the same bytes for the same values."""

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from raglite.ports.recovery import NamedObject, StoredObject

_STORED, _NAMED = TypeAdapter(StoredObject), TypeAdapter(NamedObject)


def write_lines(path: Path, values: Iterable[Any]) -> int:
    """Write values of plain JSON and return how many there were."""
    count = 0
    with path.open("wb") as file, gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
        for value in values:
            packed.write(json.dumps(value, separators=(",", ":"), sort_keys=True).encode() + b"\n")
            count += 1
    return count


def read_lines(path: Path) -> Iterator[Any]:
    """Yield what was written."""
    with gzip.open(path, "rb") as lines:
        yield from map(json.loads, lines)


def object_row(stored: StoredObject) -> dict[str, Any]:
    """Return a version, or delete marker, as plain JSON."""
    row: dict[str, Any] = _STORED.dump_python(stored, mode="json", exclude_defaults=True)
    return row


def object_of(row: Any) -> StoredObject:
    """Return the version, or delete marker, of a row; a field that this release does not know is an error."""
    return _STORED.validate_python(row)


def named_row(named: NamedObject) -> dict[str, Any]:
    """Return an object of the bucket of parsed documents as plain JSON."""
    row: dict[str, Any] = _NAMED.dump_python(named, mode="json", exclude_defaults=True)
    return row


def named_of(row: Any) -> NamedObject:
    """Return the object of a row."""
    return _NAMED.validate_python(row)
