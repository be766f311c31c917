"""Exactly one audit record for whatever is asked, and none for anything else; no answer without it."""

import json
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

import anyio
import httpx2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from raglite.errors import AuditUnavailable
from raglite.model import Answer
from raglite.server.app import create_app
from raglite.server.limits import MAX_BODY
from raglite.server.readable import readable
from raglite.server.recorder import STRANGERS
from raglite.settings import Settings
from raglite.telemetry import AuditAction
from tests.fakes.services import World
from tests.fakes.watched import Watched, failing
from tests.unit.retrieval.stated import statements

ROOT = "1-67891233-abcdef012345678912345678"
QUESTION = {"query": "What was the revenue of Orchard Mills in fiscal 2023?"}
UNANSWERED = {"query": "What was the revenue of Harbor Lines in fiscal 2009?"}
FIGURE = {"company": "Nobody", "metric": "revenue"}
ASK, TOOL, NUMBER = "/api/query", "query_financial_documents", "get_financial_figure"
MCP = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}

Told = tuple[str, str, str | None]  # tool, outcome, error


def call(name: object, arguments: object, method: str = "tools/call") -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"name": name, "arguments": arguments}}


def records(world: World, since: int) -> Sequence[tuple[Any, ...]]:
    told = world.audit.records[since:]
    return [(action, actor, fields["tool"], fields["outcome"], fields.get("error")) for action, actor, fields in told]


ASKED: list[tuple[str, object, str, Told]] = [
    (ASK, QUESTION, "query", (ASK, "answered", None)),
    (ASK, UNANSWERED, "query", (ASK, "abstained", None)),
    (ASK, {"query": ""}, "query", (ASK, "refused", "invalid_request")),
    (ASK, {"query": "\ud800"}, "query", (ASK, "refused", "invalid_request")),
    (ASK, {"question": "revenue"}, "query", (ASK, "refused", "invalid_request")),
    (ASK, [], "query", (ASK, "refused", "invalid_request")),
    (ASK, "x" * MAX_BODY, "query", (ASK, "refused", "content_too_large")),
    (f"/mcp/{TOOL}", QUESTION, "query", (f"/mcp/{TOOL}", "answered", None)),
    ("/api/figure", FIGURE, "figure", ("/api/figure", "abstained", None)),
    ("/api/figure", {**FIGURE, "as_of": "tomorrow"}, "figure", ("/api/figure", "refused", "invalid_request")),
    ("/mcp", call(TOOL, QUESTION), "query", (TOOL, "answered", None)),
    ("/mcp", call(TOOL, {**QUESTION, "top_k": 0}), "query", (TOOL, "refused", "invalid_request")),
    ("/mcp", call(TOOL, {**QUESTION, "top_k": "many"}), "query", (TOOL, "refused", "invalid_request")),
    ("/mcp", call(TOOL, {**QUESTION, "filter": {}}), "query", (TOOL, "refused", "invalid_request")),
    ("/mcp", call(TOOL, "revenue"), "query", (TOOL, "refused", "invalid_request")),
    ("/mcp", call(NUMBER, FIGURE), "figure", (NUMBER, "abstained", None)),
    ("/mcp", call(NUMBER, {}), "figure", (NUMBER, "refused", "invalid_request")),
    ("/mcp", call("my secret", {}), "query", ("elsewhere", "refused", "invalid_request")),
    ("/mcp", call(7, {}), "query", ("elsewhere", "refused", "invalid_request")),
    ("/mcp", "no message", "query", ("/mcp", "refused", "http_400")),
]


@pytest.mark.parametrize("asked", ASKED)
def test_whatever_is_asked_leaves_one_record(
    client: TestClient, world: World, asked: tuple[str, object, str, Told]
) -> None:
    path, body, action, told = asked
    before = len(world.audit.records)
    client.post(path, content=json.dumps(body), headers={**MCP, "Content-Type": "application/json"})
    assert records(world, before) == [(action, "analyst", *told)]
    trace = world.telemetry.segments[-1]
    assert trace.annotations == {"tool": told[0], "outcome": told[1]}


def test_a_record_says_who_asked_what_from_where_and_was_shown_what(client: TestClient, world: World) -> None:
    headers = {"X-API-Key": "red", "X-Amzn-Trace-Id": f"Root={ROOT}", "X-Forwarded-For": "8.8.8.8, 203.0.113.9"}
    client.headers.pop("Authorization")
    got = client.post(ASK, json={**QUESTION, "as_of": "2026-01-01T00:00:03Z"}, headers=headers)
    answer = Answer.model_validate(got.json())
    shown = [result.citation.uri for result in answer.results]
    assert shown
    assert all("/versions/v1/pages/" in uri for uri in shown)
    assert world.audit.records[-1] == (
        AuditAction.QUERY,
        "red",
        {
            "tool": ASK,
            "outcome": "answered",
            "trace_id": ROOT,
            "address": "203.0.113.9",
            "results": shown,
            "index_commit": answer.index_commit,
            "as_of": "2026-01-01T00:00:03+00:00",
        },
    )
    assert world.audit.texts[-1] == {"query": QUESTION["query"], "answer": readable(answer)}


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        (["203.0.113.9"], "203.0.113.9"),
        (["1.2.3.4, 203.0.113.9"], "203.0.113.9"),
        (["1.2.3.4", "2001:DB8::1"], "2001:db8::1"),
        (["1.2.3.4, [2001:DB8::1]"], "2001:db8::1"),
        (["203.0.113.9, <script>"], "unknown"),
        ([""], "unknown"),
        ([], "unknown"),
    ],
)
def test_the_address_is_the_one_that_the_load_balancer_saw(
    client: TestClient, world: World, forwarded: list[str], address: str
) -> None:
    """The test client's own address is the word `testclient`."""
    headers = [("X-Forwarded-For", value) for value in forwarded]
    client.post(ASK, json=QUESTION, headers=headers)
    assert world.audit.records[-1][2]["address"] == address


def test_without_a_load_balancer_the_address_is_the_other_end_s(app: FastAPI, world: World) -> None:
    TestClient(app, client=("203.0.113.7", 5000)).post(ASK, json=QUESTION, headers={"X-API-Key": "analyst"})
    assert world.audit.records[-1][2]["address"] == "203.0.113.7"


def test_the_cells_behind_a_figure_are_recorded_as_the_passages_are(client: TestClient, world: World) -> None:
    (version,) = world.registry.history("red/orchard.pdf")
    world.documents.save_figures(version.key, version.version_id, statements())
    answer = client.post(ASK, json={"query": "What was the gross margin of Orchard Mills in fiscal 2022?"}).json()
    cells = [cell["uri"] for figure in answer["figures"] for cell in figure["operands"]]
    passages = [one["citation"]["uri"] for one in answer["results"]]
    assert len(cells) == 2
    assert world.audit.records[-1][2]["results"] == [*passages, *cells]


@pytest.mark.parametrize(
    ("path", "body", "kept"),
    [
        (ASK, {"query": ["a", "list"]}, '{"query": ["a", "list"]}'),
        (ASK, {"query": "revenue", "top_k": 0}, "revenue"),
        (ASK, {"query": "\ud800?"}, "??"),
        ("/api/figure", FIGURE, '{"company": "Nobody", "metric": "revenue"}'),
        ("/mcp", call(NUMBER, FIGURE), '{"company": "Nobody", "metric": "revenue"}'),
        ("/mcp", call(TOOL, None), "null"),
    ],
)
def test_what_was_asked_is_kept_apart_as_it_came(
    client: TestClient, world: World, path: str, body: object, kept: str
) -> None:
    client.post(path, content=json.dumps(body), headers={**MCP, "Content-Type": "application/json"})
    assert world.audit.texts[-1]["query"] == kept
    assert kept not in str(world.audit.records[-1])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/documents", None),
        ("GET", "/api/query", None),
        ("GET", "/openapi.json", None),
        ("POST", "/nowhere", {}),
        ("POST", "/mcp", call("", {}, "tools/list")),
    ],
)
def test_what_asks_nothing_leaves_no_record(
    client: TestClient, world: World, method: str, path: str, body: object
) -> None:
    before = len(world.audit.records)
    client.request(method, path, json=body, headers=MCP)
    assert records(world, before) == []


# --- who is not let in --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/query", "/mcp", "/api/documents"])
@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("", ("unknown", "unauthenticated")),
        ("x", ("unknown", "unauthenticated")),
        ("operator", ("operator", "access_denied")),
        ("lone canary", ("lone canary", "access_denied")),
    ],
)
def test_who_is_not_let_in_is_recorded(app: FastAPI, world: World, path: str, key: str, told: tuple[str, str]) -> None:
    before, (actor, error) = len(world.audit.records), told
    response = TestClient(app).post(path, json=QUESTION, headers={"X-API-Key": key})
    assert response.status_code in {401, 403}
    assert records(world, before) == [(AuditAction.ACCESS, actor, path, "refused", error)]
    assert world.audit.texts[-1] == {}


def test_what_strangers_write_is_not_recorded(app: FastAPI, world: World) -> None:
    TestClient(app).post("/my/secret?and=more")
    assert world.audit.records[-1][2]["tool"] == "elsewhere"
    assert "secret" not in str(world.audit.records[-1])
    assert world.telemetry.segments[-1].http == ("POST", "elsewhere", 401)


def test_nobody_without_a_key_can_fill_the_log(app: FastAPI, world: World) -> None:
    stranger = TestClient(app)
    before = len(world.audit.records)
    for _ in range(STRANGERS + 30):
        assert stranger.get("/api/documents").status_code == 401
    assert len(world.audit.records) == before + STRANGERS
    world.clock.advance(60)
    stranger.get("/api/documents")
    stranger.get("/api/documents")
    assert [record[2]["unrecorded"] for record in world.audit.records[-2:]] == [30, 0]


# --- a log that cannot be written ---------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [AuditUnavailable("its oldest record waits."), OSError("No space left on device")])
@pytest.mark.parametrize("path", [ASK, "/api/figure", "/mcp"])
def test_nothing_is_answered_without_a_record(world: World, path: str, error: Exception) -> None:
    app = create_app(world.services(audit=Watched(world.audit, failing("append", error=error))), Settings())
    body = {ASK: QUESTION, "/api/figure": FIGURE, "/mcp": call(TOOL, QUESTION)}[path]
    world.telemetry.metrics.clear()
    with TestClient(app, headers={"X-API-Key": "analyst", **MCP}) as client:
        refused, answered = (client.post(path, json=body) for _ in range(2))
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "audit_unavailable")
    assert "nothing is answered without a record" in refused.json()["error"]["message"]
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["X-Raglite-Trace-Id"]
    assert answered.status_code == 200
    names = [name for name, _ in world.telemetry.metrics]
    assert (names.count("Queries"), names.count("QueryLatency")) == (2, 1)
    assert [value for name, value in world.telemetry.metrics if name == "Errors"] == [1, 0]
    assert world.telemetry.segments[-2].annotations["outcome"] == "failed"


def test_a_question_we_fail_is_recorded_as_failed(world: World) -> None:
    for error, code in ((None, "dependency_unavailable"), (ZeroDivisionError("inside"), "internal_error")):
        index = Watched(world.index, failing("search", times=2, error=error))
        with TestClient(
            create_app(world.services(index=index), Settings()), headers={"X-API-Key": "analyst"}
        ) as client:
            before = len(world.audit.records)
            client.post(ASK, json=QUESTION)
            client.post("/mcp", json=call(TOOL, QUESTION), headers=MCP)
        assert records(world, before) == [("query", "analyst", tool, "failed", code) for tool in (ASK, TOOL)]
        assert world.audit.texts[-1] == {"query": QUESTION["query"]}


@pytest.mark.anyio
async def test_a_question_that_is_broken_off_in_its_midst_is_recorded_once(
    app: FastAPI, world: World, anyio_backend: str
) -> None:
    headers = {"X-API-Key": "analyst"}

    async def part_of_a_question() -> AsyncIterator[bytes]:
        yield b'{"query": '
        group.cancel_scope.cancel()
        await anyio.sleep_forever()

    before = len(world.audit.records)
    async with (
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://alb", headers=headers) as client,
        anyio.create_task_group() as group,
    ):
        group.start_soon(partial(client.post, ASK, content=part_of_a_question()))
    assert records(world, before) == [(AuditAction.QUERY, "analyst", ASK, "failed", "abandoned")]
    assert world.telemetry.segments[-1].annotations["outcome"] == "failed"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
