"""The stand-in for Qdrant serves what it serves as Qdrant does."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from local.qdrant.app import create_app
from local.qdrant.collections import Collections
from local.qdrant.refusal import Refusal
from tests.unit.local.qdrant_estate import POINTS, VECTORS, filled, payloads, refusal

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def collections(data: Path) -> Iterator[Collections]:
    made = Collections(data)
    yield made
    made.close()


@pytest.fixture
def client(collections: Collections) -> TestClient:
    return filled(TestClient(create_app(collections, None)))


# --- what it is ---------------------------------------------------------------------------------------------------


def test_it_says_that_it_is_a_stand_in(client: TestClient) -> None:
    assert "stand-in" in client.get("/").json()["title"]


def test_everything_but_the_health_checks_asks_for_the_key(collections: Collections) -> None:
    client = TestClient(create_app(collections, "the-key"))
    assert [client.get(path).status_code for path in ("/healthz", "/livez", "/readyz")] == [200] * 3
    for headers in ({}, {"api-key": "wrong"}, {"Authorization": "Bearer wrong"}, {"api-key": "the-ke"}):
        status, sentence = refusal(client.get("/collections", headers=headers))
        assert (status, "API key" in sentence) == (401, True)
    for headers in ({"api-key": "the-key"}, {"Authorization": "Bearer the-key"}):
        assert client.get("/collections", headers=headers).json()["result"] == {"collections": []}


def test_two_processes_cannot_share_a_directory(collections: Collections, data: Path) -> None:
    with pytest.raises(Refusal, match="in use by another process"):
        Collections(data)
    command = [sys.executable, "-m", "local.qdrant", "--port", "0", "--data", str(data)]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 75
    assert "in use by another process" in done.stderr


def test_everything_is_there_again_after_a_restart(data: Path) -> None:
    first = Collections(data)
    client = TestClient(create_app(first, None))
    client.put("/collections/docs", json={**VECTORS, "metadata": {"spec": "s"}})
    client.put("/collections/docs/points", json={"points": POINTS})
    client.put("/collections/docs/index", json={"field_name": "n", "field_schema": "integer"})
    client.post("/collections/aliases", json={"actions": [alias("live", "docs")]})
    before = client.get("/collections/live").json()["result"]
    first.close()
    second = Collections(data)
    again = TestClient(create_app(second, None)).get("/collections/live").json()["result"]
    second.close()
    assert again == before
    assert (again["points_count"], again["config"]["metadata"]) == (3, {"spec": "s"})
    assert again["payload_schema"]["n"]["data_type"] == "integer"


# --- collections and aliases --------------------------------------------------------------------------------------


def alias(name: str, collection: str) -> dict[str, Any]:
    return {"create_alias": {"collection_name": collection, "alias_name": name}}


def aliases(client: TestClient) -> dict[str, str]:
    found = client.get("/aliases").json()["result"]["aliases"]
    return {entry["alias_name"]: entry["collection_name"] for entry in found}


def test_a_collection_exists_from_its_creation_to_its_deletion(client: TestClient) -> None:
    assert client.get("/collections/docs/exists").json()["result"] == {"exists": True}
    assert client.get("/collections").json()["result"] == {"collections": [{"name": "docs"}]}
    assert client.delete("/collections/docs").json()["result"] is True
    assert client.delete("/collections/docs").json()["result"] is False
    assert client.get("/collections/docs/exists").json()["result"] == {"exists": False}
    assert refusal(client.get("/collections/docs")) == (404, "Not found: Collection `docs` doesn't exist!")


@pytest.mark.parametrize(
    ("name", "status"), [("docs", 409), ("a.b", 400), ("..", 404), ("a b", 400), ("live", 409), ("%2e%2e", 400)]
)
def test_a_name_that_is_taken_or_no_name_is_refused(client: TestClient, name: str, status: int) -> None:
    client.post("/collections/aliases", json={"actions": [alias("live", "docs")]})
    assert client.put(f"/collections/{name}", json=VECTORS).status_code == status


def test_an_alias_is_a_collections_other_name(client: TestClient) -> None:
    client.post("/collections/aliases", json={"actions": [alias("live", "docs")]})
    assert client.post("/collections/live/points/count", json={}).json()["result"] == {"count": 3}
    rename = {"rename_alias": {"old_alias_name": "live", "new_alias_name": "current"}}
    client.post("/collections/aliases", json={"actions": [rename]})
    assert aliases(client) == {"current": "docs"}
    client.post("/collections/aliases", json={"actions": [{"delete_alias": {"alias_name": "current"}}]})
    assert aliases(client) == {}


@pytest.mark.parametrize(
    ("action", "status"),
    [
        (alias("live", "nowhere"), 404),
        (alias("docs", "docs"), 409),
        ({"delete_alias": {"alias_name": "nowhere"}}, 404),
    ],
)
def test_alias_actions_apply_all_or_none(client: TestClient, action: dict[str, Any], status: int) -> None:
    actions = [alias("first", "docs"), action]
    assert refusal(client.post("/collections/aliases", json={"actions": actions}))[0] == status
    assert aliases(client) == {}


def test_a_deleted_collection_takes_its_aliases_along(client: TestClient) -> None:
    client.post("/collections/aliases", json={"actions": [alias("live", "docs")]})
    client.delete("/collections/docs")
    assert aliases(client) == {}


# --- points -------------------------------------------------------------------------------------------------------


def test_points_are_read_back_as_they_were_written(client: TestClient) -> None:
    body = {"ids": [1, 3, 99], "with_payload": True, "with_vector": True}
    found = client.post("/collections/docs/points", json=body).json()["result"]
    assert {point["id"]: point["payload"] for point in found} == {1: {"n": 1}, 3: {"n": 3}}
    by_id = {point["id"]: point["vector"] for point in found}
    assert by_id[1]["dense"] == [1.0, 0.0]
    assert by_id[3] == {"bm25": {"indices": [7, 9], "values": [1.0, 2.0]}}


def test_a_long_list_is_scrolled_in_pages(client: TestClient) -> None:
    seen, offset = [], None
    for _ in POINTS:
        body = {"limit": 1, "with_payload": ["n"]} | ({} if offset is None else {"offset": offset})
        page = client.post("/collections/docs/points/scroll", json=body).json()["result"]
        seen += [point["payload"]["n"] for point in page["points"]]
        offset = page["next_page_offset"]
    assert (seen, offset) == ([1, 2, 3], None)


def test_payloads_are_set_replaced_and_removed(client: TestClient) -> None:
    only_two = {"must": [{"key": "n", "match": {"value": 2}}]}
    client.post("/collections/docs/points/payload", json={"payload": {"seen": True}, "filter": only_two})
    assert payloads(client)[1] == {"n": 2, "seen": True}
    client.post("/collections/docs/points/payload/delete", json={"keys": ["n"], "points": [2]})
    assert payloads(client)[1] == {"seen": True}
    client.put("/collections/docs/points/payload", json={"payload": {"m": 1}, "points": [2]})
    assert payloads(client) == [{"n": 1}, {"m": 1}, {"n": 3}]


def test_points_are_deleted_by_id_and_by_filter(client: TestClient) -> None:
    client.post("/collections/docs/points/delete", json={"points": [1]})
    assert payloads(client) == [{"n": 2}, {"n": 3}]
    client.post("/collections/docs/points/delete", json={"filter": {"must": [{"key": "n", "range": {"gte": 3}}]}})
    assert payloads(client) == [{"n": 2}]


def test_a_payload_index_comes_and_goes(client: TestClient) -> None:
    client.put("/collections/docs/index", json={"field_name": "n", "field_schema": {"type": "integer"}})
    assert set(client.get("/collections/docs").json()["result"]["payload_schema"]) == {"n"}
    client.delete("/collections/docs/index/n")
    assert client.get("/collections/docs").json()["result"]["payload_schema"] == {}


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"must": [{"key": "n", "match": {"any": [1, 3]}}]}, 2),
        ({"must_not": {"key": "n", "match": {"value": 1}}}, 2),
        ({"should": [{"has_id": [1]}, {"has_id": [2]}]}, 2),
        ({"must": [{"must": [{"key": "n", "range": {"gt": 1, "lt": 3}}]}]}, 1),
        ({"must": [{"is_empty": {"key": "m"}}]}, 3),
        ({"must": [{"is_null": {"key": "n"}}]}, 0),
        ({"must": [{"key": "n", "match": {"except": [1]}}]}, 2),
        ({"must": [{"has_vector": "dense"}]}, 2),
        ({"must_not": [{"has_vector": "bm25"}]}, 1),
        ({"must": [{"has_vector": "unknown"}]}, 0),
    ],
)
def test_points_are_counted_by_filter(client: TestClient, chosen: dict[str, Any], expected: int) -> None:
    found = client.post("/collections/docs/points/count", json={"filter": chosen, "exact": True})
    assert found.json()["result"] == {"count": expected}


@pytest.mark.parametrize("fusion", [{"fusion": "rrf"}, {"fusion": "dbsf"}, {"rrf": {"k": 61, "weights": [1.0, 1.0]}}])
def test_prefetches_are_fused(client: TestClient, fusion: dict[str, Any]) -> None:
    legs = [
        {"query": [1.0, 0.0], "using": "dense", "limit": 1},
        {"query": {"indices": [7], "values": [1.0]}, "using": "bm25", "limit": 2},
    ]
    found = client.post("/collections/docs/points/query", json={"prefetch": legs, "query": fusion, "limit": 5})
    assert {point["id"] for point in found.json()["result"]["points"]} == {1, 3}


def test_a_filter_that_was_asked_with_before_still_follows_what_changes(client: TestClient) -> None:
    chosen = {"must": [{"key": "n", "range": {"gte": 2}}]}
    asked = {"prefetch": [{"query": [1.0, 0.0], "using": "dense", "filter": chosen}], "query": {"fusion": "rrf"}}

    def found() -> list[int]:
        points = client.post("/collections/docs/points/query", json=asked).json()["result"]["points"]
        return [point["id"] for point in points]

    assert found() == [2]
    client.post("/collections/docs/points/payload", json={"payload": {"n": 2}, "points": [1]})
    assert sorted(found()) == [1, 2]


def test_points_are_counted_by_the_values_of_an_indexed_field(client: TestClient) -> None:
    asked = {"key": "n", "exact": True, "filter": {"must": [{"key": "n", "range": {"gte": 2}}]}}
    assert refusal(client.post("/collections/docs/facet", json=asked))[0] == 400
    assert client.put("/collections/docs/index", json={"field_name": "n", "field_schema": "integer"}).status_code == 200
    found = client.post("/collections/docs/facet", json=asked).json()["result"]["hits"]
    assert sorted(found, key=lambda hit: int(hit["value"])) == [{"value": 2, "count": 1}, {"value": 3, "count": 1}]
    assert len(client.post("/collections/docs/facet", json={**asked, "limit": 1}).json()["result"]["hits"]) == 1
