"""The audit log as it is kept in CloudWatch Logs and S3, read back."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from raglite.adapters.aws_errors import CLIENT_CONFIG, connecting, translated
from raglite.adapters.cloudwatch_stream import SERVICE, LogStream
from raglite.adapters.s3_anchors import S3Anchors

# A stream's last time is known late:
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogStream.html
LATE = timedelta(days=1)


class CloudWatchTrail:
    """AuditTrail of two log groups and a bucket."""

    def __init__(self, logs: Any, places: tuple[str, str], anchors: S3Anchors) -> None:
        self._logs = logs
        self._records, self._texts = places
        self._anchors = anchors

    @classmethod
    def connect(cls, records: str, texts: str, bucket: str) -> "CloudWatchTrail":
        """Return the trail, reached by the standard AWS environment; nothing is sent yet."""
        with connecting(SERVICE):
            logs, s3 = boto3.client("logs", config=CLIENT_CONFIG), boto3.client("s3", config=CLIENT_CONFIG)
        return cls(logs, (records, texts), S3Anchors(s3, bucket))

    def chains(self, since: datetime | None = None) -> Sequence[str]:
        """Return the names of the chains that may have records since a moment."""
        pages = self._logs.get_paginator("describe_log_streams").paginate(logGroupName=self._records)
        with translated(SERVICE, f"log group {self._records}"):
            return [
                stream["logStreamName"]
                for page in pages
                for stream in page["logStreams"]
                if since is None or _last(stream) >= since - LATE
            ]

    def anchors(self, since: datetime | None = None) -> Sequence[tuple[str, datetime]]:
        """Return key and time of every anchor since that day, whatever was put over it or deleted."""
        return list(self._anchors.read(since))

    def records(self, chain: str) -> Sequence[str]:
        """Return a chain's lines in the order they are kept; empty if there is no such chain."""
        return list(LogStream(self._logs, self._records, chain).read())

    def texts(self, chain: str) -> Sequence[str]:
        """Return the lines that keep what was asked and answered; ConfigurationError to who may not read them."""
        return list(LogStream(self._logs, self._texts, chain).read())

    def kept_since(self, now: datetime) -> datetime:
        """Return the moment before which records may be gone because their time to be kept is over."""
        with translated(SERVICE, f"log group {self._records}"):
            found = self._logs.describe_log_groups(logGroupNamePrefix=self._records)["logGroups"]
        days = next((group.get("retentionInDays") for group in found if group["logGroupName"] == self._records), None)
        return now - timedelta(days=days) if days else datetime.min.replace(tzinfo=UTC)


def _last(stream: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(stream.get("lastEventTimestamp", stream["creationTime"]) / 1000, UTC)
