"""A collection of three points, and how to look at it."""

from typing import Any

from starlette.testclient import TestClient

VECTORS = {"vectors": {"dense": {"size": 2, "distance": "Cosine"}}, "sparse_vectors": {"bm25": {"modifier": "idf"}}}
POINTS = [
    {"id": 1, "vector": {"dense": [1.0, 0.0], "bm25": {"indices": [7], "values": [1.0]}}, "payload": {"n": 1}},
    {"id": 2, "vector": {"dense": [0.0, 1.0]}, "payload": {"n": 2}},
    {"id": 3, "payload": {"n": 3}, "vector": {"bm25": {"indices": [7, 9], "values": [1.0, 2.0]}}},
]


def filled(client: TestClient) -> TestClient:
    assert client.put("/collections/docs", json=VECTORS).json()["result"] is True
    assert client.put("/collections/docs/points", json={"points": POINTS}).json()["result"]["status"] == "completed"
    return client


def payloads(client: TestClient) -> list[dict[str, Any]]:
    points = client.post("/collections/docs/points/scroll", json={}).json()["result"]["points"]
    return [point["payload"] for point in points]


def refusal(response: Any) -> tuple[int, str]:
    body = response.json()
    assert (body["result"], set(body)) == (None, {"status", "time", "result"})
    return response.status_code, body["status"]["error"]
