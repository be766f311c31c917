"""Snapshots of a collection: its shard and its description in one tar file, holes left out, as Qdrant's are tars, too.

Each stretch of a file that is not all zeros is a member of its own, with its place, the file's length and the stretch's
sha256: a shard's files are a few kilobytes on 32 MB of nothing.
"""

import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import qdrant_edge as edge

from local.files import write_json
from local.qdrant.collections import Collection, Collections
from local.qdrant.refusal import Refusal

PIECE = 16 * 1024  # bytes: what is left out is whole pieces of zeros
ZEROS = bytes(PIECE)
FOLDER = "snapshots"


def take(collections: Collections, name: str) -> dict[str, Any]:
    """Make a snapshot of a collection and return Qdrant's SnapshotDescription of it."""
    collection = collections.get(name)
    now = datetime.now(UTC)
    path = _folder(collection) / f"{collection.path.name}-{now:%Y-%m-%d-%H-%M-%S-%f}.snapshot"
    path.parent.mkdir(exist_ok=True)
    written = path.with_suffix(".part")
    with collection.lock:
        collection.shard.flush()
        _pack(collection, written)
    write_json(path.with_suffix(".json"), {"checksum": _sha256(written), "creation_time": now.isoformat()})
    written.rename(path)
    return described(path)


def listed(collections: Collections, name: str) -> list[dict[str, Any]]:
    """Return the descriptions of a collection's snapshots."""
    return [described(path) for path in sorted(_folder(collections.get(name)).glob("*.snapshot"))]


def described(path: Path) -> dict[str, Any]:
    """Return Qdrant's SnapshotDescription of a snapshot."""
    return {"name": path.name, "size": path.stat().st_size, **json.loads(path.with_suffix(".json").read_text())}


def found(collections: Collections, name: str, snapshot: str) -> Path:
    """Return the file of a snapshot; 404 if there is none."""
    path = _folder(collections.get(name)) / snapshot
    if path.parent != _folder(collections.get(name)) or path.suffix != ".snapshot" or not path.exists():
        raise Refusal(f"Not found: Snapshot {snapshot} not found", 404)
    return path


def delete(collections: Collections, name: str, snapshot: str) -> bool:
    """Remove a snapshot."""
    path = found(collections, name, snapshot)
    path.unlink()
    path.with_suffix(".json").unlink()
    return True


def recover(collections: Collections, name: str, snapshot: Path, checksum: str | None) -> bool:
    """Put the collection that a snapshot holds in the place of `name`, whether that is there or not."""
    if checksum is not None and checksum != _sha256(snapshot):
        raise Refusal(f"Wrong input: Snapshot checksum mismatch: expected {checksum}")
    place = snapshot.with_suffix(".unpacked")
    try:
        _unpack(snapshot, place)
        edge.EdgeShard.load(str(place / "shard")).close()
    except Exception as error:
        shutil.rmtree(place, ignore_errors=True)
        raise Refusal(f"Wrong input: the snapshot cannot be read: {error}") from error
    collections.adopt(name, place)
    return True


def _folder(collection: Collection) -> Path:
    return collection.path / FOLDER


def _pack(collection: Collection, into: Path) -> None:
    with tarfile.open(into, "w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(collection.path.rglob("*")):
            name = path.relative_to(collection.path)
            if name.parts[0] == FOLDER:
                continue
            if path.is_dir():
                _add(tar, str(name), b"", type=tarfile.DIRTYPE)
            else:
                _pack_file(tar, str(name), path)


def _pack_file(tar: tarfile.TarFile, name: str, path: Path) -> None:
    size = path.stat().st_size
    _add(tar, name, b"", type=tarfile.REGTYPE, pax={"raglite.size": str(size), "raglite.offset": "0"})
    with path.open("rb") as file:
        for offset, piece in _written(file):
            told = {"raglite.offset": str(offset), "raglite.sha256": hashlib.sha256(piece).hexdigest()}
            _add(tar, name, piece, type=tarfile.REGTYPE, pax=told | {"raglite.size": str(size)})


def _add(tar: tarfile.TarFile, name: str, body: bytes, type: bytes, pax: dict[str, str] | None = None) -> None:  # noqa: A002  tarfile's own name
    member = tarfile.TarInfo(name)
    member.size, member.type, member.pax_headers = len(body), type, pax or {}
    tar.addfile(member, io.BytesIO(body))


def _written(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the pieces that are not all zeros, with their places."""
    offset = 0
    while piece := file.read(PIECE):
        if piece != ZEROS[: len(piece)]:
            yield offset, piece
        offset += len(piece)


def _unpack(snapshot: Path, into: Path) -> None:
    """Write the files again, holes and all; ValueError if a stretch is not what it was."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    with tarfile.open(snapshot) as tar:
        for member in tar:
            path = (into / member.name).resolve()
            if not path.is_relative_to(into.resolve()):
                raise ValueError(f"{member.name} leads out of the snapshot")
            if member.isdir():
                path.mkdir(parents=True, exist_ok=True)
            else:
                _unpack_piece(member, tar.extractfile(member), path)
    json.loads((into / "collection.json").read_text())


def _unpack_piece(member: tarfile.TarInfo, body: IO[bytes] | None, path: Path) -> None:
    piece = b"" if body is None else body.read()
    if piece and hashlib.sha256(piece).hexdigest() != member.pax_headers["raglite.sha256"]:
        raise ValueError(f"{member.name} is damaged")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("r+b" if path.exists() else "wb") as file:
        file.seek(int(member.pax_headers["raglite.offset"]))
        file.write(piece)
        file.truncate(int(member.pax_headers["raglite.size"]))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
