"""Under which version ids the objects of a bucket are known that a restore wrote: S3 gives every object a new one.

The map lies beside the parsed documents, where only a restore may write it. It is read once: a bucket is switched to
when it is whole. Objects that came later are not in it and keep the ids that S3 gave them.
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError

from raglite.adapters.aws_errors import code_of, translated
from raglite.errors import DependencyUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RESTORED = "restored/"  # the names in the bucket of parsed documents that a restore alone may write
NAME = f"{RESTORED}versions.jsonl.gz"  # a line for each object: the id that S3 gave it, and that by which it is known


class VersionIds:
    """Both ways between S3's ids and those by which versions are known."""

    def __init__(self, known: Iterable[tuple[str, str]] = ()) -> None:
        self._known = dict(known)
        self._at_s3 = {known: at_s3 for at_s3, known in self._known.items()}

    @classmethod
    def read(cls, client: "S3Client", parsed_bucket: str) -> Self:
        """Read the map; an empty one of a bucket that no restore has written to. About 200 bytes of memory a line."""
        with translated("S3", f"bucket {parsed_bucket}"):
            try:
                found = client.get_object(Bucket=parsed_bucket, Key=NAME)
            except ClientError as error:
                if code_of(error) == "NoSuchKey":
                    return cls()
                raise
            try:
                return cls(_read(found["Body"], found["ContentLength"]))
            except (OSError, EOFError, ValueError) as error:  # cut off on its way, or not what a restore wrote
                raise DependencyUnavailable("S3", f"{NAME} in {parsed_bucket} cannot be read: {error}.") from error

    def known_by(self, at_s3: str) -> str:
        """Return the id by which a version is known that S3 gave this one."""
        return self._known.get(at_s3, at_s3)

    def at_s3(self, known: str) -> str:
        """Return the id that S3 gave the version that is known by this one."""
        return self._at_s3.get(known, known)


def write_version_ids(ids: Iterable[tuple[str, str]], into: Path) -> None:
    """Write the map to a file: pairs of S3's id and the one by which the object is known."""
    with into.open("wb") as file, _packed(file) as packed:
        packed.writelines(f"{json.dumps(pair)}\n".encode() for pair in ids)


def _read(body: Any, size: int) -> Iterator[tuple[str, str]]:
    if size == 0:  # which a reader of packed files takes for an end without fault
        raise EOFError("it is empty")
    with gzip.open(body, "rt", encoding="ascii") as lines:
        yield from map(json.loads, lines)


def _packed(file: IO[bytes]) -> gzip.GzipFile:
    return gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)
