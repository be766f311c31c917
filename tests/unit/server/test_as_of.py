"""`as_of` at every door of the service, and what is said of the documents behind an answer."""

from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent
from starlette.testclient import TestClient

from raglite.model import Answer, FigureAnswer
from raglite.server.app import create_app
from raglite.server.readable import readable, readable_figures
from raglite.settings import Settings
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import World
from tests.unit.retrieval.stated import statements

QUERY, FIGURE = "query_financial_documents", "get_financial_figure"
ASKED: dict[str, dict[str, Any]] = {
    QUERY: {"query": "What was the revenue of Orchard Mills in fiscal 2022?"},
    FIGURE: {"company": "Orchard Mills", "metric": "revenue", "period": "FY2022"},
}
ROUTES = {"/api/query": QUERY, "/mcp/query_financial_documents": QUERY, "/api/figure": FIGURE}
REVISIONS = {"2025-11-25": "legacy", "2026-07-28": "2026-07-28"}
KEY = "red/mills.pdf"
THEN = "2026-01-01T01:00:00+00:00"


@pytest.fixture
def world() -> World:
    """Two versions of a document, the second of which came long after THEN."""
    made = World()
    for sales in (500, 600):
        version = made.ingest(KEY, report("Orchard Mills, Inc.", 2022, f"Revenue was {sales} million."))
        made.documents.save_figures(KEY, version.version_id, statements(sales=(sales, 400, 250)))
        made.clock.advance(7200)
    return made


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def call(world: World, revision: str, tool: str, **changes: object) -> CallToolResult:
    app = create_app(world.services(), Settings())  # one runs but once
    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), headers={"Authorization": "Bearer analyst"})
    transport = streamable_http_client("http://alb.example/mcp", http_client=http)
    async with http, app.router.lifespan_context(app), Client(transport, mode=REVISIONS[revision]) as client:
        described = {one.name: one for one in (await client.list_tools()).tools}[tool]
        assert "as_of" in str(described.description)
        argument = described.input_schema["properties"]["as_of"]
        assert "2026-03-31T17:30:00+02:00" in argument["description"]
        assert argument["default"] is None
        return await client.call_tool(tool, {**ASKED[tool], **changes})


def said(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def versions(body: dict[str, Any]) -> set[str]:
    operands = [operand for figure in body["figures"] for operand in figure["operands"]]
    return {one["version_id"] for one in (*operands, *(result["document"] for result in body.get("results", ())))}


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_answers_from_what_was_answered_from_then(client: TestClient, route: str) -> None:
    asked = ASKED[ROUTES[route]]
    now, then = (client.post(route, json={**asked, **more}).json() for more in ({}, {"as_of": THEN}))
    assert (versions(now), versions(then)) == ({"v2"}, {"v1"})
    assert (now["as_of"], then["as_of"]) == (None, "2026-01-01T01:00:00Z")
    assert (now["index_commit"], then["index_commit"]) == (2, 1)


@pytest.mark.anyio
@pytest.mark.parametrize("tool", ASKED)
@pytest.mark.parametrize("revision", REVISIONS)
async def test_both_tools_answer_from_what_was_answered_from_then(world: World, revision: str, tool: str) -> None:
    result = await call(world, revision, tool, as_of=THEN)
    body = result.structured_content
    assert body is not None
    assert versions(body) == {"v1"}
    assert said(result).startswith(
        "As of 2026-01-01T01:00:00Z: what was answered from then, index commit 1.\n\nOrchard Mills, Inc., FY2022: "
        "revenue = 500,000,000 USD"
    )
    assert "(as of 2026-01-01T01:00:00Z, superseded since)" in said(result)
    assert not said(await call(world, revision, tool)).startswith("As of")


@pytest.mark.anyio
@pytest.mark.parametrize("as_of", ["yesterday", "", "2999-01-01", "2026-02-31"])
async def test_what_is_no_moment_up_to_now_is_refused_in_the_same_sentence_at_every_door(
    world: World, client: TestClient, as_of: str, anyio_backend: str
) -> None:
    responses = [client.post(route, json={**ASKED[tool], "as_of": as_of}) for route, tool in ROUTES.items()]
    results = [await call(world, revision, tool, as_of=as_of) for revision in REVISIONS for tool in ASKED]
    assert {response.status_code for response in responses} == {422}
    assert {result.is_error for result in results} == {True}
    sentences = {response.json()["error"]["message"] for response in responses} | {said(result) for result in results}
    (sentence,) = sentences
    assert "Write a date such as 2026-03-31, which means its end in UTC, or a date and time" in sentence


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("as_of", [20260331, ["2026-03-31"], True])
def test_what_is_no_text_is_refused(client: TestClient, route: str, as_of: object) -> None:
    response = client.post(route, json={**ASKED[ROUTES[route]], "as_of": as_of})
    assert response.status_code == 422
    assert "as_of: Input should be a valid string" in response.json()["error"]["message"]


def test_before_the_first_document_the_text_says_since_when_there_is_one(client: TestClient) -> None:
    asked = {**ASKED[QUERY], "as_of": "2025-12-31"}
    answer = Answer.model_validate(client.post("/api/query", json=asked).json())
    assert (answer.results, answer.abstained, answer.index_commit) == ((), True, 0)
    assert readable(answer) == (
        "As of 2025-12-31: what was answered from then, index commit 0.\n\nNo document was searchable at 2025-12-31. "
        "The first document became searchable at 2026-01-01T00:00:01Z."
    )


def test_the_text_tells_once_of_a_newer_version_that_could_not_be_indexed(client: TestClient, world: World) -> None:
    world.ingest(KEY, BROKEN)
    answer = Answer.model_validate(client.post("/api/query", json=ASKED[QUERY]).json())
    figures = FigureAnswer.model_validate(client.post("/api/figure", json=ASKED[FIGURE]).json())
    assert len(answer.results) > 1
    for text in (readable(answer), readable_figures(figures)):
        assert text.startswith(
            "Orchard Mills, Inc., 10-K FY2022, red/mills.pdf: a newer version of 2026-01-01T04:00:03"
        )
        assert text.count("could not be indexed (unreadable)") == 1


def test_the_text_names_what_is_erased_since(client: TestClient, world: World) -> None:
    world.documents.erase(KEY, "v1")
    world.documents.erase(KEY, "v2")
    world.ingest(KEY, report("Orchard Mills, Inc.", 2022, "Revenue was 700 million."))
    answer = Answer.model_validate(client.post("/api/query", json={**ASKED[QUERY], "as_of": THEN}).json())
    assert [(one.key, one.version_id) for one in answer.erased] == [(KEY, "v1")]
    lines = readable(answer).split("\n\n")
    assert lines[1].startswith("This is not all that was answered from then.")
    assert lines[1].endswith("red/mills.pdf, version v1.")
