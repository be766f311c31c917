"""The stand-in for Qdrant takes snapshots and gives collections back from them as Qdrant does."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from local.qdrant.app import create_app
from local.qdrant.collections import Collections
from tests.unit.local.qdrant_estate import filled, refusal

UPLOAD = "/collections/{}/snapshots/upload?wait=true&priority=snapshot"


@pytest.fixture
def collections(tmp_path: Path) -> Iterator[Collections]:
    made = Collections(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
def client(collections: Collections) -> TestClient:
    client = filled(TestClient(create_app(collections, None)))
    client.put("/collections/docs/index", json={"field_name": "n", "field_schema": "integer"})
    return client


def scrolled(client: TestClient, name: str) -> Any:
    asked = {"with_vector": True, "limit": 100}
    return client.post(f"/collections/{name}/points/scroll", json=asked).json()["result"]["points"]


def snapshot(client: TestClient) -> tuple[bytes, dict[str, Any]]:
    made = client.post("/collections/docs/snapshots?wait=true").json()["result"]
    return client.get(f"/collections/docs/snapshots/{made['name']}").content, made


def upload(client: TestClient, name: str, body: bytes, checksum: str = "") -> Any:
    path = UPLOAD.format(name) + (f"&checksum={checksum}" if checksum else "")
    return client.post(path, files={"snapshot": body})


def test_a_snapshot_gives_back_points_vectors_payloads_and_indexes_under_another_name(client: TestClient) -> None:
    before = scrolled(client, "docs")
    body, made = snapshot(client)
    assert (made["size"], made["checksum"]) == (len(body), hashlib.sha256(body).hexdigest())
    client.post("/collections/docs/points/delete", json={"points": [1]})
    assert upload(client, "other", body, made["checksum"]).json()["result"] is True
    assert scrolled(client, "other") == before
    described = client.get("/collections/other").json()["result"]
    assert (described["points_count"], set(described["payload_schema"])) == (3, {"n"})


def test_a_snapshot_is_small_although_the_shards_files_are_full_of_nothing(client: TestClient) -> None:
    body, _ = snapshot(client)
    assert len(body) < 1_000_000


def test_what_was_recovered_can_be_written_to_and_opened_again(client: TestClient, collections: Collections) -> None:
    body, _ = snapshot(client)
    upload(client, "other", body)
    client.post("/collections/other/points/delete", json={"points": [1]})
    client.put("/collections/other/points", json={"points": [{"id": 9, "vector": {"dense": [1, 1]}, "payload": {}}]})
    expected = scrolled(client, "other")
    collections.close()
    again = Collections(collections.data)
    assert scrolled(TestClient(create_app(again, None)), "other") == expected
    assert len(expected) == 3
    again.close()


def test_a_collection_is_replaced_and_its_aliases_go_on_leading_to_it(client: TestClient) -> None:
    body, _ = snapshot(client)
    alias = {"create_alias": {"alias_name": "live", "collection_name": "docs"}}
    client.post("/collections/aliases", json={"actions": [alias]})
    client.post("/collections/docs/points/delete", json={"points": [1, 2]})
    upload(client, "docs", body)
    assert len(scrolled(client, "live")) == 3
    assert refusal(upload(client, "live", body))[0] == 400


def test_a_damaged_snapshot_is_refused_and_changes_nothing(client: TestClient, collections: Collections) -> None:
    body, made = snapshot(client)
    where = body.index(b'"n"') if b'"n"' in body else len(body) // 2
    for broken in (body[:where] + bytes([body[where] ^ 1]) + body[where + 1 :], body[: len(body) // 2], b"", b"junk"):
        for checksum in (made["checksum"], ""):
            status, sentence = refusal(upload(client, "other", broken, checksum))
            assert (status, "checksum" in sentence or "cannot be read" in sentence) == (400, True)
    assert client.get("/collections/other/exists").json()["result"] == {"exists": False}
    assert list((collections.data / "uploads").iterdir()) == []


def test_snapshots_are_listed_and_removed(client: TestClient) -> None:
    _, made = snapshot(client)
    assert client.get("/collections/docs/snapshots").json()["result"] == [made]
    assert client.delete(f"/collections/docs/snapshots/{made['name']}").json()["result"] is True
    assert client.get("/collections/docs/snapshots").json()["result"] == []
    for path in (f"/collections/docs/snapshots/{made['name']}", "/collections/none/snapshots"):
        assert refusal(client.get(path))[0] == 404


def test_what_is_not_served_is_refused(client: TestClient) -> None:
    assert refusal(client.post("/collections/docs/snapshots?async=1"))[0] == 400
    assert (
        refusal(client.post(UPLOAD.format("other").replace("=snapshot", "=guess"), files={"snapshot": b""}))[0] == 400
    )
    assert refusal(client.post(UPLOAD.format("other"), files={"another": b""}))[0] == 400
