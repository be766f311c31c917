"""AWS in this process: moto behind the real boto3."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

REGION = "us-east-1"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", REGION),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


@pytest.fixture
def buckets(aws: None) -> tuple[str, str]:
    """Make the versioned documents bucket and the bucket of parsed documents."""
    client = boto3.client("s3")
    for bucket in ("raglite-documents-test", "raglite-parsed-test"):
        client.create_bucket(Bucket=bucket)
    client.put_bucket_versioning(Bucket="raglite-documents-test", VersioningConfiguration={"Status": "Enabled"})
    return "raglite-documents-test", "raglite-parsed-test"
