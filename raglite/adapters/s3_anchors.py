"""Anchors of the audit log in a bucket whose Object Lock keeps every version, whatever is put or deleted later."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from raglite.adapters.aws_errors import translated
from raglite.observability.audit_anchors import PREFIX, Anchor


class S3Anchors:
    """The anchors of every chain."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._what = f"bucket {bucket}"

    def put(self, anchor: Anchor) -> None:
        """Write an anchor. S3 takes nothing into a locked bucket without a checksum."""
        body = anchor.described().encode()
        with translated("S3", self._what):
            self._client.put_object(Bucket=self._bucket, Key=anchor.key, Body=body, ChecksumAlgorithm="SHA256")

    def read(self, since: datetime | None) -> Iterator[tuple[str, datetime]]:
        """Yield key and time, by S3's clock, of every anchor since a day, those under a delete marker too."""
        first = {"KeyMarker": f"{PREFIX}{since.astimezone(UTC):%Y-%m-%d}"} if since else {}
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=PREFIX, **first)
        with translated("S3", self._what):
            for page in pages:
                yield from ((version["Key"], version["LastModified"]) for version in page.get("Versions", ()))
