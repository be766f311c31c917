"""The stand-in for Qdrant refuses by name what it does not serve; nothing is ignored."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from local.qdrant.app import LARGEST_BODY, create_app
from local.qdrant.collections import Collections
from tests.unit.local.qdrant_estate import POINTS, VECTORS, filled, payloads, refusal


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    collections = Collections(tmp_path)
    yield filled(TestClient(create_app(collections, None)))
    collections.close()


LEG = {"query": [1.0, 0.0], "using": "dense"}


@pytest.mark.parametrize(
    ("method", "path", "body", "named"),
    [
        ("PUT", "/other", {"vectors": {"size": 2, "distance": "Cosine"}}, "named vectors"),
        ("PUT", "/other", {**VECTORS, "quantization_config": {"binary": {}}}, "BinaryQuantization"),
        ("PUT", "/other", {**VECTORS, "sharding_method": "custom"}, "sharding_method"),
        ("PUT", "/other", {**VECTORS, "made_up": 1}, "made_up"),
        ("PUT", "/docs/index", {"field_name": "n", "field_schema": "text"}, "text"),
        ("PUT", "/docs/index", {"field_name": "n", "field_schema": {"type": "integer", "lookup": True}}, "lookup"),
        ("PUT", "/docs/points", {"points": POINTS, "shard_key": "a"}, "shard_key"),
        ("PUT", "/docs/points", {"points": POINTS, "update_mode": "insert_only"}, "update_mode"),
        ("PUT", "/docs/points", {"points": [{"id": 1, "vector": [1.0, 0.0]}]}, "named vectors"),
        ("PUT", "/docs/points", {"points": [{"id": "x", "vector": {"dense": [1.0, 0.0]}}]}, "not a valid point ID"),
        ("PUT", "/docs/points", {"points": [{"id": 1, "vector": {"dense": [1.0]}}]}, "dimension"),
        ("PUT", "/docs/points", {"points": [{"id": 1, "vector": {"other": [1.0, 0.0]}}]}, "other"),
        ("PUT", "/docs/points", {"points": [{"id": 1, "vector": {"dense": {"text": "a", "model": "b"}}}]}, "Document"),
        ("POST", "/docs/points/scroll", {"order_by": "n"}, "order_by"),
        ("POST", "/docs/points/scroll", {"with_payload": {"include": ["n"]}}, "with_payload"),
        ("POST", "/docs/points/count", {"shard_key": "a"}, "shard_key"),
        ("POST", "/docs/points/count", {"filter": {"min_should": {"conditions": [], "min_count": 1}}}, "min_should"),
        ("POST", "/docs/points/count", {"filter": {"must": [{"key": "n", "match": {"text": "a"}}]}}, "MatchText"),
        ("POST", "/docs/points/count", {"filter": {"must": [{"key": "n", "values_count": {"gt": 1}}]}}, "values_count"),
        (
            "POST",
            "/docs/points/count",
            {"filter": {"must": [{"nested": {"key": "n", "filter": {}}}]}},
            "NestedCondition",
        ),
        (
            "POST",
            "/docs/points/count",
            {"filter": {"must": [{"key": "n", "range": {"gt": "2024-01-01T00:00:00Z"}}]}},
            "DatetimeRange",
        ),
        ("POST", "/docs/points/query", {**LEG, "lookup_from": {"collection": "docs"}}, "lookup_from"),
        ("POST", "/docs/points/query", {**LEG, "params": {"acorn": {"enable": True}}}, "acorn"),
        ("POST", "/docs/points/query", {"query": {"recommend": {"positive": [1]}}, "using": "dense"}, "RecommendQuery"),
        ("POST", "/docs/points/query", {"query": {"sample": "random"}}, "SampleQuery"),
        (
            "POST",
            "/docs/points/query",
            {**LEG, "filter": {"min_should": {"conditions": [], "min_count": 1}}},
            "Filter.min",
        ),
        ("POST", "/docs/points/query", {"prefetch": [{**LEG, "filter": {"made_up": 1}}]}, "filter.made_up"),
        ("POST", "/docs/points/payload", {"payload": {"a": 1}}, "points or a filter"),
        ("POST", "/docs/points/payload", {"payload": {"a": 1}, "points": [1], "key": "nested"}, "key"),
        ("POST", "/docs/points/count?timeout=1&made_up=1", {}, "made_up"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(
    client: TestClient, method: str, path: str, body: dict[str, Any], named: str
) -> None:
    status, sentence = refusal(client.request(method, f"/collections{path}", json=body))
    assert (status, named in sentence) == (400, True), sentence
    assert payloads(client) == [{"n": 1}, {"n": 2}, {"n": 3}]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/collections/docs/points/search"),
        ("POST", "/collections/docs/points/query/batch"),
        ("POST", "/collections/docs/points/query/groups"),
        ("PUT", "/collections/docs/snapshots/recover"),
        ("PATCH", "/collections/docs"),
        ("GET", "/cluster"),
        ("GET", "/metrics"),
    ],
)
def test_a_route_that_is_not_served_says_so(client: TestClient, method: str, path: str) -> None:
    assert refusal(client.request(method, path)) == (404, f"{method} {path} is not served by this stand-in.")


def test_a_body_that_is_no_json_or_too_large_is_refused(client: TestClient) -> None:
    assert refusal(client.post("/collections/docs/points/count", content=b"{"))[0] == 400
    parts = (b" " * 1024**2 for _ in range(LARGEST_BODY // 1024**2 + 1))
    assert refusal(client.post("/collections/docs/points/count", content=parts))[0] == 413


def test_renaming_an_alias_that_is_not_there_is_not_found(client: TestClient) -> None:
    rename = {"rename_alias": {"old_alias_name": "nowhere", "new_alias_name": "live"}}
    assert refusal(client.post("/collections/aliases", json={"actions": [rename]}))[0] == 404
