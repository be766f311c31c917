"""What every DocumentStore promises: on the fake, and on S3 through boto3."""

import hashlib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest

from raglite.adapters.s3_documents import S3Documents
from raglite.errors import ConfigurationError, DependencyUnavailable, NotFound
from raglite.model import Block, BlockKind, Box, Cell, ObjectVersion, Page, ParsedDocument, StatedFigure, Table
from raglite.ports import DocumentStore
from tests.fakes.documents import FakeDocuments
from tests.processes import free_port

KEY = "reports/a b+c%20é 财.pdf"
Put = Callable[[str, bytes], ObjectVersion]


@pytest.fixture(params=["fake", "s3"])
def store(request: pytest.FixtureRequest) -> DocumentStore:
    if request.param == "fake":
        return FakeDocuments()
    return S3Documents.connect(*request.getfixturevalue("buckets"))


@pytest.fixture
def put(store: DocumentStore, tmp_path: Path) -> Put:
    def upload(key: str, body: bytes) -> ObjectVersion:
        path = tmp_path / "upload"
        path.write_bytes(body)
        return store.upload(path, key)

    return upload


def test_an_uploaded_file_is_the_latest_version(store: DocumentStore, put: Put) -> None:
    version = put(KEY, b"one")
    assert (version.key, version.size, version.is_latest, version.is_delete_marker) == (KEY, 3, True, False)
    (listed,) = store.versions(KEY)
    assert (listed.key, listed.version_id, listed.size, listed.is_latest) == (KEY, version.version_id, 3, True)


def test_versions_come_newest_first_and_only_the_first_is_the_latest(store: DocumentStore, put: Put) -> None:
    put_ids = [put(KEY, body).version_id for body in (b"one", b"two", b"three")]
    assert [(v.version_id, v.is_latest) for v in store.versions(KEY)] == [
        (put_ids[2], True),
        (put_ids[1], False),
        (put_ids[0], False),
    ]


def test_a_deleted_key_has_a_marker_before_its_versions(store: DocumentStore, put: Put) -> None:
    version = put(KEY, b"one")
    store.delete(KEY)
    marker, kept = store.versions(KEY)
    assert (marker.is_delete_marker, marker.is_latest, marker.key) == (True, True, KEY)
    assert (kept.version_id, kept.is_delete_marker, kept.is_latest) == (version.version_id, False, False)


def test_an_upload_after_a_deletion_is_the_latest_again(store: DocumentStore, put: Put) -> None:
    put(KEY, b"one")
    store.delete(KEY)
    again = put(KEY, b"two")
    assert store.versions(KEY)[0].version_id == again.version_id
    assert len(store.versions(KEY)) == 3


def test_a_key_that_was_never_held_has_no_versions(store: DocumentStore, put: Put) -> None:
    put("a.pdf.bak", b"one")
    assert store.versions("a.pdf") == ()


def test_keys_come_in_order_once_each_with_deleted_ones(store: DocumentStore, put: Put) -> None:
    for key in ("b/2.pdf", "a.pdf", "b/1.pdf", "b/1.pdf", KEY):
        put(key, b"x")
    store.delete("b/2.pdf")
    assert list(store.keys()) == ["a.pdf", "b/1.pdf", "b/2.pdf", KEY]
    assert list(store.keys("b/")) == ["b/1.pdf", "b/2.pdf"]
    assert list(store.keys("none")) == []


def test_each_version_is_fetched_as_it_was_uploaded(store: DocumentStore, put: Put, tmp_path: Path) -> None:
    bodies = (b"one", b"", b"\x00" * 3_000_000)
    versions = [put(KEY, body) for body in bodies]
    for version, body in zip(versions, bodies, strict=True):
        sha256 = store.fetch(KEY, version.version_id, tmp_path / "fetched")
        assert (tmp_path / "fetched").read_bytes() == body
        assert sha256 == hashlib.sha256(body).hexdigest()


def test_what_is_not_there_is_not_found(store: DocumentStore, put: Put, tmp_path: Path) -> None:
    put(KEY, b"one")
    store.delete(KEY)
    marker = store.versions(KEY)[0].version_id
    for key, version_id in ((KEY, marker), ("none.pdf", marker)):
        with pytest.raises(NotFound, match="has no version"):
            store.fetch(key, version_id, tmp_path / "fetched")
        with pytest.raises(NotFound, match="has no version"):
            store.metadata(key, version_id)


def test_an_upload_without_metadata_has_none(store: DocumentStore, put: Put) -> None:
    assert store.metadata(KEY, put(KEY, b"one").version_id) == {}


def test_a_parsed_document_comes_back_whole(store: DocumentStore) -> None:
    table = Table(rows=1, columns=1, cells=(Cell(row=0, column=0, text="财 1,577", is_header=True),), text="财")
    block = Block(kind=BlockKind.TABLE, text="财", table=0)
    page = Page(number=1, text="财务\n", blocks=(block,), tables=(table,), width=612, height=792)
    parsed = ParsedDocument(
        media_type="application/pdf",
        parser="p",
        parser_version="1",
        pages=(page,),
        pages_total=2,
        pages_failed=(2,),
    )
    store.save_parsed(KEY, "v1", parsed)
    assert store.load_parsed(KEY, "v1") == parsed
    with pytest.raises(NotFound, match="has not been parsed"):
        store.load_parsed(KEY, "v2")


def test_stated_figures_come_back_whole(store: DocumentStore) -> None:
    stated = StatedFigure(
        page=60, table=0, row=3, column=1, label="Purchases of PP&E", heading=("Investing",), text="(1,577)",
        value=Decimal(-1577), unit="USD", scale=1_000_000, period_end=date(2018, 12, 31), months=12,
        box=Box(left=1, top=2.5, right=3, bottom=4), verified=True,
    )  # fmt: skip
    store.save_figures(KEY, "v1", [stated])
    assert store.load_figures(KEY, "v1") == (stated,)
    with pytest.raises(NotFound, match="has not been parsed"):
        store.load_figures(KEY, "v2")


# --- S3 alone -----------------------------------------------------------------------------------------------------


def test_metadata_names_are_lower_case(buckets: tuple[str, str]) -> None:
    put = boto3.client("s3").put_object(Bucket=buckets[0], Key=KEY, Body=b"x", Metadata={"Raglite-First-Version": "v0"})
    assert S3Documents.connect(*buckets).metadata(KEY, put["VersionId"]) == {"raglite-first-version": "v0"}


def test_more_than_one_listing_page_is_read(buckets: tuple[str, str]) -> None:
    client = boto3.client("s3")
    client.meta.events.register("provide-client-params.s3.ListObjectVersions", _two_at_a_time)
    for key in ("a.pdf", "a.pdf", "a.pdf", "b.pdf", "c.pdf"):
        client.put_object(Bucket=buckets[0], Key=key, Body=b"x")
    client.delete_object(Bucket=buckets[0], Key="a.pdf")
    store = S3Documents(client, *buckets)
    assert list(store.keys()) == ["a.pdf", "b.pdf", "c.pdf"]
    assert [version.is_latest for version in store.versions("a.pdf")] == [True, False, False, False]


def _two_at_a_time(params: dict[str, Any], **_: object) -> None:
    params["MaxKeys"] = 2


def test_parsed_documents_lie_compressed_under_ids_that_name_no_bucket(buckets: tuple[str, str]) -> None:
    parsed = ParsedDocument(media_type="text/plain", parser="p", parser_version="1", pages=(), pages_total=0)
    S3Documents.connect(*buckets).save_parsed(KEY, "v1", parsed)
    (entry,) = boto3.client("s3").list_objects_v2(Bucket=buckets[1])["Contents"]
    body = boto3.client("s3").get_object(Bucket=buckets[1], Key=entry["Key"])["Body"].read()
    assert body[:2] == b"\x1f\x8b"
    assert "documents-test" not in entry["Key"]


def test_a_missing_bucket_is_a_configuration_fault(aws: None) -> None:
    with pytest.raises(ConfigurationError, match="no bucket nowhere"):
        S3Documents.connect("nowhere", "nowhere").versions(KEY)


def test_an_unreachable_endpoint_is_a_transient_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "t"),
        ("AWS_SECRET_ACCESS_KEY", "t"),
        ("AWS_DEFAULT_REGION", "eu-west-1"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(DependencyUnavailable, match="AWS_ENDPOINT_URL"):
        S3Documents.connect("a", "b").versions(KEY)
