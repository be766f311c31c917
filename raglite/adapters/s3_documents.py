"""The documents bucket (the truth) and the event-free bucket of parsed documents."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import groupby, takewhile
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from raglite.adapters.aws_errors import CLIENT_CONFIG, code_of, connecting, translated
from raglite.adapters.s3_streams import GONE, downloaded
from raglite.adapters.s3_version_ids import VersionIds
from raglite.errors import ConfigurationError, NotFound
from raglite.model import ObjectVersion, Page, ParsedDocument, StatedFigure, document_id
from raglite.ports.recovery import RESTORED_ID

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SAVED = ("document", "figures")

_FIGURES = TypeAdapter(tuple[StatedFigure, ...])


class S3Documents:
    """DocumentStore over two buckets. Versions that a restore wrote are known by the ids they had before."""

    def __init__(
        self, client: "S3Client", documents_bucket: str, parsed_bucket: str, ids: VersionIds | None = None
    ) -> None:
        self._client = client
        self._client.meta.events.register("after-call.s3.ListObjectVersions", _keep_order)
        self._documents = documents_bucket
        self._parsed = parsed_bucket
        self._given_ids = ids

    @classmethod
    def connect(cls, documents_bucket: str, parsed_bucket: str) -> "S3Documents":
        """Return a store that reaches S3 by the standard AWS environment; nothing is sent yet."""
        with connecting("S3"):
            return cls(boto3.client("s3", config=CLIENT_CONFIG), documents_bucket, parsed_bucket)

    def versions(self, key: str) -> tuple[ObjectVersion, ...]:
        """Return the key's versions and delete markers, newest first; empty if the bucket has never held it."""
        # A key comes before all that begin with it.
        return _newest_first(takewhile(lambda version: version.key == key, self._listed(key)))

    def inventory(self, prefix: str = "") -> Iterator[tuple[ObjectVersion, ...]]:
        """Yield every key's versions and delete markers, as `versions` does, in key order; one key's in memory."""
        for _, versions in groupby(self._listed(prefix), key=attrgetter("key")):
            yield _newest_first(versions)

    @cached_property
    def _ids(self) -> VersionIds:
        return self._given_ids or VersionIds.read(self._client, self._parsed)

    def _listed(self, prefix: str) -> Iterator[ObjectVersion]:
        """List versions and markers as S3 does: by key, newest first."""
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._documents, Prefix=prefix)
        with translated("S3", f"bucket {self._documents}"):
            for page in pages:
                yield from (_object_version(entry, self._ids) for entry in _in_order(page))

    def fetch(self, key: str, version_id: str, into: Path) -> str:
        """Write one version's bytes to the file `into` and return their sha256 (hex); NotFound if it is gone.

        DependencyUnavailable if the body ends early, ResourceExhausted if the disk is full: `into` is not whole then.
        """
        with _one_version(self._documents, key, version_id):
            at_s3 = self._ids.at_s3(version_id)
            return downloaded(self._client, into, Bucket=self._documents, Key=key, VersionId=at_s3)

    def metadata(self, key: str, version_id: str) -> Mapping[str, str]:
        """Return the object's user metadata, lower-case names; NotFound if it is gone. A restore's note is left out."""
        with _one_version(self._documents, key, version_id):
            at_s3 = self._ids.at_s3(version_id)
            head = self._client.head_object(Bucket=self._documents, Key=key, VersionId=at_s3)
        told = {name.lower(): value for name, value in head["Metadata"].items()}
        return {name: value for name, value in told.items() if name != RESTORED_ID}

    def upload(self, path: Path, key: str) -> ObjectVersion:
        """Store a file under `key` and return the new version; ConfigurationError if the bucket keeps no versions."""
        with translated("S3", f"bucket {self._documents}"), path.open("rb") as body:
            version_id = self._put(key, body)
            head = self._client.head_object(Bucket=self._documents, Key=key, VersionId=version_id)
        return ObjectVersion(
            key=key,
            version_id=version_id,
            last_modified=head["LastModified"],
            size=head["ContentLength"],
            is_latest=True,
        )

    def store(self, key: str, body: bytes) -> str:
        """Store contents under `key` and return the new version's id; ConfigurationError if there are no versions."""
        with translated("S3", f"bucket {self._documents}"):
            return self._put(key, body)

    def _put(self, key: str, body: IO[bytes] | bytes) -> str:
        stored = self._client.put_object(Bucket=self._documents, Key=key, Body=body)
        if "VersionId" not in stored:
            raise ConfigurationError(f"Versioning of the bucket {self._documents} is off: turn it on.")
        return stored["VersionId"]

    def upload_link(self, key: str, seconds: int) -> str:
        """Return a URL to which a file may be PUT within so many seconds; it ends with our credentials if sooner."""
        with translated("S3", f"bucket {self._documents}"):
            wanted = {"Bucket": self._documents, "Key": key}
            return self._client.generate_presigned_url("put_object", Params=wanted, ExpiresIn=seconds)

    def delete(self, key: str) -> None:
        """Put a delete marker on `key`; older versions stay in the bucket."""
        with translated("S3", f"bucket {self._documents}"):
            self._client.delete_object(Bucket=self._documents, Key=key)

    def save_parsed(self, key: str, version_id: str, parsed: ParsedDocument) -> None:
        """Keep what the parser returned, compressed, under ids that do not name the bucket."""
        self._save(parsed_name(key, version_id, "document"), parsed.model_dump_json().encode())

    def load_parsed(self, key: str, version_id: str) -> ParsedDocument:
        """Return what was saved; NotFound if nothing was."""
        return ParsedDocument.model_validate_json(self._load(key, version_id, "document"), extra="ignore")

    def load_page(self, key: str, version_id: str, number: int) -> Page | None:
        """Return one page of what was saved, None if it could not be parsed; NotFound if nothing was saved.

        Only that page is made into cells and boxes, which is most of what a document takes to read.
        """
        pages = json.loads(self._load(key, version_id, "document"))["pages"]
        found = next((page for page in pages if page["number"] == number), None)
        return None if found is None else Page.model_validate(found, extra="ignore")

    def save_figures(self, key: str, version_id: str, figures: Sequence[StatedFigure]) -> None:
        """Keep the figures that the version's tables state, beside the parsed document."""
        self._save(parsed_name(key, version_id, "figures"), _FIGURES.dump_json(tuple(figures)))

    def load_figures(self, key: str, version_id: str) -> tuple[StatedFigure, ...]:
        """Return what was saved; NotFound if nothing was."""
        return _FIGURES.validate_json(self._load(key, version_id, "figures"), extra="ignore")

    def has_parsed(self) -> bool:
        """Whether anything is kept that was saved of any version."""
        with translated("S3", f"bucket {self._parsed}"):
            return self._client.list_objects_v2(Bucket=self._parsed, MaxKeys=1)["KeyCount"] > 0

    def forget(self, key: str, version_id: str) -> None:
        """Remove what was saved of a version; a no-op if nothing was. The documents bucket is not touched."""
        for what in SAVED:
            with translated("S3", f"bucket {self._parsed}"):
                self._client.delete_object(Bucket=self._parsed, Key=parsed_name(key, version_id, what))

    def _save(self, name: str, body: bytes) -> None:
        packed = gzip.compress(body, compresslevel=6, mtime=0)
        with translated("S3", f"bucket {self._parsed}"):
            self._client.put_object(Bucket=self._parsed, Key=name, Body=packed)

    def _load(self, key: str, version_id: str, what: str) -> bytes:
        name = parsed_name(key, version_id, what)
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


def _keep_order(http_response: Any, parsed: Any, **_: Any) -> None:
    """Note which entry of a listing is a version and which a marker: boto3 hands them out as two lists.

    Times do not tell: S3 gives whole seconds, and for an upload in parts the time it began.
    """
    parsed["Kinds"] = re.findall(rb"<(Version|DeleteMarker)[ >]", http_response.content)


def _in_order(page: Any) -> list[Any]:
    of_kind = {b"Version": iter(page.get("Versions", [])), b"DeleteMarker": iter(page.get("DeleteMarkers", []))}
    return sorted((next(of_kind[kind]) for kind in page["Kinds"]), key=itemgetter("Key"))


def _newest_first(versions: Iterable[ObjectVersion]) -> tuple[ObjectVersion, ...]:
    # As they come, but for servers that list a marker after the versions it hides.
    return tuple(sorted(versions, key=attrgetter("is_latest"), reverse=True))


def _object_version(entry: Any, ids: VersionIds) -> ObjectVersion:
    return ObjectVersion(
        key=entry["Key"],
        version_id=ids.known_by(entry["VersionId"]),
        last_modified=entry["LastModified"],
        size=entry.get("Size", 0),
        is_latest=entry["IsLatest"],
        is_delete_marker="Size" not in entry,
    )


def parsed_name(key: str, version_id: str, what: str) -> str:
    """Return what the object is called that holds one of the things that are SAVED of a version."""
    return f"{document_id(key)}/{hashlib.sha256(version_id.encode()).hexdigest()[:32]}/{what}.json.gz"
