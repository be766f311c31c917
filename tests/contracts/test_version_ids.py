"""What a restore wrote is known by the ids it had, to everybody who reads documents: S3 through boto3."""

import gzip
import hashlib
from pathlib import Path

import boto3
import pytest

from raglite.adapters.s3_archive import S3DocumentsArchive
from raglite.adapters.s3_documents import S3Documents
from raglite.adapters.s3_version_ids import NAME, VersionIds, write_version_ids
from raglite.errors import DependencyUnavailable
from raglite.ports.recovery import RESTORED_ID, StoredObject
from tests.fakes.clock import FakeClock

KEY = "reports/a b+c%20é 财.pdf"


def restored(buckets: tuple[str, str], path: Path) -> None:
    """Put two versions as old-1 and old-2, and a marker as old-3."""
    archive, now, ids = S3DocumentsArchive.connect(*buckets), FakeClock().now(), []
    for number, body in enumerate((b"one", b"two", None), 1):
        path.write_bytes(body or b"")
        one = StoredObject(KEY, f"old-{number}", now, len(body or b""), body is None, metadata={"company": "Acme"})
        ids.append((archive.put(one, None if body is None else path), one.version_id))
    archive.settle(ids)


def test_a_restored_document_is_listed_read_and_described_by_the_ids_it_had(
    buckets: tuple[str, str], tmp_path: Path
) -> None:
    restored(buckets, tmp_path / "body")
    store = S3Documents.connect(*buckets)
    assert [one.version_id for one in store.versions(KEY)] == ["old-3", "old-2", "old-1"]
    assert [one.version_id for some in store.inventory() for one in some] == ["old-3", "old-2", "old-1"]
    assert store.fetch(KEY, "old-1", tmp_path / "got") == hashlib.sha256(b"one").hexdigest()
    assert store.metadata(KEY, "old-2") == {"company": "Acme"}


def test_what_comes_after_a_restore_keeps_the_id_that_s3_gave_it(buckets: tuple[str, str], tmp_path: Path) -> None:
    restored(buckets, tmp_path / "body")
    store = S3Documents.connect(*buckets)
    (tmp_path / "new").write_bytes(b"new")
    made = store.upload(tmp_path / "new", KEY)
    assert store.versions(KEY)[0].version_id == made.version_id
    assert store.fetch(KEY, made.version_id, tmp_path / "got") == hashlib.sha256(b"new").hexdigest()


def test_an_uploader_cannot_give_a_document_an_id_by_its_metadata(buckets: tuple[str, str]) -> None:
    put = boto3.client("s3").put_object(Bucket=buckets[0], Key=KEY, Body=b"x", Metadata={RESTORED_ID: "old-1"})
    store = S3Documents.connect(*buckets)
    assert [one.version_id for one in store.versions(KEY)] == [put["VersionId"]]
    assert store.metadata(KEY, put["VersionId"]) == {}


@pytest.mark.parametrize(
    "spoiled",
    [b"", b"not packed", gzip.compress(b"not json\n"), gzip.compress(b"[1]\n")[:-9]],
    ids=["empty", "not packed", "not json", "cut off"],
)
def test_a_map_that_cannot_be_read_is_not_taken_for_none(buckets: tuple[str, str], spoiled: bytes) -> None:
    boto3.client("s3").put_object(Bucket=buckets[0], Key=KEY, Body=b"x")
    boto3.client("s3").put_object(Bucket=buckets[1], Key=NAME, Body=spoiled)
    with pytest.raises(DependencyUnavailable, match=f"{NAME} in {buckets[1]} cannot be read"):
        S3Documents.connect(*buckets).versions(KEY)


def test_the_map_is_read_once(buckets: tuple[str, str]) -> None:
    client, asked = boto3.client("s3"), []
    client.meta.events.register("provide-client-params.s3.GetObject", lambda params, **_: asked.append(params["Key"]))
    client.put_object(Bucket=buckets[0], Key=KEY, Body=b"x")
    store = S3Documents(client, *buckets)
    for _ in range(3):
        store.versions(KEY)
    assert asked == [NAME]


def test_the_same_ids_make_the_same_map(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_version_ids([("s3-1", "old-1"), ("s3-2", "old-2")], tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_ids_lead_both_ways_and_others_to_themselves() -> None:
    ids = VersionIds([("s3-1", "old-1")])
    assert (ids.known_by("s3-1"), ids.at_s3("old-1")) == ("old-1", "s3-1")
    assert (ids.known_by("new"), ids.at_s3("new")) == ("new", "new")
