"""The documents bucket (the truth) and the event-free bucket of parsed documents."""

import gzip
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from raglite.adapters.aws_errors import CLIENT_CONFIG, code_of, connecting, translated
from raglite.errors import ConfigurationError, NotFound
from raglite.model import ObjectVersion, ParsedDocument, StatedFigure, document_id

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# A restore writes the version id under which the content first arrived; only the restore role may set it.
FIRST_VERSION = "raglite-first-version"
CHUNK = 1024 * 1024  # bytes read at a time
GONE = {"404", "NoSuchKey", "NoSuchVersion", "NotFound", "405", "MethodNotAllowed"}  # 405: a delete marker

_FIGURES = TypeAdapter(tuple[StatedFigure, ...])


class S3Documents:
    """DocumentStore over two buckets."""

    def __init__(self, client: "S3Client", documents_bucket: str, parsed_bucket: str) -> None:
        self._client = client
        self._documents = documents_bucket
        self._parsed = parsed_bucket

    @classmethod
    def connect(cls, documents_bucket: str, parsed_bucket: str) -> "S3Documents":
        """Return a store that reaches S3 by the standard AWS environment; nothing is sent yet."""
        with connecting("S3"):
            return cls(boto3.client("s3", config=CLIENT_CONFIG), documents_bucket, parsed_bucket)

    def versions(self, key: str) -> tuple[ObjectVersion, ...]:
        """Return the key's versions and delete markers, newest first; empty if the bucket has never held it."""
        found = [version for version in self._listed(key) if version.key == key]
        return tuple(sorted(found, key=lambda version: (version.is_latest, version.last_modified), reverse=True))

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Yield every key that has a version, deleted ones included, in key order."""
        seen = None
        for version in self._listed(prefix):
            if version.key != seen:
                seen = version.key
                yield version.key

    def _listed(self, prefix: str) -> Iterator[ObjectVersion]:
        """List versions page by page; within a page by key, because S3 lists versions and markers apart."""
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._documents, Prefix=prefix)
        with translated("S3", f"bucket {self._documents}"):
            for page in pages:
                entries: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                for entry in sorted(entries, key=lambda entry: str(entry["Key"])):
                    yield _object_version(entry)

    def fetch(self, key: str, version_id: str, into: Path) -> str:
        """Write one version's bytes to the file `into` and return their sha256 (hex); NotFound if it is gone."""
        digest = hashlib.sha256()
        with _one_version(self._documents, key, version_id):
            body = self._client.get_object(Bucket=self._documents, Key=key, VersionId=version_id)["Body"]
            with into.open("wb") as file:
                for part in body.iter_chunks(CHUNK):
                    digest.update(part)
                    file.write(part)
        return digest.hexdigest()

    def metadata(self, key: str, version_id: str) -> Mapping[str, str]:
        """Return the object's user metadata, lower-case names; NotFound if it is gone."""
        with _one_version(self._documents, key, version_id):
            head = self._client.head_object(Bucket=self._documents, Key=key, VersionId=version_id)
        return {name.lower(): value for name, value in head["Metadata"].items()}

    def upload(self, path: Path, key: str) -> ObjectVersion:
        """Store a file under `key` and return the new version; ConfigurationError if the bucket keeps no versions."""
        with translated("S3", f"bucket {self._documents}"), path.open("rb") as body:
            stored = self._client.put_object(Bucket=self._documents, Key=key, Body=body)
            if "VersionId" not in stored:
                raise ConfigurationError(f"Versioning of the bucket {self._documents} is off: turn it on.")
            head = self._client.head_object(Bucket=self._documents, Key=key, VersionId=stored["VersionId"])
        return ObjectVersion(
            key=key,
            version_id=stored["VersionId"],
            last_modified=head["LastModified"],
            size=head["ContentLength"],
            is_latest=True,
        )

    def delete(self, key: str) -> None:
        """Put a delete marker on `key`; older versions stay in the bucket."""
        with translated("S3", f"bucket {self._documents}"):
            self._client.delete_object(Bucket=self._documents, Key=key)

    def save_parsed(self, key: str, version_id: str, parsed: ParsedDocument) -> None:
        """Keep what the parser returned, compressed, under ids that do not name the bucket."""
        self._save(_parsed_key(key, version_id, "document"), parsed.model_dump_json().encode())

    def load_parsed(self, key: str, version_id: str) -> ParsedDocument:
        """Return what was saved; NotFound if nothing was."""
        return ParsedDocument.model_validate_json(self._load(key, version_id, "document"))

    def save_figures(self, key: str, version_id: str, figures: Sequence[StatedFigure]) -> None:
        """Keep the figures that the version's tables state, beside the parsed document."""
        self._save(_parsed_key(key, version_id, "figures"), _FIGURES.dump_json(tuple(figures)))

    def load_figures(self, key: str, version_id: str) -> tuple[StatedFigure, ...]:
        """Return what was saved; NotFound if nothing was."""
        return _FIGURES.validate_json(self._load(key, version_id, "figures"))

    def _save(self, name: str, body: bytes) -> None:
        packed = gzip.compress(body, compresslevel=6, mtime=0)
        with translated("S3", f"bucket {self._parsed}"):
            self._client.put_object(Bucket=self._parsed, Key=name, Body=packed)

    def _load(self, key: str, version_id: str, what: str) -> bytes:
        name = _parsed_key(key, version_id, what)
        with translated("S3", f"bucket {self._parsed}"):
            try:
                return gzip.decompress(self._client.get_object(Bucket=self._parsed, Key=name)["Body"].read())
            except ClientError as error:
                if code_of(error) in GONE:
                    raise NotFound(f"{key} in version {version_id} has not been parsed.") from error
                raise


@contextmanager
def _one_version(bucket: str, key: str, version_id: str) -> Iterator[None]:
    """Errors of reading one version: NotFound if it is gone, else the usual ones."""
    with translated("S3", f"bucket {bucket}"):
        try:
            yield
        except ClientError as error:
            if code_of(error) in GONE:
                raise NotFound(f"{key} has no version {version_id} in the bucket (any more).") from error
            raise


def _object_version(entry: Any) -> ObjectVersion:
    return ObjectVersion(
        key=entry["Key"],
        version_id=entry["VersionId"],
        last_modified=entry["LastModified"],
        size=entry.get("Size", 0),
        is_latest=entry["IsLatest"],
        is_delete_marker="Size" not in entry,
    )


def _parsed_key(key: str, version_id: str, what: str) -> str:
    return f"{document_id(key)}/{hashlib.sha256(version_id.encode()).hexdigest()[:32]}/{what}.json.gz"
