"""Questions and the list of documents over plain HTTP."""

import base64
import json

import pytest
from starlette.testclient import TestClient

from raglite.ingestion.synchronize import synchronize
from raglite.model import Answer, VersionState
from raglite.retrieval.query import query
from raglite.retrieval.requests import Question
from raglite.server.limits import MAX_BODY
from tests.fakes.parser import BROKEN
from tests.fakes.services import ANALYST, POLICY, World

QUESTION = {"query": "What was revenue?", "top_k": 3}
KEYS = ["blue/harbor.pdf", "plain.pdf", "red/orchard.pdf"]
ROUTES = ["/api/query", "/mcp/query_financial_documents"]


def test_an_answer_is_what_the_use_case_gives(client: TestClient, world: World) -> None:
    answered = Answer.model_validate(client.post("/api/query", json=QUESTION).json())
    expected = query(Question(query="What was revenue?", top_k=3), world.services(), ANALYST)
    assert answered.without_timing() == expected.without_timing()
    assert len(answered.results) == 3


def test_both_routes_answer_the_same(client: TestClient) -> None:
    answers = [Answer.model_validate(client.post(route, json=QUESTION).json()) for route in ROUTES]
    assert answers[0].without_timing() == answers[1].without_timing()


def test_filters_limit_the_answer(client: TestClient) -> None:
    for filters, keys in (
        ({"companies": ["Harbor Lines"]}, {"blue/harbor.pdf"}),
        ({"fiscal_years": [2023]}, {"red/orchard.pdf"}),
        ({"forms": ["8-K"]}, set()),
        ({}, set(KEYS)),
        (None, set(KEYS)),
    ):
        body = client.post("/api/query", json={**QUESTION, "filters": filters}).json()
        assert {result["document"]["key"] for result in body["results"]} == keys


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"query": ""}, "question"),
        ({"query": " \n"}, "question"),
        ({"query": "x" * 20_000}, "characters"),
        ({"query": "revenue", "top_k": 0}, "top_k is 0; ask for 1 to 50 results, 5 if in doubt."),
        ({"query": "revenue", "top_k": 51}, "top_k is 51"),
        ({"query": "revenue", "top_k": "many"}, "Change the request: top_k: "),
        ({"query": "revenue", "filters": {"years": [2023]}}, "Change the request: filters.years: "),
        ({"query": "revenue", "filters": {"fiscal_years": ["next"]}}, "filters.fiscal_years.0: "),
        ({"query": "revenue", "filters": {"fiscal_years": [2**63]}}, "filters.fiscal_years.0: "),
        ({"query": "revenue", "filters": {"companies": ["\ud800"]}}, "filters.companies.0: "),
        ({"query": "\ud800"}, "The query is empty."),
        ({"question": "revenue"}, "query: Field required"),
        ({"query": "revenue", "What of it?": 1}, "Change the request: (no name of a field): Extra inputs"),
        ([], "Change the request: body: "),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(
    client: TestClient, route: str, body: object, sentence: str
) -> None:
    response = client.post(route, content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["error"]["code"]) == (422, "invalid_request")
    assert sentence in response.json()["error"]["message"]


def test_a_body_that_is_no_json_is_refused(client: TestClient) -> None:
    response = client.post("/api/query", content=b"{query", headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["error"]["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("route", [*ROUTES, "/mcp"])
def test_a_body_that_is_too_large_is_refused_by_its_length(client: TestClient, route: str) -> None:
    response = client.post(route, content=b"x" * (MAX_BODY + 1))
    assert (response.status_code, response.json()["error"]["code"]) == (413, "content_too_large")
    assert "1,048,576 bytes" in response.json()["error"]["message"]


@pytest.mark.parametrize("route", ROUTES)
def test_a_body_that_hides_its_length_is_refused_while_it_is_read(client: TestClient, route: str) -> None:
    parts = (b'{"query": "' if part == 0 else b"x" * 100_000 for part in range(12))
    response = client.post(route, content=parts, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["error"]["code"]) == (413, "content_too_large")


def test_unknown_paths_and_methods_are_refused_in_the_same_shape(client: TestClient) -> None:
    assert client.get("/nowhere").json() == {
        "error": {"code": "not_found", "message": "There is nothing at this path. /openapi.json lists what there is."}
    }
    response = client.get("/api/query")
    assert (response.status_code, response.json()["error"]["code"]) == (405, "method_not_allowed")
    assert response.headers["Allow"] == "POST"


def test_openapi_describes_the_key(client: TestClient) -> None:
    schemes = client.get("/openapi.json").json()["components"]["securitySchemes"]
    assert {scheme["type"] for scheme in schemes.values()} == {"http", "apiKey"}


# --- the list of documents ----------------------------------------------------------------------------------------


def listed(client: TestClient, **parameters: str | int) -> list[tuple[str, str]]:
    body = client.get("/api/documents", params=parameters).json()
    return [(document["key"], document["state"]) for document in body["documents"]]


def test_documents_are_listed_by_key(client: TestClient) -> None:
    assert listed(client) == [(key, "searchable") for key in KEYS]


def test_a_quarantined_document_says_why(client: TestClient, world: World) -> None:
    world.ingest("broken.pdf", BROKEN)
    body = client.get("/api/documents").json()["documents"]
    (broken,) = [document for document in body if document["key"] == "broken.pdf"]
    assert (broken["state"], broken["reason"]) == ("quarantined", "unreadable")
    assert "upload it again" in broken["reason_sentence"]


def test_superseded_and_deleted_versions_are_listed_only_if_asked_for(client: TestClient, world: World) -> None:
    world.documents.delete("plain.pdf")
    synchronize("plain.pdf", world.services(), POLICY)
    assert ("plain.pdf", "deleted") not in listed(client)
    assert ("plain.pdf", "deleted") in listed(client, all=True)


def test_a_long_list_comes_in_pages(client: TestClient) -> None:
    seen, cursor = [], None
    for _ in KEYS:
        parameters = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        body = client.get("/api/documents", params=parameters).json()
        seen += [document["key"] for document in body["documents"]]
        cursor = body["next"]
    assert (seen, cursor) == (KEYS, None)


def test_a_page_follows_a_version_that_is_gone_meanwhile(client: TestClient, world: World) -> None:
    cursor = client.get("/api/documents", params={"limit": 1}).json()["next"]
    world.registry.records = {k: v for k, v in world.registry.records.items() if k[0] != "blue/harbor.pdf"}
    assert [key for key, _ in listed(client, cursor=cursor)] == ["plain.pdf", "red/orchard.pdf"]


@pytest.mark.parametrize(
    "cursor",
    ["x", "é", "!!!!", *(base64.urlsafe_b64encode(body).decode() for body in (b"{}", b"7", b"[" * 10_000))],
)
def test_a_cursor_that_is_not_ours_is_refused(client: TestClient, cursor: str) -> None:
    response = client.get("/api/documents", params={"cursor": cursor})
    assert response.status_code == 422
    assert "The cursor is not one of ours" in response.json()["error"]["message"]


@pytest.mark.parametrize("limit", ["0", "501", "all"])
def test_a_page_size_out_of_range_is_refused(client: TestClient, limit: str) -> None:
    response = client.get("/api/documents", params={"limit": limit})
    assert response.status_code == 422
    assert "limit" in response.json()["error"]["message"]


def test_states_are_those_of_the_registry(client: TestClient, world: World) -> None:
    assert {state for _, state in listed(client, all=True)} <= {state.value for state in VersionState}
