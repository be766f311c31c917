"""What was lost is refused through every door, with what to do, and answered again as soon as it is there."""

from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from raglite.server import health
from raglite.server.app import create_app
from raglite.settings import Settings
from tests.fakes.registry import FakeRegistry
from tests.fakes.services import World

QUESTION = {"query": "What was revenue?", "top_k": 3}
FIGURE = {"company": "Orchard Mills, Inc.", "metric": "revenue"}
DOORS: dict[str, Any] = {
    "/api/query": QUESTION,
    "/mcp/query_financial_documents": QUESTION,
    "/api/figure": FIGURE,
}


@pytest.fixture
def service(world: World, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A service that has answered before."""
    monkeypatch.setattr(health, "READY_SECONDS", 0)
    app: FastAPI = create_app(world.services(), Settings())
    client = TestClient(app, headers={"Authorization": "Bearer analyst"})
    assert {client.post(path, json=asked).status_code for path, asked in DOORS.items()} == {200}
    world.clock.advance(1)
    return client


def refusals(client: TestClient) -> set[tuple[int, str]]:
    """Return how every door answers, and whether the runbook is named; /readyz too."""
    answers = [client.post(path, json=asked) for path, asked in DOORS.items()]
    told = {(one.status_code, one.json()["error"]["code"]) for one in answers}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["parts"]["index"]) == (503, answers[0].json()["error"]["message"])
    assert all(one.headers["retry-after"] == "1" for one in answers)
    return told


def answers(client: TestClient) -> set[int]:
    return {client.post(path, json=asked).status_code for path, asked in DOORS.items()} | {
        client.get("/readyz").status_code
    }


def test_a_collection_that_is_gone(world: World, service: TestClient) -> None:
    name, server, spec = world.index.name, world.index.server, world.embedder.spec
    kept = server.collections[name]
    world.index.drop(name)
    world.index.name = f"for {spec.space}"
    assert {status for status, _ in refusals(service)} == {503}
    server.collections["restored"], server.specs["restored"] = kept, spec
    world.index.switch(world.index.create(spec, "restored"))
    world.clock.advance(1)
    assert answers(service) == {200}


def test_points_that_are_lost(world: World, service: TestClient) -> None:
    kept = dict(world.index.stored)
    world.index.discard("plain.pdf", next(iter(world.states("plain.pdf"))))
    assert refusals(service) == {(503, "points_lost")}
    world.index.stored = kept
    world.clock.advance(1)
    assert answers(service) == {200}


def test_a_registry_that_was_made_anew(world: World, service: TestClient) -> None:
    kept = vars(world.registry).copy()
    vars(world.registry).update(vars(FakeRegistry(world.clock)))
    assert refusals(service) == {(503, "registry_behind")}
    vars(world.registry).update(kept)
    world.clock.advance(61)
    assert answers(service) == {200}


def test_over_mcp_it_is_a_result_that_a_model_can_act_on(world: World, service: TestClient) -> None:
    world.index.discard("plain.pdf", next(iter(world.states("plain.pdf"))))
    call = {"name": "query_financial_documents", "arguments": QUESTION}
    with service:
        told = service.post(
            "/mcp",
            json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call},
            headers={"Accept": "application/json, text/event-stream"},
        )
    result = told.json()["result"]
    assert result["isError"]
    assert "docs/how-to/restore.md" in result["content"][0]["text"]
