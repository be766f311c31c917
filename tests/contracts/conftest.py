"""The AWS under test behind the real boto3: moto in this process, or LocalStack."""

from collections.abc import Iterator

import boto3
import pytest
from hypothesis import settings

from tests.aws import ENDPOINT, ON_LOCALSTACK, REGION, aws_under_test, chosen_localstack
from tests.unrun import pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]

settings.register_profile("untimed", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Start LocalStack if the contracts are to be held by it."""
    if not ON_LOCALSTACK:
        yield
        return
    with chosen_localstack(tmp_path_factory.mktemp("aws")) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv(ENDPOINT, url)
        yield


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", REGION),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with aws_under_test():
        yield


@pytest.fixture
def buckets(aws: None) -> tuple[str, str]:
    """Make the versioned documents bucket and the bucket of parsed documents."""
    client = boto3.client("s3")
    for bucket in ("raglite-documents-test", "raglite-parsed-test"):
        client.create_bucket(Bucket=bucket)
    client.put_bucket_versioning(Bucket="raglite-documents-test", VersioningConfiguration={"Status": "Enabled"})
    return "raglite-documents-test", "raglite-parsed-test"
