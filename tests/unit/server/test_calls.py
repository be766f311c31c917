"""MCP requests in their traces: which tool or method, continued from the load balancer or from the message's own."""

import json
import logging
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import INTERNAL_ERROR
from starlette.testclient import TestClient

from raglite import logs
from raglite.errors import DependencyUnavailable
from raglite.server.app import create_app
from raglite.server.calls import trace_header
from raglite.settings import Settings
from raglite.telemetry import Span
from tests.fakes.services import World
from tests.fakes.telemetry import Traced
from tests.fakes.watched import Watched, failing
from tests.unit.server.asking import headers

TOOL, OTHER = "query_financial_documents", "get_financial_figure"
QUESTION = {"query": "What was the revenue of Orchard Mills in fiscal 2023?"}
FIGURE = {"company": "Nobody", "metric": "revenue"}
IN_HEADER = "Root=1-00000001-000000000000000000000001;Parent=0000000000000001;Sampled=1"
TRACE, PARENT = "67891233abcdef012345678912345678", "463ac35c9f6413ad"
ROOT = "1-67891233-abcdef012345678912345678"
MODES = {"2025-11-25": "legacy", "2026-07-28": "2026-07-28"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def posted(client: TestClient, meta: object, revision: str = "2025-11-25") -> httpx2.Response:
    told = {
        "io.modelcontextprotocol/protocolVersion": revision,
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params: dict[str, Any] = {
        "name": TOOL,
        "arguments": QUESTION,
        "_meta": {**told, **meta} if isinstance(meta, dict) else meta,
    }
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": revision,
        "Mcp-Method": "tools/call",
        "Mcp-Name": TOOL,
        "X-Amzn-Trace-Id": IN_HEADER,
    }
    return client.post(
        "/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}, headers=headers
    )


@pytest.mark.parametrize("revision", MODES)
@pytest.mark.parametrize(
    "meta", [{"traceparent": f"00-{TRACE}-{PARENT}-01"}, {"X-Amzn-Trace-Id": f"Root={ROOT};Parent={PARENT};Sampled=1"}]
)
def test_the_trace_of_the_message_is_continued_rather_than_the_load_balancer_s(
    client: TestClient, world: World, meta: dict[str, str], revision: str
) -> None:
    response = posted(client, meta, revision)
    trace = world.telemetry.segments[-1]
    assert (trace.trace_id, trace.parent) == (ROOT, PARENT)
    assert {span.trace_id for span in trace.spans} == {ROOT}
    assert response.headers["X-Raglite-Trace-Id"] == ROOT
    assert response.json()["result"]["structuredContent"]["trace_id"] == ROOT
    assert world.audit.records[-1][2]["trace_id"] == ROOT


@pytest.mark.parametrize("meta", [{}, {"traceparent": "nonsense"}, {"traceparent": 7}])
def test_a_message_without_a_trace_leaves_the_load_balancer_s(client: TestClient, world: World, meta: Any) -> None:
    response = posted(client, meta)
    assert response.headers["X-Raglite-Trace-Id"] == "1-00000001-000000000000000000000001"
    assert response.status_code == 200


@pytest.mark.anyio
@pytest.mark.parametrize("revision", MODES)
async def test_a_session_leaves_one_trace_a_message_and_one_record_a_call(
    app: FastAPI, world: World, revision: str
) -> None:
    world.telemetry.segments.clear()
    before = len(world.audit.records)
    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), headers={"Authorization": "Bearer analyst"})
    transport = streamable_http_client("http://alb.example/mcp", http_client=http)
    async with http, app.router.lifespan_context(app), Client(transport, mode=MODES[revision]) as client:
        await client.list_tools()
        await client.call_tool(TOOL, QUESTION)
        await client.call_tool(OTHER, FIGURE)
        await client.call_tool(TOOL, {"query": ""})
    calls = [(TOOL, "answered"), (OTHER, "abstained"), (TOOL, "refused")]
    told = [(trace.annotations["tool"], trace.annotations["outcome"]) for trace in world.telemetry.segments]
    assert [one for one in told if one[0] in {TOOL, OTHER}] == calls
    assert ("tools/list", "answered") in told
    assert (("initialize", "answered") in told) == (revision == "2025-11-25")
    assert [(record[2]["tool"], record[2]["outcome"]) for record in world.audit.records[before:]] == calls
    assert {trace.http for trace in world.telemetry.segments} <= {
        ("POST", "/mcp", 200),
        ("POST", "/mcp", 202),
        ("GET", "/mcp", 200),
        ("DELETE", "/mcp", 200),
    }


def test_a_question_s_spans_lie_in_its_trace(client: TestClient, world: World) -> None:
    posted(client, {})
    trace = world.telemetry.segments[-1]
    steps = [Span.UNDERSTAND, Span.EMBED, Span.SEARCH, Span.RANK, Span.FIGURES, Span.CITE]
    assert trace.spans == [Traced(step, trace.trace_id) for step in steps]


def test_a_method_that_there_is_not_is_not_told(client: TestClient, world: World) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "my/secret", "params": {}}
    client.post("/mcp", json=body, headers={"Accept": "application/json, text/event-stream"})
    assert world.telemetry.segments[-1].annotations == {"tool": "elsewhere", "outcome": "refused"}


@pytest.mark.parametrize("path", ["/mcp", "/api/query"])
def test_a_question_stands_in_no_log_line_even_if_an_error_repeats_it(world: World, path: str) -> None:
    said: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(logs.JsonFormatter().format(record))

    index = Watched(world.index, failing("search", error=ZeroDivisionError(f"at {QUESTION['query']}")))
    handler, root = Kept(), logging.getLogger()
    root.addHandler(handler)
    try:
        with TestClient(
            create_app(world.services(index=index), Settings()), headers={"X-API-Key": "analyst"}
        ) as client:
            posted(client, {}) if path == "/mcp" else client.post(path, json=QUESTION)
    finally:
        root.removeHandler(handler)
    assert any("ZeroDivisionError" in line for line in said)
    assert not any(QUESTION["query"] in line for line in said)
    failed = [json.loads(line) for line in said if "ZeroDivisionError" in line]
    assert {line["trace_id"] for line in failed} == {world.telemetry.segments[-1].trace_id}


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("resources/list", {}),
        ("resources/read", {"uri": "raglite://documents/none"}),
        (
            "completion/complete",
            {"ref": {"type": "ref/prompt", "name": "p"}, "argument": {"name": "company", "value": ""}},
        ),
    ],
)
@pytest.mark.parametrize(
    "error", [ZeroDivisionError("the inside"), DependencyUnavailable("DynamoDB", "did not answer.")]
)
def test_what_fails_on_our_side_is_no_fault_of_the_caller_s_and_shows_nothing_of_the_inside(
    world: World, method: str, params: dict[str, Any], error: Exception
) -> None:
    registry = Watched(world.registry, failing("documents", times=9, error=error))
    asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    with TestClient(create_app(world.services(registry=registry), Settings())) as client:
        response = client.post("/mcp", json=asked, headers=headers("analyst", method))
    assert response.json()["error"]["code"] == INTERNAL_ERROR
    assert "the inside" not in response.text
    assert world.telemetry.segments[-1].annotations["outcome"] == "failed"


def test_why_a_page_could_not_be_read_is_recorded(world: World) -> None:
    """What came between is not called by the name of the answer that it led to."""
    (found,) = world.registry.history("red/orchard.pdf")
    uri = f"raglite://documents/{found.document_id}/versions/{found.version_id}/pages/1"
    documents = Watched(world.documents, failing("load_page"))
    asked = {"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": uri}}
    with TestClient(create_app(world.services(documents=documents), Settings())) as client:
        client.post("/mcp", json=asked, headers=headers("analyst", "resources/read"))
    fields = world.audit.records[-1][2]
    assert (fields["outcome"], fields["error"]) == ("failed", "dependency_unavailable")


# --- traceparent --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "header"),
    [
        (f"00-{TRACE}-{PARENT}-01", f"Root={ROOT};Parent={PARENT};Sampled=1"),
        (f"00-{TRACE}-{PARENT}-00", f"Root={ROOT};Parent={PARENT};Sampled=0"),
        (f"00-{TRACE}-{PARENT}-03", f"Root={ROOT};Parent={PARENT};Sampled=1"),
        (f"01-{TRACE}-{PARENT}-01-of-tomorrow", f"Root={ROOT};Parent={PARENT};Sampled=1"),
        (f"ff-{TRACE}-{PARENT}-01", None),
        (f"00-{TRACE}-{PARENT}-01-more", None),
        (f"00-{'0' * 32}-{PARENT}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE.upper()}-{PARENT}-01", None),
        (f"00-{TRACE}-{PARENT}", None),
        (f"00-{TRACE}-{PARENT}-01\n", None),
        ("", None),
        (None, None),
    ],
)
def test_a_traceparent_is_written_as_x_ray_does(given: object, header: str | None) -> None:
    assert trace_header({"traceparent": given}) == header


@given(st.one_of(st.none(), st.text(), st.integers(), st.dictionaries(st.text(), st.text()), st.lists(st.text())))
def test_whatever_stands_in_the_meta_harms_nobody(meta: object) -> None:
    assert trace_header(meta) is None or isinstance(trace_header(meta), str)
    assert trace_header({"traceparent": meta}) is None
