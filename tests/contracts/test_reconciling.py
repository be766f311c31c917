"""The comparison on fakes and on the real adapters: S3 and DynamoDB in moto, Qdrant's own local mode."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from raglite.adapters.dynamodb_registry import DynamoDBRegistry
from raglite.adapters.s3_documents import S3Documents
from raglite.ingestion.accounting import accounts, totals
from raglite.ingestion.disagreement import FindingKind
from raglite.ingestion.reconciling import reconcile, repair
from raglite.ingestion.replaying import Replayer
from raglite.ingestion.synchronize import synchronize
from raglite.model import VersionState
from raglite.ports import Services, SystemClock
from tests.fakes.local_mode import local_index
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import POLICY, World
from tests.lambda_estate import registry_table

DOCUMENTS, PARSED = "raglite-documents-test", "raglite-parsed-test"
MILLS = report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.")
OTHER = report("Osprey Rentals, Inc.", 2023, "Revenue was 7 million.")
AWKWARD = "reports/a b+c%20é 财.pdf"


@contextmanager
def real() -> Iterator[Services]:
    """The adapters over an estate in this process."""
    with mock_aws():
        s3 = boto3.client("s3")
        for bucket in (DOCUMENTS, PARSED):
            s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=DOCUMENTS, VersioningConfiguration={"Status": "Enabled"})
        world = World()
        index = local_index("documents")
        index.begin(world.embedder.spec)
        yield world.services(
            documents=S3Documents(s3, DOCUMENTS, PARSED),
            registry=DynamoDBRegistry(registry_table()),
            index=index,
            clock=SystemClock(),
        )


@pytest.fixture(params=["fake", "real"])
def services(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with nullcontext(World().services()) if request.param == "fake" else real() as made:
        yield made


@pytest.fixture
def upload(services: Services, tmp_path: Path) -> Callable[[str, bytes], None]:
    """Put an object into the bucket; nobody hears of it."""

    def put(key: str, body: bytes) -> None:
        (tmp_path / "body").write_bytes(body)
        services.documents.upload(tmp_path / "body", key)

    return put


def work(services: Services) -> None:
    for key in services.registry.waiting():
        synchronize(key, services, POLICY)


def kinds(services: Services) -> list[FindingKind]:
    return [one.kind for one in reconcile(services, grace_seconds=0).findings]


def mend(services: Services) -> None:
    repair(reconcile(services, grace_seconds=0), services, "tester")
    work(services)


def states(services: Services) -> dict[VersionState, int]:
    every = totals(accounts(services.documents, services.registry))
    return {state: number for state, number in every.items() if number}


def test_uploads_that_nobody_heard_of_are_found_and_brought_in(services: Services, upload: Any) -> None:
    upload(AWKWARD, MILLS)
    upload("broken.pdf", BROKEN)
    assert states(services) == {VersionState.RECEIVED: 2}
    assert kinds(services) == [FindingKind.LOST_EVENT] * 2
    mend(services)
    assert (kinds(services), services.registry.waiting()) == ([], ())
    assert states(services) == {VersionState.SEARCHABLE: 1, VersionState.QUARANTINED: 1}


def test_a_deletion_that_nobody_heard_of_is_found_and_carried_out(services: Services, upload: Any) -> None:
    upload(AWKWARD, MILLS)
    mend(services)
    services.documents.delete(AWKWARD)
    assert kinds(services) == [FindingKind.GHOST]
    mend(services)
    assert kinds(services) == []
    assert states(services) == {VersionState.DELETED: 1}
    assert services.index.count(AWKWARD, commit=services.registry.commit_number()) == 0


def test_what_the_index_has_lost_is_found_and_indexed_again(services: Services, upload: Any) -> None:
    upload(AWKWARD, MILLS)
    upload("other.pdf", OTHER)
    mend(services)
    before = services.index.digest(services.registry.commit_number())
    [lost, *_] = services.documents.versions(AWKWARD)
    services.index.discard(AWKWARD, lost.version_id)
    assert kinds(services) == [FindingKind.MISSING]
    mend(services)
    assert kinds(services) == []
    assert services.index.digest(services.registry.commit_number()) == before


def test_a_quarantined_document_is_replayed_and_quarantined_again(services: Services, upload: Any) -> None:
    upload("broken.pdf", BROKEN)
    mend(services)
    done = Replayer(services, "replay", 60, "tester").every()
    assert [one.key for one in done.replayed] == ["broken.pdf"]
    assert (states(services), services.registry.waiting()) == ({VersionState.RECEIVED: 1}, ("broken.pdf",))
    assert kinds(services) == []  # it waits
    work(services)
    assert states(services) == {VersionState.QUARANTINED: 1}
