"""The documents bucket and that of parsed documents as wholes: what a backup reads, and a restore writes."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from raglite.adapters.aws_errors import CLIENT_CONFIG, code_of, connecting, parameters, translated
from raglite.adapters.s3_documents import SAVED, S3Documents, parsed_name
from raglite.adapters.s3_streams import GONE, downloaded, uploaded
from raglite.adapters.s3_version_ids import NAME, RESTORED, VersionIds, write_version_ids
from raglite.errors import ConfigurationError, NotFound, TransientError
from raglite.ports.recovery import RESTORED_ID, NamedObject, StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ATTEMPTS = 3  # to add a version


class S3DocumentsArchive:
    """DocumentsArchive over one bucket; under which ids its versions are known stands in that of parsed documents."""

    def __init__(
        self, client: "S3Client", documents_bucket: str, parsed_bucket: str, once: "S3Client | None" = None
    ) -> None:
        """`once` asks once whatever comes of it: what is added to a versioned bucket twice is there twice."""
        self._client = client
        self._once = once or client
        self._parsed = parsed_bucket
        self._documents = S3Documents(client, documents_bucket, parsed_bucket)
        self._ids: VersionIds | None = None
        self.name = documents_bucket

    @classmethod
    def connect(cls, documents_bucket: str, parsed_bucket: str) -> "S3DocumentsArchive":
        """Return an archive that reaches S3 by the standard AWS environment; nothing is sent yet."""
        with connecting("S3"):
            once = boto3.client("s3", config=CLIENT_CONFIG.merge(Config(retries={"total_max_attempts": 1})))
            return cls(boto3.client("s3", config=CLIENT_CONFIG), documents_bucket, parsed_bucket, once)

    def objects(self, prefix: str = "") -> Iterator[StoredObject]:
        """Yield every version and marker, by key, the oldest of a key first; NotFound if there is no such bucket."""
        refuse_missing(self._client, self.name)
        for versions in self._documents.inventory(prefix):
            for one in reversed(versions):
                yield StoredObject(one.key, one.version_id, one.last_modified, one.size, one.is_delete_marker)

    def described(self, stored: StoredObject) -> StoredObject:
        """Return it with content type and metadata; NotFound if it is gone."""
        with _or_missing(self.name, f"{stored.key} has no version {stored.version_id} in the bucket (any more)."):
            head = self._client.head_object(**self._of(stored))
        told = {name.lower(): value for name, value in head["Metadata"].items()}
        return replace(stored, content_type=head.get("ContentType"), metadata=told)

    def fetch(self, stored: StoredObject, into: Path) -> str:
        """Write a version's bytes to the file `into` and return their sha256 (hex); NotFound if it is gone."""
        with _or_missing(self.name, f"{stored.key} has no version {stored.version_id} in the bucket (any more)."):
            return downloaded(self._client, into, **self._of(stored))

    def put(self, stored: StoredObject, path: Path | None) -> str:
        """Add a version (None: a delete marker) as the key's newest and return the id that the bucket gave it.

        What id it had is noted on it, unless that is "". Once it is known by that one, `settle` has said so.
        """
        before, tries = self._newest(stored.key), ATTEMPTS
        while True:
            try:
                with translated("S3", f"bucket {self.name}"):
                    return self._given_by(self._added(stored, path))
            except TransientError:  # its answer may be lost, and the version there
                tries -= 1
                newest = self._newest(stored.key)
                if newest and newest != before:
                    return newest
                if not tries:
                    raise

    def _added(self, stored: StoredObject, path: Path | None) -> Any:
        at: dict[str, Any] = {"Bucket": self.name, "Key": stored.key}
        if path is None:
            return self._once.delete_object(**at)
        noted = {RESTORED_ID: stored.version_id} if stored.version_id else {}
        told = parameters(ContentType=stored.content_type, Metadata={**stored.metadata, **noted})
        with path.open("rb") as body:
            return self._once.put_object(**at, Body=body, **told)

    def _newest(self, key: str) -> str | None:
        """Return the bucket's own id of the key's newest version or marker; None if there is none."""
        with translated("S3", f"bucket {self.name}"):
            page = self._client.list_object_versions(Bucket=self.name, Prefix=key)
        entries: list[Any] = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        return next((one["VersionId"] for one in entries if one["Key"] == key and one["IsLatest"]), None)

    def settle(self, ids: Iterable[tuple[str, str]]) -> None:
        """Write down, where readers look, under which ids objects are known: pairs of the bucket's id and that one."""
        with tempfile.TemporaryDirectory(prefix="raglite-") as scratch:
            path = Path(scratch) / "versions"
            write_version_ids(ids, path)
            with translated("S3", f"bucket {self._parsed}"):
                uploaded(self._client, path, self._parsed, NAME)
        self._documents, self._ids = S3Documents(self._client, self.name, self._parsed), None

    def settled(self) -> bool:
        """Whether `settle` was done: `objects` gives the ids by which they are known then, else the bucket's own."""
        with translated("S3", f"bucket {self._parsed}"):
            return "Contents" in self._client.list_objects_v2(Bucket=self._parsed, Prefix=NAME, MaxKeys=1)

    def _of(self, stored: StoredObject) -> Any:
        if self._ids is None:
            self._ids = VersionIds.read(self._client, self._parsed)
        return {"Bucket": self.name, "Key": stored.key, "VersionId": self._ids.at_s3(stored.version_id)}

    def _given_by(self, answer: Any) -> str:
        if "VersionId" not in answer:
            raise ConfigurationError(f"Versioning of the bucket {self.name} is off: turn it on.")
        return str(answer["VersionId"])


class S3ParsedArchive:
    """ParsedArchive over one bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self.name = bucket

    @classmethod
    def connect(cls, bucket: str) -> "S3ParsedArchive":
        """Return an archive that reaches S3 by the standard AWS environment; nothing is sent yet."""
        with connecting("S3"):
            return cls(boto3.client("s3", config=CLIENT_CONFIG), bucket)

    def objects(self) -> Iterator[NamedObject]:
        """Yield every object of a parsed version; NotFound if there is no such bucket."""
        refuse_missing(self._client, self.name)
        with translated("S3", f"bucket {self.name}"):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self.name):
                for entry in page.get("Contents", ()):
                    if not entry["Key"].startswith(RESTORED):
                        yield NamedObject(entry["Key"], entry["Size"], entry["ETag"].strip('"'))

    def names(self, key: str, version_id: str) -> tuple[str, ...]:
        """Return what the objects are called that are kept of a version that has been parsed."""
        return tuple(parsed_name(key, version_id, what) for what in SAVED)

    def fetch(self, name: str, into: Path) -> str:
        """Write an object's bytes to the file `into` and return their sha256 (hex); NotFound if it is gone."""
        with _or_missing(self.name, f"There is no {name} in the bucket {self.name} (any more)."):
            return downloaded(self._client, into, Bucket=self.name, Key=name)

    def put(self, name: str, path: Path) -> None:
        """Write an object."""
        with translated("S3", f"bucket {self.name}"):
            uploaded(self._client, path, self.name, name)


def refuse_missing(client: "S3Client", bucket: str) -> None:
    """Raise NotFound if there is no such bucket."""
    with _or_missing(bucket, f"There is no bucket {bucket}."):
        client.head_bucket(Bucket=bucket)


@contextmanager
def _or_missing(bucket: str, sentence: str) -> Iterator[None]:
    with translated("S3", f"bucket {bucket}"):
        try:
            yield
        except ClientError as error:
            if code_of(error) in GONE:
                raise NotFound(sentence) from error
            raise
