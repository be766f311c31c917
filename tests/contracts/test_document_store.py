"""What every DocumentStore promises: on the fake, and on S3 through boto3."""

import hashlib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config

from raglite.adapters.s3_documents import S3Documents
from raglite.adapters.s3_version_ids import VersionIds
from raglite.errors import ConfigurationError, DependencyUnavailable, NotFound, ResourceExhausted
from raglite.model import Block, BlockKind, Box, Cell, ObjectVersion, Page, ParsedDocument, StatedFigure, Table
from raglite.ports import DocumentStore
from tests.broken_server import Ending, broken_server, response
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


def test_contents_are_stored_as_a_version_that_is_known_by_its_id(
    store: DocumentStore, put: Put, tmp_path: Path
) -> None:
    put(KEY, b"before")
    version_id = store.store(KEY, b"\x00contents")
    newest, _ = store.versions(KEY)
    assert (newest.version_id, newest.size, newest.is_latest) == (version_id, 9, True)
    store.fetch(KEY, version_id, tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == b"\x00contents"


def test_a_file_that_is_put_where_a_link_says_is_the_key_s_latest_version(aws: None, buckets: tuple[str, str]) -> None:
    store = S3Documents.connect(*buckets)
    answer = requests.put(store.upload_link(KEY, 60), data=b"contents", timeout=10)
    assert answer.status_code == 200, answer.text
    (version,) = store.versions(KEY)
    assert (version.key, version.size) == (KEY, 8)


def test_one_page_is_loaded_as_it_was_saved(store: DocumentStore) -> None:
    pages = tuple(Page(number=number, text=f"Page {number}", width=1.5) for number in (1, 3))
    parsed = ParsedDocument(
        media_type="a", parser="p", parser_version="1", pages=pages, pages_total=3, pages_failed=(2,)
    )
    store.save_parsed(KEY, "v", parsed)
    assert [store.load_page(KEY, "v", number) for number in (1, 2, 3, 4)] == [pages[0], None, pages[1], None]
    with pytest.raises(NotFound, match="has not been parsed"):
        store.load_page(KEY, "w", 1)


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


ODD_KEYS = ("a b+c%20é 财.pdf", "a%2Fb", "a/b", "a/b.pdf", "a/b/c", "a//", "A", "é", "😀.txt", "-", "z&amp;<x>")


def test_an_inventory_has_every_key_once_in_order_with_all_it_holds(store: DocumentStore, put: Put) -> None:
    for key in (*ODD_KEYS, *ODD_KEYS[:4]):
        put(key, b"x")
    store.delete("A")
    store.delete("a/b")
    put("a/b", b"after its deletion")
    held = list(store.inventory())
    assert [versions[0].key for versions in held] == sorted(ODD_KEYS)
    assert held == [store.versions(key) for key in sorted(ODD_KEYS)]
    assert {versions[0].key: len(versions) for versions in held if len(versions) > 1} == {
        "a b+c%20é 财.pdf": 2, "a%2Fb": 2, "a/b": 4, "a/b.pdf": 2, "A": 2,
    }  # fmt: skip


def test_an_inventory_is_limited_by_a_prefix(store: DocumentStore, put: Put) -> None:
    for key in ODD_KEYS:
        put(key, b"x")
    assert [versions[0].key for versions in store.inventory("a/b")] == ["a/b", "a/b.pdf", "a/b/c"]
    assert list(store.inventory("none")) == []


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


def test_whether_anything_was_ever_parsed_is_told_from_what_is_kept(store: DocumentStore, put: Put) -> None:
    version_id = put(KEY, b"one").version_id
    assert not store.has_parsed()
    parsed = ParsedDocument(media_type="text/plain", parser="p", parser_version="1", pages=(), pages_total=0)
    store.save_parsed(KEY, version_id, parsed)
    assert store.has_parsed()
    store.forget(KEY, version_id)
    assert not store.has_parsed()


def test_what_is_forgotten_is_not_parsed_and_the_document_stays(store: DocumentStore, put: Put) -> None:
    version_id = put(KEY, b"one").version_id
    parsed = ParsedDocument(media_type="text/plain", parser="p", parser_version="1", pages=(), pages_total=0)
    for one in (version_id, "another"):
        store.save_parsed(KEY, one, parsed)
        store.save_figures(KEY, one, [])
    store.forget(KEY, version_id)
    store.forget(KEY, version_id)
    for load in (store.load_parsed, store.load_figures):
        with pytest.raises(NotFound, match="has not been parsed"):
            load(KEY, version_id)
    assert (store.load_parsed(KEY, "another"), store.load_figures(KEY, "another")) == (parsed, ())
    assert [version.version_id for version in store.versions(KEY)] == [version_id]


# --- S3 alone -----------------------------------------------------------------------------------------------------


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have credentials for no real place."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


def store_at(url: str) -> S3Documents:
    config = Config(read_timeout=1, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    return S3Documents(boto3.client("s3", endpoint_url=url, config=config), "documents", "parsed", VersionIds())


def test_metadata_names_are_lower_case(buckets: tuple[str, str]) -> None:
    put = boto3.client("s3").put_object(Bucket=buckets[0], Key=KEY, Body=b"x", Metadata={"Raglite-First-Version": "v0"})
    assert S3Documents.connect(*buckets).metadata(KEY, put["VersionId"]) == {"raglite-first-version": "v0"}


@pytest.mark.parametrize("page", [1, 2, 3, 1000])
def test_an_inventory_puts_together_what_pages_cut_apart(buckets: tuple[str, str], page: int) -> None:
    client = boto3.client("s3")
    for key in ("a.pdf", "b.pdf", "a.pdf", "a.pdf.bak", "a.pdf", "c.pdf"):
        client.put_object(Bucket=buckets[0], Key=key, Body=b"x")
    for key in ("a.pdf", "a.pdf", "b.pdf"):
        client.delete_object(Bucket=buckets[0], Key=key)
    client.put_object(Bucket=buckets[0], Key="a.pdf", Body=b"x")
    pages: list[object] = []

    def limited(params: dict[str, Any], **_: object) -> None:
        params["MaxKeys"] = page
        pages.append(params)

    client.meta.events.register("provide-client-params.s3.ListObjectVersions", limited)
    held = list(S3Documents(client, *buckets).inventory())
    assert len(pages) == -(-10 // page)
    assert [(versions[0].key, len(versions), versions[0].is_delete_marker) for versions in held] == [
        ("a.pdf", 6, False), ("a.pdf.bak", 1, False), ("b.pdf", 2, True), ("c.pdf", 1, False),
    ]  # fmt: skip


def entry(kind: str, key: str, version_id: str, *, latest: bool = False) -> str:
    """What S3 lists: all in one second here."""
    size = "<Size>1</Size>" if kind == "Version" else ""
    return (
        f"<{kind}><Key>{key}</Key><VersionId>{version_id}</VersionId><IsLatest>{str(latest).lower()}</IsLatest>"
        f"<LastModified>2026-01-01T00:00:00.000Z</LastModified>{size}</{kind}>"
    )


def test_versions_and_markers_of_one_second_come_in_the_order_s3_lists_them_in(away: None) -> None:
    """As fast as that only S3's own order tells whether an older version had been deleted."""
    listed = [
        entry("Version", "a.pdf", "v3", latest=True), entry("DeleteMarker", "a.pdf", "m2"),
        entry("Version", "a.pdf", "v2"), entry("DeleteMarker", "a.pdf", "m1"), entry("Version", "a.pdf", "v1"),
        entry("DeleteMarker", "b.pdf", "m3", latest=True),
    ]  # fmt: skip
    body = f"<ListVersionsResult><IsTruncated>false</IsTruncated>{''.join(listed)}</ListVersionsResult>"
    with broken_server(response(body.encode())) as url:
        first, second = store_at(url).inventory()
    assert [version.version_id for version in first] == ["v3", "m2", "v2", "m1", "v1"]
    assert [version.version_id for version in second] == ["m3"]


def test_versions_are_read_no_further_than_their_key(buckets: tuple[str, str]) -> None:
    client = boto3.client("s3")
    for number in range(20):
        client.put_object(Bucket=buckets[0], Key=f"a.pdf.{number}", Body=b"x")
    pages: list[object] = []

    def limited(params: dict[str, Any], **_: object) -> None:
        params["MaxKeys"] = 2
        pages.append(params)

    client.meta.events.register("provide-client-params.s3.ListObjectVersions", limited)
    assert S3Documents(client, *buckets).versions("a.pdf") == ()
    assert len(pages) == 1


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


WHOLE = b"x" * 100_000
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n" + WHOLE[:0x8000]


@pytest.mark.parametrize("ending", Ending)
@pytest.mark.parametrize("answer", [response(WHOLE[:70_000], length=len(WHOLE)), CHUNKED])
def test_a_body_that_is_cut_off_is_never_taken_for_whole(
    away: None, tmp_path: Path, answer: bytes, ending: Ending
) -> None:
    with broken_server(answer, ending) as url, pytest.raises(DependencyUnavailable, match="S3"):
        store_at(url).fetch("a.pdf", "v1", tmp_path / "fetched")


def test_a_body_that_comes_whole_is_taken(away: None, tmp_path: Path) -> None:
    with broken_server(response(WHOLE)) as url:
        assert store_at(url).fetch("a.pdf", "v1", tmp_path / "fetched") == hashlib.sha256(WHOLE).hexdigest()


def test_a_parsed_document_that_is_cut_off_is_a_transient_fault(away: None) -> None:
    with broken_server(response(WHOLE[:100], length=len(WHOLE))) as url, pytest.raises(DependencyUnavailable):
        store_at(url).load_parsed("a.pdf", "v1")


def test_a_full_disk_says_so(buckets: tuple[str, str]) -> None:
    version = boto3.client("s3").put_object(Bucket=buckets[0], Key=KEY, Body=b"x" * 10_000)["VersionId"]
    with pytest.raises(ResourceExhausted, match=r"No space left for full in /dev: give the task a larger disk\."):
        S3Documents.connect(*buckets).fetch(KEY, version, Path("/dev/full"))


def test_another_fault_of_the_disk_is_not_called_full(buckets: tuple[str, str], tmp_path: Path) -> None:
    version = boto3.client("s3").put_object(Bucket=buckets[0], Key=KEY, Body=b"x")["VersionId"]
    with pytest.raises(FileNotFoundError):
        S3Documents.connect(*buckets).fetch(KEY, version, tmp_path / "none" / "fetched")


def test_an_unreachable_endpoint_is_a_transient_fault(away: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(DependencyUnavailable, match="AWS_ENDPOINT_URL"):
        S3Documents.connect("a", "b").versions(KEY)
