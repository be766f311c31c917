"""What each scope opens, over HTTP and over MCP, and how its lack is told: as the specifications of both say."""

import json
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.fakes.services import World
from tests.unit.server.asking import REVISIONS, headers, message

TRACE = "1-67891233-abcdef012345678912345678"
QUESTION = {"query": "What was revenue?"}
HTTP: list[tuple[str, str, Any, set[str]]] = [
    ("POST", "/api/query", QUESTION, {"read"}),
    ("POST", "/mcp/query_financial_documents", QUESTION, {"read"}),
    ("POST", "/api/figure", {"company": "Orchard Mills", "metric": "revenue"}, {"read"}),
    ("GET", "/api/documents", None, {"read"}),
    ("GET", "/api/outline?document=red/orchard.pdf", None, {"read"}),
    ("GET", "/api/page?document=red/orchard.pdf&page=1", None, {"read"}),
    ("GET", "/api/ingestion?key=red/orchard.pdf", None, {"read", "ingest"}),
    ("POST", "/api/ingest", {"key": "a.txt", "content_base64": "YQ=="}, {"ingest"}),
    ("POST", "/api/feedback", {"trace_id": TRACE, "rating": 7}, {"read"}),
    ("GET", "/openapi.json", None, {"read"}),
]
MCP: list[tuple[str, dict[str, Any], set[str]]] = [
    ("tools/call", {"name": "query_financial_documents", "arguments": QUESTION}, {"read"}),
    ("tools/call", {"name": "get_page", "arguments": {"document": "red/orchard.pdf", "page": 1}}, {"read"}),
    ("tools/call", {"name": "list_documents", "arguments": {}}, {"read"}),
    ("tools/call", {"name": "submit_feedback", "arguments": {"trace_id": TRACE, "rating": 7}}, {"read"}),
    ("tools/call", {"name": "ingest_document", "arguments": {"key": "a.txt", "content_base64": "YQ=="}}, {"ingest"}),
    ("tools/call", {"name": "get_ingestion_status", "arguments": {"key": "red/orchard.pdf"}}, {"read", "ingest"}),
    ("resources/list", {}, {"read"}),
    ("resources/read", {"uri": "raglite://documents/none"}, {"read"}),
    ("tools/list", {}, {"read", "ingest"}),
    ("prompts/list", {}, {"read", "ingest"}),
    ("resources/templates/list", {}, {"read", "ingest"}),
]
KEYS = {
    "analyst": {"read"},
    "writer": {"ingest"},
    "editor": {"read", "ingest"},
    "operator": {"admin"},
    "lone canary": {"canary"},
}


@pytest.fixture
def stranger(app: FastAPI) -> Any:
    with TestClient(app) as made:
        yield made


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("asked", HTTP)
def test_a_path_is_open_to_its_scopes_alone(
    stranger: TestClient, asked: tuple[str, str, Any, set[str]], key: str
) -> None:
    method, path, body, scopes = asked
    response = stranger.request(method, path, json=body, headers={"X-API-Key": key})
    if KEYS[key] & scopes:
        assert response.status_code == 200, response.text
    else:
        _is_refused(response, scopes)
        assert response.json()["error"]["code"] == "access_denied"


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("asked", MCP)
def test_a_message_is_served_to_its_scopes_alone(
    stranger: TestClient, asked: tuple[str, dict[str, Any], set[str]], key: str, revision: str
) -> None:
    method, params, scopes = asked
    name = str(params.get("name") or params.get("uri") or "")
    given = {**headers(key, method, name, revision), "Content-Type": "application/json"}
    response = stranger.post("/mcp", content=json.dumps(message(method, params, revision)), headers=given)
    if KEYS[key] & scopes:
        assert response.status_code in {200, 400}, response.text  # 400: such as a resource that there is not
    else:
        _is_refused(response, scopes | {"read"})  # `read` is what who may not even speak MCP is told to ask for


def _is_refused(response: Any, scopes: set[str]) -> None:
    assert response.status_code == 403, response.text
    challenge = response.headers["WWW-Authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert any(f'scope="{scope}"' in challenge for scope in scopes)


def test_what_was_refused_was_not_done_and_stands_in_the_audit_log(stranger: TestClient, world: World) -> None:
    body = {"key": "a.txt", "content_base64": "YQ=="}
    stranger.post("/api/ingest", json=body, headers={"X-API-Key": "analyst"})
    call = message("tools/call", {"name": "ingest_document", "arguments": body})
    stranger.post("/mcp", json=call, headers=headers("analyst", "tools/call", "ingest_document"))
    assert world.documents.versions("a.txt") == ()
    told = [(action, actor, fields["outcome"], fields["error"]) for action, actor, fields in world.audit.records[-2:]]
    assert told == [("access", "analyst", "refused", "access_denied")] * 2
