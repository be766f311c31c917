"""The bucket of backups: versioned, and locked, so that who may write a backup cannot remove one.

| name              | holds                                                 | is locked                             |
|-------------------|-------------------------------------------------------|---------------------------------------|
| `backups/ID/PART` | a part of a backup, manifest and signature among them | by the bucket's default retention     |
| `objects/SHA256`  | a content of a document, shared between backups       | until what its newest backup asks for |
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError

from raglite.adapters.aws_errors import CLIENT_CONFIG, code_of, connecting, translated
from raglite.adapters.s3_streams import GONE, downloaded, uploaded
from raglite.errors import AccessDenied, ConfigurationError, DependencyUnavailable, NotFound
from raglite.ports.recovery import Kept

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BACKUPS, OBJECTS = "backups/", "objects/"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"  # raglite/recovery/manifest.py's: a test holds them equal
UNLOCKED = {"NoSuchObjectLockConfiguration", "ObjectLockConfigurationNotFoundError", "InvalidRequest"}


class S3Backups:
    """BackupStore over one bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._what = f"bucket {bucket}"

    @classmethod
    def connect(cls, bucket: str) -> "S3Backups":
        """Return a store that reaches S3 by the standard AWS environment; nothing is sent yet."""
        with connecting("S3"):
            return cls(boto3.client("s3", config=CLIENT_CONFIG), bucket)

    # --- backups --------------------------------------------------------------------------------------------------

    def complete(self) -> Iterator[str]:
        """Yield the ids of the backups that have a manifest and its signature, newest first."""
        for backup in self.begun():
            prefix = f"{BACKUPS}{backup}/"
            found = {entry["Key"] for entry in self._listed(f"{prefix}manifest.")}
            if found >= {prefix + MANIFEST, prefix + SIGNATURE}:
                yield backup

    def begun(self) -> Iterator[str]:
        """Yield the ids of all backups, those without a manifest too, newest first."""
        pages = self._pages("list_objects_v2", Prefix=BACKUPS, Delimiter="/")
        folders = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", ())]
        yield from sorted((folder.removeprefix(BACKUPS).rstrip("/") for folder in folders), reverse=True)

    def put(self, backup: str, name: str, path: Path) -> None:
        """Keep a part of a backup; the same name again replaces it."""
        with self._translated():
            uploaded(self._client, path, self._bucket, f"{BACKUPS}{backup}/{name}")

    def fetch(self, backup: str, name: str, into: Path) -> str:
        """Write a part to the file `into` and return its sha256 (hex); NotFound if it is missing."""
        with self._or_missing(f"The backup {backup} has no {name}."):
            return downloaded(self._client, into, Bucket=self._bucket, Key=f"{BACKUPS}{backup}/{name}")

    def locked_until(self, backup: str) -> datetime | None:
        """Return when the last lock on a part of a backup ends; None if none of them was ever locked."""
        locks = (self._lock_of(entry["Key"]) for entry in self._listed(f"{BACKUPS}{backup}/"))
        return max((lock for lock in locks if lock is not None), default=None)

    def remove(self, backup: str) -> None:
        """Remove a backup, its manifest first; AccessDenied, and nothing is removed, while it is locked."""
        prefix = f"{BACKUPS}{backup}/"
        found = self._versions(prefix)
        for key, version_id in sorted(found, key=lambda one: (one[0] != prefix + MANIFEST, one)):
            self._delete(key, version_id, f"backup {backup}")

    # --- contents -------------------------------------------------------------------------------------------------

    def keep(self, sha256: str, path: Path, until: datetime) -> None:
        """Keep a content, locked until a moment; one that is there is written again."""
        lock: dict[str, Any] = {"ObjectLockMode": self._mode, "ObjectLockRetainUntilDate": until}
        with self._translated():
            uploaded(self._client, path, self._bucket, OBJECTS + sha256, **lock)

    def prolong(self, sha256: str, until: datetime) -> None:
        """Lock a content until a moment at least; NotFound if it is not kept."""
        retention: Any = {"Mode": self._mode, "RetainUntilDate": until}
        with self._or_missing(f"The content {sha256} is not kept."):
            head = self._client.head_object(Bucket=self._bucket, Key=OBJECTS + sha256)
            if "ObjectLockRetainUntilDate" in head and head["ObjectLockRetainUntilDate"] >= until:
                return
            # The version that was seen: a marker put on it meanwhile would be none that can be locked.
            self._client.put_object_retention(
                Bucket=self._bucket, Key=OBJECTS + sha256, VersionId=head["VersionId"], Retention=retention
            )

    def take(self, sha256: str, into: Path) -> str:
        """Write a content to the file `into` and return the sha256 (hex) it has; NotFound if it is missing."""
        with self._or_missing(f"The content {sha256} is not kept (any more)."):
            return downloaded(self._client, into, Bucket=self._bucket, Key=OBJECTS + sha256)

    def contents(self) -> Iterator[Kept]:
        """Yield every content that is kept, by its sha256."""
        for entry in self._listed(OBJECTS):
            yield Kept(entry["Key"].removeprefix(OBJECTS), entry["Size"], entry["LastModified"])

    def forget(self, sha256: str) -> None:
        """Remove a content; AccessDenied while it is locked."""
        for key, version_id in self._versions(OBJECTS + sha256):
            self._delete(key, version_id, f"content {sha256}")

    # --- the bucket -----------------------------------------------------------------------------------------------

    @cached_property
    def _mode(self) -> str:
        """How the bucket locks; ConfigurationError if it does not."""
        with self._translated():
            try:
                found: Any = self._client.get_object_lock_configuration(Bucket=self._bucket)
                return str(found["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]["Mode"])
            except ClientError as error:
                if code_of(error) not in UNLOCKED:
                    raise
            except KeyError:
                pass
        raise ConfigurationError(f"The bucket {self._bucket} locks nothing by itself: give it a default retention.")

    def _pages(self, operation: Any, **given: Any) -> Iterator[Any]:
        with self._translated():
            yield from self._client.get_paginator(operation).paginate(Bucket=self._bucket, **given)

    def _listed(self, prefix: str) -> Iterator[Any]:
        for page in self._pages("list_objects_v2", Prefix=prefix):
            yield from page.get("Contents", ())

    def _versions(self, prefix: str) -> list[tuple[str, str]]:
        """Return every version and marker as a key and an id. A marker laid over a version does not unlock it."""
        pages = list(self._pages("list_object_versions", Prefix=prefix))
        entries = [entry for page in pages for kind in ("Versions", "DeleteMarkers") for entry in page.get(kind, ())]
        return [(entry["Key"], entry["VersionId"]) for entry in entries]

    def _lock_of(self, key: str) -> datetime | None:
        with self._translated():
            return self._client.head_object(Bucket=self._bucket, Key=key).get("ObjectLockRetainUntilDate")

    def _delete(self, key: str, version_id: str, what: str) -> None:
        with self._translated():
            try:
                self._client.delete_object(Bucket=self._bucket, Key=key, VersionId=version_id)
            except ClientError as error:
                if code_of(error) != "AccessDenied":
                    raise
                raise AccessDenied(f"The {what} is locked, or this role may not remove it.") from error

    @contextmanager
    def _or_missing(self, sentence: str) -> Iterator[None]:
        with self._translated():
            try:
                yield
            except ClientError as error:
                if code_of(error) in GONE:
                    raise NotFound(sentence) from error
                raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        with translated("S3", self._what):
            try:
                yield
            except S3UploadFailedError as error:  # boto3's own, around the client's
                if isinstance(error.__context__, ClientError):
                    raise error.__context__ from None
                raise DependencyUnavailable("S3", f"{error}; try again.") from error
