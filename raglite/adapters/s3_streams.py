"""Bodies of S3 objects to files and back, a piece at a time: none is held in memory."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3.s3.transfer import TransferConfig

from raglite.errors import NO_ROOM, ResourceExhausted

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHUNK = 1024 * 1024  # bytes read at a time
GONE = {"404", "NoSuchKey", "NoSuchVersion", "NotFound", "405", "MethodNotAllowed"}  # 405: a delete marker
# One thread a transfer: who copies many objects has threads of its own.
_PLAIN = TransferConfig(use_threads=False)


def downloaded(client: "S3Client", into: Path, **of: Any) -> str:
    """Write an object's body to a file and return its sha256 (hex); raises what the client does.

    ResourceExhausted if the disk is full: `into` is not whole then.
    """
    digest = hashlib.sha256()
    body = client.get_object(**of)["Body"]
    with on_disk(into), into.open("wb") as file:
        for part in body.iter_chunks(CHUNK):
            digest.update(part)
            file.write(part)
    return digest.hexdigest()


def uploaded(client: "S3Client", path: Path, bucket: str, key: str, **more: Any) -> None:
    """Write a file as an object, in parts if it is large, each with a checksum that S3 holds it to."""
    client.upload_file(str(path), bucket, key, ExtraArgs={"ChecksumAlgorithm": "SHA256", **more}, Config=_PLAIN)


@contextmanager
def on_disk(path: Path) -> Iterator[None]:
    """Tell a full disk from other faults of writing a file."""
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise ResourceExhausted(
            f"No space left for {path.name} in {path.parent}: give the task a larger disk."
        ) from error
