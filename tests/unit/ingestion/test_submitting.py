"""Bringing a document in through the service: stored once, however often it is asked for; only where one may."""

import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest

from raglite.errors import AccessDenied, DependencyUnavailable, InvalidRequest, NotFound, ResourceBusy
from raglite.ingestion.submitting import INLINE_BYTES, LINK_SECONDS, STORING, IngestRequest, Reception, StatusRequest
from raglite.ingestion.synchronize import synchronize
from raglite.model import VersionState
from raglite.ports import Principal, Submission
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import POLICY, World
from tests.fakes.watched import Watched, failing

WRITER = Principal("writer", frozenset({"ingest"}))
RED = Principal("red", frozenset({"ingest"}), ("red",))
BODY = report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def reception(world: World) -> Reception:
    return Reception(world.services())


def request(key: str = "red/a.pdf", body: bytes | None = BODY, token: str | None = None) -> IngestRequest:
    content = None if body is None else base64.b64encode(body).decode()
    return IngestRequest(key=key, content_base64=content, idempotency_key=token)


def stored(world: World, key: str = "red/a.pdf") -> int:
    return len(world.documents.versions(key))


def test_contents_are_stored_and_the_job_says_how_far_they_are(world: World, reception: Reception) -> None:
    job = reception.ingest(request(), WRITER)
    (version,) = world.documents.versions("red/a.pdf")
    assert world.documents.bodies["red/a.pdf", version.version_id] == BODY
    assert (job.version_id, job.repeated) == (version.version_id, False)
    assert job.status is not None
    assert (job.status.state, job.status.done) == (VersionState.RECEIVED, False)


def test_a_job_is_followed_until_it_is_done(world: World, reception: Reception) -> None:
    job = reception.ingest(request(), WRITER)
    synchronize("red/a.pdf", world.services(), POLICY)
    status = reception.status(StatusRequest(key="red/a.pdf", version_id=job.version_id), WRITER)
    assert (status.state, status.done, status.searchable) == (VersionState.SEARCHABLE, True, True)
    assert "query_financial_documents" in status.advice


def test_what_cannot_be_indexed_is_done_and_says_why(world: World, reception: Reception) -> None:
    reception.ingest(request(body=BROKEN), WRITER)
    synchronize("red/a.pdf", world.services(), POLICY)
    status = reception.status(StatusRequest(key="red/a.pdf"), WRITER)
    assert (status.done, status.searchable, status.reason) == (True, False, "unreadable")
    assert "save it anew" in str(status.reason_sentence)


def test_a_repeated_request_gets_the_same_job_and_stores_nothing(world: World, reception: Reception) -> None:
    first = reception.ingest(request(token="t"), WRITER)
    world.ingest("red/a.pdf", b"something newer")
    again = reception.ingest(request(token="t"), WRITER)
    assert (again.version_id, again.repeated) == (first.version_id, True)
    assert stored(world) == 2


def test_without_a_token_a_repeated_request_is_a_new_version(world: World, reception: Reception) -> None:
    versions = {reception.ingest(request(), WRITER).version_id for _ in range(2)}
    assert len(versions) == stored(world) == 2


def test_a_token_is_its_principal_s_own(world: World, reception: Reception) -> None:
    reception.ingest(request(token="t"), WRITER)
    other = reception.ingest(request(token="t"), RED)
    assert not other.repeated


@pytest.mark.parametrize("other", [request(body=b"other", token="t"), request(key="red/b.pdf", token="t")])
def test_a_token_is_not_used_for_another_file(reception: Reception, world: World, other: IngestRequest) -> None:
    reception.ingest(request(token="t"), WRITER)
    with pytest.raises(InvalidRequest, match=r"was used for another file, at red/a\.pdf"):
        reception.ingest(other, WRITER)
    assert stored(world) == 1
    assert stored(world, "red/b.pdf") == 0


def test_of_two_at_once_the_second_is_asked_to_wait(world: World, reception: Reception) -> None:
    _claimed(world, timedelta(seconds=1))
    with pytest.raises(ResourceBusy, match="repeat it in a second"):
        reception.ingest(request(token="t"), WRITER)
    assert stored(world) == 0


def test_what_its_caller_left_unstored_is_stored_by_the_next(world: World, reception: Reception) -> None:
    _claimed(world, STORING + timedelta(seconds=1))
    job = reception.ingest(request(token="t"), WRITER)
    assert (job.repeated, stored(world)) == (False, 1)
    assert reception.ingest(request(token="t"), WRITER).repeated


def test_a_store_that_fails_leaves_the_request_to_be_repeated(world: World) -> None:
    documents = Watched(world.documents, failing("store"))
    reception = Reception(world.services(documents=documents))
    with pytest.raises(DependencyUnavailable):
        reception.ingest(request(token="t"), WRITER)
    world.clock.advance(STORING.total_seconds() + 1)
    assert reception.ingest(request(token="t"), WRITER).version_id
    assert stored(world) == 1


def _claimed(world: World, ago: timedelta) -> None:
    token = hashlib.sha256(b"writer\0t").hexdigest()
    sha256 = hashlib.sha256(BODY).hexdigest()
    moment = world.clock.now()
    own = Submission(token=token, key="red/a.pdf", sha256=sha256, claimed=moment - ago)
    world.submissions.claim(own, moment - ago)


def test_without_contents_the_answer_is_where_to_put_them(world: World, reception: Reception) -> None:
    job = reception.ingest(request(body=None), WRITER)
    assert job.upload is not None
    assert "red/a.pdf" in job.upload.url
    assert job.upload.expires - world.clock.now() == timedelta(seconds=LINK_SECONDS)
    assert stored(world) == 0


@pytest.mark.parametrize("body", [BODY, None])
@pytest.mark.parametrize("key", ["blue/a.pdf", "a.pdf", "Red/a.pdf", "redder/a.pdf"])
def test_nobody_brings_a_document_into_a_group_that_is_not_his(
    world: World, reception: Reception, key: str, body: bytes | None
) -> None:
    with pytest.raises(AccessDenied, match=r"red may bring in red/\.\.\."):
        reception.ingest(request(key=key, body=body), RED)
    assert stored(world, key) == 0


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("/a.pdf", "empty part"),
        ("a/", "empty part"),
        ("a//b.pdf", "empty part"),
        (" ", "empty part"),
        ("a/ /b.pdf", "empty part"),
        ("red/../blue/a.pdf", "one of dots"),
        ("./a.pdf", "one of dots"),
        ("a\n.pdf", "do not show"),
        ("\ud800.pdf", "do not show"),
        ("é" * 600, "more than 1024 bytes"),
    ],
)
def test_a_key_that_cannot_be_used_is_refused(reception: Reception, key: str, sentence: str) -> None:
    with pytest.raises(InvalidRequest, match=sentence):
        reception.ingest(IngestRequest.model_construct(key=key, content_base64="YQ=="), WRITER)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is empty"),
        ("not base64!", "no base64"),
        ("YQ=\n=", "no base64"),
        ("é", "no base64"),
        (base64.b64encode(b"x" * (INLINE_BYTES + 1)).decode(), "PUT it instead"),
    ],
)
def test_contents_that_cannot_be_taken_are_refused(
    world: World, reception: Reception, content: str, sentence: str
) -> None:
    with pytest.raises(InvalidRequest, match=sentence):
        reception.ingest(IngestRequest(key="a.pdf", content_base64=content), WRITER)
    assert stored(world, "a.pdf") == 0


def test_the_largest_contents_are_taken(world: World, reception: Reception) -> None:
    reception.ingest(request(body=b"x" * INLINE_BYTES), WRITER)
    assert stored(world) == 1


@pytest.mark.parametrize("asked", [{"key": "nothing.pdf"}, {"key": "blue/a.pdf"}])
def test_a_status_tells_nothing_of_what_is_not_there_or_not_for_the_principal(
    world: World, reception: Reception, asked: dict[str, Any]
) -> None:
    world.ingest("blue/a.pdf", BODY)
    with pytest.raises(NotFound, match="There is nothing at"):
        reception.status(StatusRequest(**asked), RED)


def test_a_version_that_there_is_not_names_the_newest(world: World, reception: Reception) -> None:
    version = world.ingest("red/a.pdf", BODY).version_id
    with pytest.raises(NotFound, match=f"its newest, {version}"):
        reception.status(StatusRequest(key="red/a.pdf", version_id="v99"), RED)
