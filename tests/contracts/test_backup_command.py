"""`raglite backup` over the real adapters: S3, DynamoDB, KMS and Secrets Manager in moto, the stand-in for Qdrant."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from raglite import bootstrap
from raglite.adapters.dynamodb_registry import DynamoDBRegistry
from raglite.adapters.qdrant_index import QdrantIndex
from raglite.adapters.s3_documents import S3Documents
from raglite.cli.app import app
from raglite.cli.outside import Outside
from raglite.ingestion.synchronize import synchronize
from raglite.ports import Services, SystemClock
from tests.contracts.test_backup_store import locked_bucket
from tests.contracts.test_document_registry import one_call_at_a_time
from tests.contracts.test_vector_index import KEY, stand_in
from tests.fakes.parser import report
from tests.fakes.services import POLICY, World
from tests.lambda_estate import registry_table

__all__ = ["stand_in"]  # a fixture
AWKWARD = "reports/a b+c%20é 财.pdf"


class Estate:
    """Services over the real adapters, and the command line beside them."""

    def __init__(self, services: Services, folder: Path) -> None:
        self.services, self._folder = services, folder

    def ingest(self, key: str, body: bytes) -> None:
        (self._folder / "body").write_bytes(body)
        self.services.documents.upload(self._folder / "body", key)
        synchronize(key, self.services, POLICY)

    def told(self, *arguments: str, exit_code: int = 0) -> Any:
        reach = Outside(lambda _: self.services, recovery_by=bootstrap.recovery, pause=lambda _: None)
        result = CliRunner().invoke(app, ["backup", *arguments, "--json"], obj=reach)
        assert result.exit_code == exit_code, result.output
        return json.loads(result.stdout) if result.stdout else result.stderr


@pytest.fixture
def estate(buckets: tuple[str, str], stand_in: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Estate:
    kms = boto3.client("kms")
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    boto3.client("secretsmanager").create_secret(Name="raglite/api-keys", SecretString="{}")
    table, alias = one_call_at_a_time(registry_table()), f"backed{abs(hash(tmp_path))}"
    for name, value in {
        "DOCUMENTS_BUCKET": buckets[0],
        "PARSED_BUCKET": buckets[1],
        "REGISTRY_TABLE": table.name,
        "BACKUPS_BUCKET": locked_bucket(),
        "BACKUPS_KEY": key,
        "QDRANT_URL": stand_in,
        "QDRANT_API_KEY": KEY,
        "COLLECTION": alias,
    }.items():
        monkeypatch.setenv(f"RAGLITE_{name}", value)
    world, index = World(), QdrantIndex.connect(stand_in, KEY, alias)
    index.begin(world.embedder.spec)
    return Estate(
        world.services(
            documents=S3Documents.connect(*buckets),
            registry=DynamoDBRegistry(table),
            index=index,
            clock=SystemClock(),
        ),
        tmp_path,
    )


def test_an_estate_is_backed_up_read_back_and_backed_up_again_without_reading_it_twice(estate: Estate) -> None:
    for year in (2021, 2022):
        estate.ingest(AWKWARD, report("Orchard Mills, Inc.", year, "Revenue was 200 million."))
    for number in range(8):
        estate.ingest(f"many/{number}.pdf", report("Osprey Rentals, Inc.", 2023, f"Revenue was {number} million."))
    estate.services.documents.delete("many/7.pdf")
    synchronize("many/7.pdf", estate.services, POLICY)
    first = estate.told("create")
    assert (first["counts"]["keys"], first["counts"]["versions"], first["counts"]["markers"]) == (9, 10, 1)
    assert first["counts"]["searchable"] == 8
    assert first["new_contents"] == first["counts"]["contents"] > 10
    assert estate.told("verify", "--deep")["faults"] == []
    second = estate.told("create")
    assert (second["read_bytes"], second["new_contents"]) == (0, 0)
    assert second["counts"] == first["counts"]
    assert estate.told("verify", "--deep", first["backup"])["faults"] == []
    assert [row["backup"] for row in estate.told("list")["backups"]] == sorted(
        [first["backup"], second["backup"]], reverse=True
    )
    pruned = estate.told("prune", "--days", "0")
    assert (pruned["removed"], pruned["contents"], len(pruned["locked"])) == ([], 0, 1)


def test_what_the_estate_has_lost_is_named(estate: Estate) -> None:
    estate.ingest("plain.pdf", report("Osprey Rentals, Inc.", 2023, "Revenue was 7 million."))
    estate.services.index.drop(str(estate.services.index.built().name))  # type: ignore[union-attr]  # it was begun
    assert "The index is lost" in estate.told("create", exit_code=65)
    (version,) = estate.services.documents.versions("plain.pdf")
    boto3.client("s3").delete_object(Bucket="raglite-documents-test", Key="plain.pdf", VersionId=version.version_id)
    assert "plain.pdf in version" in estate.told("create", exit_code=65)
