"""The MCP tool through the real client, over the application's own HTTP, on both protocol revisions."""

from typing import Any

import anyio
import httpx2
import pytest
from fastapi import FastAPI
from mcp_types import CallToolResult
from pydantic import ValidationError

from raglite.errors import ConfigurationError, DependencyUnavailable
from raglite.model import Answer, DocumentVersion
from raglite.retrieval.query import query
from raglite.retrieval.requests import Question
from raglite.server.app import create_app
from raglite.server.readable import LONGEST_EXCERPT, NOTHING, UNANSWERED, readable
from raglite.settings import Settings
from tests.fakes.services import ANALYST, World
from tests.fakes.watched import Watched, failing
from tests.unit.server.asking import REVISIONS, connected, said

TOOL = "query_financial_documents"
QUESTION: dict[str, Any] = {"query": "What was revenue?", "top_k": 3}

pytestmark = pytest.mark.anyio


async def call(app: FastAPI, revision: str, arguments: dict[str, Any]) -> CallToolResult:
    async with connected(app, revision) as client:
        return await client.call_tool(TOOL, arguments)


async def test_each_revision_is_the_one_that_was_agreed_on(app: FastAPI, revision: str) -> None:
    async with connected(app, revision) as client:
        assert client.protocol_version == revision


async def test_the_tool_says_what_it_takes_and_gives(app: FastAPI, revision: str) -> None:
    async with connected(app, revision) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    tool = tools[TOOL]
    assert "best first" in str(tool.description)
    assert tool.annotations is not None
    assert tool.annotations.model_dump(exclude_none=True) == {
        "title": "Query financial documents",
        "read_only_hint": True,
        "destructive_hint": False,
        "idempotent_hint": True,
        "open_world_hint": False,
    }
    arguments = tool.input_schema["properties"]
    assert set(arguments) == {"query", "top_k", "filters", "as_of"}
    assert tool.input_schema["required"] == ["query"]
    assert (arguments["top_k"]["minimum"], arguments["top_k"]["maximum"], arguments["top_k"]["default"]) == (1, 50, 5)
    assert all(argument["description"] for argument in arguments.values())
    assert tool.output_schema is not None
    assert set(tool.output_schema["properties"]) == set(Answer.model_fields)


async def test_an_answer_is_structured_and_readable(app: FastAPI, world: World, revision: str) -> None:
    result = await call(app, revision, QUESTION)
    answered = Answer.model_validate(result.structured_content)
    assert not result.is_error
    assert (
        answered.without_timing()
        == query(Question(query="What was revenue?", top_k=3), world.services(), ANALYST).without_timing()
    )
    assert said(result) == readable(answered)
    first = answered.results[0]
    assert said(result).startswith(f"[1] {first.citation.label}\n{first.citation.uri}\n{first.excerpt}")


async def test_filters_limit_the_answer(app: FastAPI, revision: str) -> None:
    result = await call(app, revision, {**QUESTION, "filters": {"fiscal_years": [2022]}})
    answered = Answer.model_validate(result.structured_content)
    assert {found.document.key for found in answered.results} == {"blue/harbor.pdf"}


async def test_a_question_the_documents_do_not_answer_is_told_so_first(app: FastAPI, revision: str) -> None:
    result = await call(app, revision, {"query": "What was the revenue of Harbor Lines in fiscal 2009?"})
    assert said(result).startswith(UNANSWERED)
    assert "[1] " in said(result)


async def test_finding_nothing_says_what_to_do_next(app: FastAPI, revision: str) -> None:
    result = await call(app, revision, {**QUESTION, "filters": {"forms": ["8-K"]}})
    assert (result.is_error, said(result)) == (False, NOTHING)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"query": ""}, "question"),
        ({"query": "x" * 20_000}, "characters"),
        ({"query": "revenue", "top_k": 0}, "top_k is 0; ask for 1 to 50 results, 5 if in doubt."),
        ({"query": "revenue", "top_k": 51}, "top_k is 51"),
        ({"query": "revenue", "top_k": "many"}, "Change the request: top_k: "),
        ({"query": "revenue", "filters": {"years": [2023]}}, "Change the request: filters"),
        ({"query": "revenue", "filters": {"fiscal_years": ["next"]}}, "filters"),
        ({"query": "revenue", "filters": {"fiscal_years": [2**63]}}, "filters.fiscal_years.0: "),
        (
            {"query": "revenue", "filter": {"forms": ["10-K"]}},
            "there is no filter; there are query, top_k, filters, as_of.",
        ),
        ({}, "query: Field required"),
    ],
)
async def test_what_cannot_be_asked_is_an_error_a_model_can_act_on(
    app: FastAPI, revision: str, arguments: dict[str, Any], sentence: str
) -> None:
    result = await call(app, revision, arguments)
    assert result.is_error
    assert sentence in said(result)
    assert "\n" not in said(result)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (DependencyUnavailable("Qdrant", "answered 503; try again."), "Qdrant: answered 503; try again."),
        (ConfigurationError("The key in /etc/secret is wrong."), "The service is not set up rightly."),
        (ZeroDivisionError("inside"), f"Error executing tool {TOOL}"),
    ],
)
async def test_faults_of_ours_are_errors_that_show_nothing_of_the_inside(
    world: World, revision: str, error: Exception, sentence: str
) -> None:
    index = Watched(world.index, failing("search", error=error))
    result = await call(create_app(world.services(index=index), Settings()), revision, QUESTION)
    assert result.is_error
    assert said(result).startswith(sentence)
    assert "/etc/secret" not in said(result)
    assert "inside" not in said(result)


async def test_a_record_of_ours_that_is_malformed_is_not_blamed_on_the_caller(world: World, revision: str) -> None:
    with pytest.raises(ValidationError) as malformed:
        DocumentVersion.model_validate({"key": "a.pdf"})
    registry = Watched(world.registry, failing("documents", error=malformed.value))
    result = await call(create_app(world.services(registry=registry), Settings()), revision, QUESTION)
    assert (result.is_error, said(result)) == (True, f"Error executing tool {TOOL}")


async def test_the_keys_groups_limit_what_the_tool_finds(app: FastAPI, revision: str) -> None:
    async with connected(app, revision, key="red") as client:
        result = await client.call_tool(TOOL, {**QUESTION, "top_k": 50})
    answered = Answer.model_validate(result.structured_content)
    assert {found.document.key for found in answered.results} == {"red/orchard.pdf"}


async def test_sixty_questions_at_once_keep_their_principals_and_traces_apart(
    app: FastAPI, world: World, revision: str
) -> None:
    expected = {"analyst": 3, "red": 1, "blue": 1, "nowhere": 0}
    seen: list[tuple[str, int, str | None]] = []

    async def ask(client: httpx2.AsyncClient, name: str, number: int) -> None:
        headers = {
            "Authorization": f"Bearer {name}",
            "X-Amzn-Trace-Id": f"Root=1-00000000-{number:024d}",
            "MCP-Protocol-Version": revision,
            "Mcp-Method": "tools/call",
            "Mcp-Name": TOOL,
            "Accept": "application/json, text/event-stream",
        }
        response = await client.post("/mcp", json=_call(number, revision), headers=headers)
        answered = Answer.model_validate(response.json()["result"]["structuredContent"])
        assert answered.trace_id == f"1-00000000-{number:024d}" == response.headers["X-Raglite-Trace-Id"]
        seen.append((name, len({found.document.key for found in answered.results}), answered.trace_id))

    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://alb.example") as client,
        anyio.create_task_group() as group,
    ):
        for number in range(60):
            group.start_soon(ask, client, list(expected)[number % 4], number)
    assert len({trace for _, _, trace in seen}) == 60
    assert {(name, documents) for name, documents, _ in seen} == set(expected.items())


def _call(number: int, revision: str) -> dict[str, Any]:
    meta = {
        "io.modelcontextprotocol/protocolVersion": revision,
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params: dict[str, Any] = {"name": TOOL, "arguments": {**QUESTION, "top_k": 50}}
    if REVISIONS[revision] != "legacy":
        params["_meta"] = meta
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}


async def test_hosts_are_checked_only_if_some_are_named(world: World) -> None:
    headers = {"X-API-Key": "analyst", "Accept": "application/json, text/event-stream"}
    headers["MCP-Protocol-Version"] = "2025-11-25"
    found = []
    for hosts in ((), ("alb.example",), ("other.example",)):
        app = create_app(world.services(), Settings(allowed_hosts=hosts))
        transport = httpx2.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport, base_url="http://alb.example") as client,
        ):
            response = await client.post("/mcp", json=_call(1, "2025-11-25"), headers=headers)
            found.append(response.status_code)
    assert found == [200, 200, 421]


async def test_a_long_excerpt_is_cut_at_a_word(world: World) -> None:
    answer = query(Question(query="What was revenue?", top_k=1), world.services(), ANALYST)
    long = answer.results[0].model_copy(update={"excerpt": "word " * 500})
    shown = readable(answer.model_copy(update={"results": (long,)})).splitlines()[2]
    assert shown.endswith("word …")
    assert len(shown) <= LONGEST_EXCERPT + 2
