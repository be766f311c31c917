"""What the stores promise as wholes: fakes, S3 and DynamoDB through boto3."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError

from raglite.adapters.dynamodb_archive import DynamoDBArchive
from raglite.adapters.dynamodb_registry import DynamoDBRegistry
from raglite.adapters.s3_archive import S3DocumentsArchive, S3ParsedArchive
from raglite.adapters.s3_documents import S3Documents
from raglite.errors import NotFound, TransientError
from raglite.model import DocumentVersion, EmbeddingSpec, ParsedDocument, VersionState
from raglite.ports import PUBLISH_KEY, Built, DocumentRegistry, DocumentStore, Roster
from raglite.ports.recovery import (
    RESTORED_ID,
    DocumentsArchive,
    NamedObject,
    ParsedArchive,
    RegistryArchive,
    StoredObject,
)
from raglite.recovery.items import record_of
from tests.contracts.test_document_registry import acquired, one_call_at_a_time
from tests.contracts.test_vector_index import SPEC
from tests.fakes.archives import FakeDocumentsArchive, FakeParsedArchive, FakeRegistryArchive
from tests.fakes.clock import FakeClock
from tests.fakes.documents import FakeDocuments
from tests.fakes.registry import FakeRegistry
from tests.lambda_estate import registry_table

KEY, OTHER = "reports/a b+c%20é 财.pdf", "reports/a b"
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
Put = Callable[..., StoredObject]


class Buckets:
    """An estate's two buckets, as its services see them, and as wholes."""

    def __init__(self, store: DocumentStore, documents: DocumentsArchive, parsed: ParsedArchive) -> None:
        self.store, self.documents, self.parsed = store, documents, parsed

    def anew(self) -> DocumentStore:
        """Return the store as a process sees it that starts now."""
        if isinstance(self.store, FakeDocuments):
            return self.store
        return S3Documents.connect(self.documents.name, self.parsed.name)


@pytest.fixture(params=["fake", "s3"])
def buckets(request: pytest.FixtureRequest) -> Buckets:
    if request.param == "fake":
        held = FakeDocuments()
        return Buckets(held, FakeDocumentsArchive(held), FakeParsedArchive(held))
    request.getfixturevalue("aws")
    client = boto3.client("s3")
    names = ("raglite-documents-whole", "raglite-parsed-whole")
    for name in names:
        client.create_bucket(Bucket=name)
    client.put_bucket_versioning(Bucket=names[0], VersioningConfiguration={"Status": "Enabled"})
    parsed = S3ParsedArchive.connect(names[1])
    return Buckets(S3Documents.connect(*names), S3DocumentsArchive.connect(*names), parsed)


@pytest.fixture
def put(buckets: Buckets, tmp_path: Path) -> Put:
    def stored(key: str, version_id: str, body: bytes | None, **told: Any) -> StoredObject:
        path = tmp_path / "put"
        path.write_bytes(body or b"")
        one = StoredObject(key, version_id, MOMENT, len(body or b""), body is None, **told)
        given = buckets.documents.put(one, None if body is None else path)
        return StoredObject(key, given, MOMENT, len(body or b""), body is None)

    return stored


def listed(buckets: Buckets, prefix: str = "") -> list[tuple[str, str, int, bool]]:
    found = buckets.documents.objects(prefix)
    return [(one.key, one.version_id, one.size, one.is_delete_marker) for one in found]


def test_versions_and_markers_come_by_key_the_oldest_first(buckets: Buckets, put: Put) -> None:
    assert listed(buckets) == []
    # The marker last: moto lists markers apart from versions, and its order among older ones is lost.
    made = [put(KEY, "", body) for body in (b"one", b"three", b"", None)]
    other = put(OTHER, "", b"other")
    expected = [(one.key, one.version_id, one.size, one.is_delete_marker) for one in (other, *made)]
    assert listed(buckets) == expected
    assert listed(buckets, KEY) == expected[1:]


def test_a_versions_bytes_and_what_is_told_of_it_are_given_back(buckets: Buckets, put: Put, tmp_path: Path) -> None:
    made = put(KEY, "", b"one", content_type="application/pdf", metadata={"company": "Acme"})
    put(KEY, "", b"two")
    assert buckets.documents.fetch(made, tmp_path / "got") == hashlib.sha256(b"one").hexdigest()
    assert (tmp_path / "got").read_bytes() == b"one"
    told = buckets.documents.described(made)
    assert (told.content_type, told.metadata) == ("application/pdf", {"company": "Acme"})
    assert (told.key, told.version_id) == (KEY, made.version_id)


def test_a_version_that_is_gone_is_not_found(buckets: Buckets, put: Put, tmp_path: Path) -> None:
    made = put(KEY, "", b"one")
    gone = StoredObject(KEY, "00000000-0000-0000-0000-000000000000", MOMENT)
    for look in (buckets.documents.described, lambda one: buckets.documents.fetch(one, tmp_path / "got")):
        look(made)
        with pytest.raises(NotFound):
            look(gone)


def test_what_was_put_shows_its_own_id_until_it_is_settled_and_then_the_one_it_had(
    buckets: Buckets, put: Put, tmp_path: Path
) -> None:
    had = ["old-1", "old-2", "old-marker"]
    made = [put(KEY, one, body) for one, body in zip(had, (b"one", b"two", None), strict=True)]
    late = put(OTHER, "", b"new")
    assert [version_id for _, version_id, *_ in listed(buckets, KEY)] == [one.version_id for one in made]
    assert buckets.documents.described(made[0]).metadata == {RESTORED_ID: "old-1"}
    assert not buckets.documents.settled()
    buckets.documents.settle(zip([one.version_id for one in made], had, strict=True))
    assert buckets.documents.settled()
    assert [version_id for _, version_id, *_ in listed(buckets)] == [late.version_id, *had]
    known = StoredObject(KEY, "old-1", MOMENT, 3)
    assert buckets.documents.fetch(known, tmp_path / "got") == hashlib.sha256(b"one").hexdigest()
    assert buckets.documents.described(known).version_id == "old-1"
    assert [one.version_id for one in buckets.anew().versions(KEY)] == had[::-1]
    assert list(buckets.parsed.objects()) == []


def test_a_bucket_that_is_not_there_is_not_found(aws: None) -> None:
    for archive in (S3DocumentsArchive.connect("nowhere-1", "nowhere-2"), S3ParsedArchive.connect("nowhere-2")):
        with pytest.raises(NotFound, match="no bucket nowhere"):
            list(archive.objects())


# --- parsed documents ---------------------------------------------------------------------------------------------


def parsed_by(version: str) -> ParsedDocument:
    return ParsedDocument(media_type="text/plain", parser="made", parser_version=version, pages=(), pages_total=0)


def test_parsed_documents_are_given_back_under_the_names_they_had(buckets: Buckets, tmp_path: Path) -> None:
    parsed, path = parsed_by("1"), tmp_path / "file"
    buckets.store.save_parsed(KEY, "v1", parsed)
    buckets.store.save_figures(KEY, "v1", ())
    found = list(buckets.parsed.objects())
    assert sorted(one.name for one in found) == sorted(buckets.parsed.names(KEY, "v1"))
    hashes = {one.name: buckets.parsed.fetch(one.name, path) for one in found}
    bodies = {one.name: _body(buckets, one, path) for one in found}
    assert hashes == {name: hashlib.sha256(body).hexdigest() for name, body in bodies.items()}
    buckets.store.forget(KEY, "v1")
    with pytest.raises(NotFound):
        buckets.parsed.fetch(found[0].name, path)
    for name, body in bodies.items():
        path.write_bytes(body)
        buckets.parsed.put(name, path)
    assert list(buckets.parsed.objects()) == found
    assert (buckets.store.load_parsed(KEY, "v1"), buckets.store.load_figures(KEY, "v1")) == (parsed, ())


def _body(buckets: Buckets, one: NamedObject, path: Path) -> bytes:
    buckets.parsed.fetch(one.name, path)
    assert path.stat().st_size == one.size
    return path.read_bytes()


def test_what_is_parsed_anew_bears_another_tag(buckets: Buckets) -> None:
    buckets.store.save_parsed(KEY, "v1", parsed_by("1"))
    (before,) = buckets.parsed.objects()
    buckets.store.save_parsed(KEY, "v1", parsed_by("2"))
    (after,) = buckets.parsed.objects()
    assert (before.name, before.tag == after.tag) == (after.name, False)


# --- the registry -------------------------------------------------------------------------------------------------

SECOND: EmbeddingSpec = SPEC.model_copy(update={"chunker_version": 2})


class Tables:
    def __init__(self, registry: DocumentRegistry, archive: RegistryArchive, other: RegistryArchive) -> None:
        self.registry, self.archive, self.other = registry, archive, other


@pytest.fixture(params=["fake", "dynamodb"])
def tables(request: pytest.FixtureRequest) -> Tables:
    clock = FakeClock()
    if request.param == "fake":
        held = FakeRegistry(clock)
        return Tables(held, FakeRegistryArchive(held), FakeRegistryArchive(FakeRegistry(clock)))
    request.getfixturevalue("aws")
    table = one_call_at_a_time(registry_table())
    keys: Any = {"KeySchema": table.key_schema, "AttributeDefinitions": table.attribute_definitions}
    boto3.resource("dynamodb").create_table(TableName="other", BillingMode="PAY_PER_REQUEST", **_used(keys))
    return Tables(DynamoDBRegistry(table, clock), DynamoDBArchive(table), DynamoDBArchive.connect("other"))


def _used(keys: Any) -> Any:
    names = {one["AttributeName"] for one in keys["KeySchema"]}
    return keys | {
        "AttributeDefinitions": [one for one in keys["AttributeDefinitions"] if one["AttributeName"] in names]
    }


def filled(registry: DocumentRegistry) -> None:
    lease = acquired(registry, PUBLISH_KEY)
    for number, key in enumerate((KEY, OTHER, None)):
        registry.advance(lease, number, key)
    for state in (VersionState.PROCESSING, VersionState.SEARCHABLE):
        registry.record(DocumentVersion(key=KEY, version_id="v1", state=state, chunks=3))
    registry.record(DocumentVersion(key=OTHER, version_id="v2", state=VersionState.RECEIVED))
    registry.request(KEY, "Root=1-2-3")
    registry.enroll(Roster().next(live=Built(name="one", spec=SECOND)))


def by_place(items: Any) -> list[Any]:
    return sorted(items, key=lambda item: (item["pk"], item["sk"]))


def test_items_are_plain_values_and_written_they_make_the_same_table(tables: Tables) -> None:
    filled(tables.registry)
    items = by_place(tables.archive.items())
    assert all(type(value) in {str, int} for item in items for value in item.values())
    tables.other.write(items)
    tables.other.write(items[:3])
    assert by_place(tables.other.items()) == items
    assert (tables.archive.commit(), tables.other.commit()) == (3, 3)


def test_a_record_is_read_out_of_its_item(tables: Tables) -> None:
    filled(tables.registry)
    found = [record for item in by_place(tables.archive.items()) if (record := record_of(item)) is not None]
    assert found == [tables.registry.find(OTHER, "v2"), tables.registry.find(KEY, "v1")]


def test_a_documents_items_are_its_own_and_the_rest_belongs_to_none(tables: Tables) -> None:
    filled(tables.registry)
    items = by_place(tables.archive.items())
    of_key = [item for item in items if item["pk"] == f"document#{KEY}"]
    assert by_place(tables.archive.of_key(KEY)) == of_key
    assert {item["sk"] for item in of_key} == {"version#v1", "work"}
    assert tables.archive.of_key("nothing") == ()
    singles = [item for item in items if not item["pk"].startswith("document#")]
    assert by_place(tables.archive.singles()) == singles
    since = [item["number"] for item in tables.archive.singles(1) if item["pk"] == "commits"]
    assert sorted(since) == [2, 3]
    assert not any(item["pk"] == "commits" for item in tables.archive.singles(3))


def test_an_empty_table_has_no_items_and_commit_0(tables: Tables) -> None:
    assert (list(tables.other.items()), tables.other.commit(), list(tables.other.singles())) == ([], 0, [])


def test_a_table_that_is_not_there_is_not_found(aws: None) -> None:
    with pytest.raises(NotFound, match="no table nowhere"):
        list(DynamoDBArchive.connect("nowhere").items())


class Losing:
    """The way to S3 on which answers get lost: S3 has done what it was asked, or has not even heard of it."""

    def __init__(self, client: Any, *, arrives: bool) -> None:
        self._client, self._arrives = client, arrives
        self.lost = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_object(self, **asked: Any) -> Any:
        return self._ask(self._client.put_object, asked)

    def delete_object(self, **asked: Any) -> Any:
        return self._ask(self._client.delete_object, asked)

    def _ask(self, ask: Callable[..., Any], asked: Any) -> Any:
        if self.lost == 1:
            return ask(**asked)
        if self._arrives:
            ask(**asked)
        self.lost += 1
        raise ReadTimeoutError(endpoint_url="http://s3")


@pytest.mark.parametrize("buckets", ["s3"], indirect=True)
@pytest.mark.parametrize("arrives", [True, False], ids=["done", "not done"])
def test_a_version_or_marker_whose_answer_is_lost_is_there_once(
    buckets: Buckets, tmp_path: Path, arrives: bool
) -> None:
    path = tmp_path / "content"
    path.write_bytes(b"one")
    ids = []
    for content in (path, None):
        client = boto3.client("s3")
        losing = Losing(client, arrives=arrives)
        archive = S3DocumentsArchive(client, buckets.documents.name, buckets.parsed.name, losing)  # type: ignore[arg-type]  the way to it
        ids.append(archive.put(StoredObject(KEY, "v1", MOMENT, 3), content))
        assert losing.lost == 1
    held = [one.version_id for one in buckets.documents.objects(KEY)]
    assert sorted(held) == sorted(ids)


@pytest.mark.parametrize("buckets", ["s3"], indirect=True)
def test_a_bucket_that_never_answers_is_told_after_a_few_tries(buckets: Buckets) -> None:
    class Deaf:
        tries = 0

        def delete_object(self, **_: Any) -> None:
            self.tries += 1
            raise ReadTimeoutError(endpoint_url="http://s3")

    deaf = Deaf()
    archive = S3DocumentsArchive(boto3.client("s3"), buckets.documents.name, buckets.parsed.name, deaf)  # type: ignore[arg-type]  the way to it
    with pytest.raises(TransientError):
        archive.put(StoredObject(KEY, "v1", MOMENT, 0, is_delete_marker=True), None)
    assert deaf.tries == 3
