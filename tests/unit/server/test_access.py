"""Who may ask, and what each may see."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from raglite.errors import AccessDenied, ConfigurationError, DependencyUnavailable
from raglite.server.app import create_app
from raglite.server.auth import principal
from raglite.settings import Settings
from tests.fakes.services import World
from tests.fakes.watched import Watched, failing

QUESTION = {"query": "What was revenue?", "top_k": 50}
PATHS = [
    ("POST", "/api/query"),
    ("POST", "/api/figure"),
    ("POST", "/mcp/query_financial_documents"),
    ("POST", "/mcp"),
    ("GET", "/api/documents"),
    ("GET", "/openapi.json"),
    ("GET", "/docs"),
    ("GET", "/nowhere"),
]


@pytest.fixture
def stranger(app: FastAPI) -> TestClient:
    return TestClient(app)


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_every_path_asks_for_a_key(stranger: TestClient, method: str, path: str) -> None:
    response = stranger.request(method, path)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="raglite"'
    assert response.json() == {
        "error": {
            "code": "unauthenticated",
            "message": "No API key. Send it as `Authorization: Bearer <key>` or `X-API-Key: <key>`.",
        }
    }


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer unknown"},
        {"X-API-Key": "unknown"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic analyst"},
        {"X-API-Key": ""},
    ],
)
def test_a_key_that_nobody_has_is_refused(stranger: TestClient, headers: dict[str, str]) -> None:
    assert stranger.get("/api/documents", headers=headers).status_code == 401


@pytest.mark.parametrize(
    "headers", [{"Authorization": "Bearer analyst"}, {"authorization": "bearer  analyst "}, {"X-API-Key": "analyst"}]
)
def test_a_key_is_taken_from_either_header(stranger: TestClient, headers: dict[str, str]) -> None:
    assert stranger.post("/api/query", json=QUESTION, headers=headers).status_code == 200


def test_a_key_without_the_scope_to_read_is_refused(stranger: TestClient) -> None:
    response = stranger.get("/api/documents", headers={"X-API-Key": "writer"})
    assert (response.status_code, response.json()["error"]["code"]) == (403, "access_denied")
    assert "lacks the scope read" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("key", "seen"),
    [
        ("analyst", ["blue/harbor.pdf", "plain.pdf", "red/orchard.pdf"]),
        ("red", ["red/orchard.pdf"]),
        ("blue", ["blue/harbor.pdf"]),
        ("nowhere", []),
    ],
)
def test_a_keys_groups_limit_answers_and_lists(stranger: TestClient, key: str, seen: list[str]) -> None:
    headers = {"X-API-Key": key}
    for path in ("/api/query", "/mcp/query_financial_documents"):
        results = stranger.post(path, json=QUESTION, headers=headers).json()["results"]
        assert sorted({result["document"]["key"] for result in results}) == seen
    documents = stranger.get("/api/documents", params={"all": True}, headers=headers).json()["documents"]
    assert [document["key"] for document in documents] == seen


def test_companies_of_other_groups_are_not_even_understood(stranger: TestClient) -> None:
    body = {"query": "What was revenue of Harbor Lines?"}
    understood = [
        stranger.post("/api/query", json=body, headers={"X-API-Key": key}).json()["interpreted_as"]["companies"]
        for key in ("blue", "red")
    ]
    assert understood == [["Harbor Lines, Inc."], []]


def test_no_filter_reaches_beyond_the_keys_groups(stranger: TestClient) -> None:
    body = {**QUESTION, "filters": {"companies": ["Harbor Lines, Inc."]}}
    assert stranger.post("/api/query", json=body, headers={"X-API-Key": "red"}).json()["results"] == []


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (DependencyUnavailable("Secrets Manager", "did not answer."), 503, "dependency_unavailable"),
        (ConfigurationError("There is no secret raglite/api-keys."), 500, "configuration_error"),
    ],
)
def test_keys_that_cannot_be_checked_let_nobody_in(world: World, error: Exception, status: int, code: str) -> None:
    credentials = Watched(world.credentials, failing("authenticate", error=error))
    app = create_app(world.services(credentials=credentials), Settings())
    response = TestClient(app).get("/api/documents", headers={"X-API-Key": "analyst"})
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert "raglite/api-keys" not in response.text


def test_outside_a_request_there_is_no_principal() -> None:
    with pytest.raises(AccessDenied, match="No API key"):
        principal()
