"""The MCP tools that look up, bring in and rate, through the real client, on both protocol revisions."""

import base64
from typing import Any

import pytest
from fastapi import FastAPI
from mcp_types import ToolAnnotations

from raglite.ingestion.synchronize import synchronize
from raglite.model import DocumentPage, IngestionStatus, Job, Outline, PageView
from raglite.observability.feedback import Receipt
from raglite.telemetry import AuditAction
from tests.fakes.parser import report
from tests.fakes.services import POLICY, World
from tests.unit.server.asking import connected, said

TRACE = "1-67891233-abcdef012345678912345678"
EVERY = {
    "query_financial_documents",
    "get_financial_figure",
    "list_documents",
    "get_document_outline",
    "get_page",
    "ingest_document",
    "get_ingestion_status",
    "submit_feedback",
}
READING = EVERY - {"ingest_document"}
SHAPES: dict[str, tuple[dict[str, Any], type[Any]]] = {
    "list_documents": ({}, DocumentPage),
    "get_document_outline": ({"document": "red/orchard.pdf"}, Outline),
    "get_page": ({"document": "red/orchard.pdf", "page": 2}, PageView),
    "ingest_document": ({"key": "red/new.txt", "content_base64": "YQ=="}, Job),
    "get_ingestion_status": ({"key": "red/orchard.pdf"}, IngestionStatus),
    "submit_feedback": ({"trace_id": TRACE, "rating": 9}, Receipt),
}

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("key", "offered"),
    [
        ("editor", EVERY),
        ("analyst", READING),
        ("canary", READING),
        ("writer", {"ingest_document", "get_ingestion_status"}),
    ],
)
async def test_tools_are_offered_to_whom_they_are_for(app: FastAPI, revision: str, key: str, offered: set[str]) -> None:
    async with connected(app, revision, key) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == offered


async def test_every_tool_says_what_it_takes_gives_and_does(app: FastAPI, revision: str) -> None:
    async with connected(app, revision, "editor") as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    for name, tool in tools.items():
        assert all(argument.get("description") for argument in tool.input_schema["properties"].values()), name
        assert tool.output_schema, name
        assert isinstance(tool.annotations, ToolAnnotations)
        assert (tool.annotations.destructive_hint, tool.annotations.open_world_hint) == (False, False)
        assert tool.annotations.read_only_hint is (name not in {"ingest_document", "submit_feedback"}), name
        assert len(str(tool.description)) < 1000, name


@pytest.mark.parametrize("name", SHAPES)
async def test_answers_have_the_shape_that_is_promised(app: FastAPI, revision: str, name: str) -> None:
    arguments, shape = SHAPES[name]
    async with connected(app, revision, "editor") as client:
        result = await client.call_tool(name, arguments)
    assert not result.is_error, said(result)
    assert shape.model_validate(result.structured_content)
    assert said(result)


async def test_a_list_is_gone_through_by_its_cursors(app: FastAPI, revision: str) -> None:
    seen: list[str] = []
    cursor: str | None = None
    async with connected(app, revision) as client:
        for _ in range(3):
            found = await client.call_tool("list_documents", {"limit": 1, "cursor": cursor})
            part = DocumentPage.model_validate(found.structured_content)
            seen += [one.key for one in part.documents]
            cursor = part.next_cursor
    assert (seen, cursor) == (["blue/harbor.pdf", "plain.pdf", "red/orchard.pdf"], None)


async def test_an_outline_leads_to_a_page_and_a_page_to_its_citation(app: FastAPI, revision: str) -> None:
    async with connected(app, revision, "red") as client:
        answer = await client.call_tool("query_financial_documents", {"query": "What was revenue?"})
        cited = answer.structured_content["results"][0]  # type: ignore[index]  an answer has results
        page = await client.call_tool(
            "get_page",
            {
                "document": cited["document"]["id"],
                "page": cited["page"],
                "version_id": cited["document"]["version_id"],
            },
        )
    shown = PageView.model_validate(page.structured_content)
    assert shown.uri == cited["citation"]["uri"]
    assert cited["excerpt"] in shown.text
    assert said(page).startswith("Orchard Mills, Inc., 10-K FY2023, p. 2 of 3\nraglite://documents/")


async def test_a_document_is_brought_in_followed_and_asked_about(app: FastAPI, world: World, revision: str) -> None:
    body = report("Nether Wells, Inc.", 2024, "Revenue was 31 million.")
    arguments = {
        "key": "red/wells.pdf",
        "content_base64": base64.b64encode(body).decode(),
        "idempotency_key": "once",
    }
    async with connected(app, revision, "editor") as client:
        job = Job.model_validate((await client.call_tool("ingest_document", arguments)).structured_content)
        again = Job.model_validate((await client.call_tool("ingest_document", arguments)).structured_content)
        synchronize("red/wells.pdf", world.services(), POLICY)
        world.clock.advance(10)
        status = await client.call_tool("get_ingestion_status", {"key": job.key, "version_id": job.version_id})
        answer = await client.call_tool("query_financial_documents", {"query": "What was revenue of Nether Wells?"})
    assert (again.version_id, again.repeated) == (job.version_id, True)
    assert "is searchable. It is answered from" in said(status)
    assert "Revenue was 31 million." in said(answer)


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("get_page", {"document": "red/orchard.pdf", "page": 9}, "no page 9: take one from 1 to 3"),
        ("get_page", {"document": "nothing", "page": 1}, "list_documents lists what there is"),
        ("get_page", {"document": "red/orchard.pdf", "page": "two"}, "Change the request: page"),
        ("get_page", {"document": "red/orchard.pdf", "page": 1, "offset": -1}, "Change the request: offset"),
        ("get_page", {"document": "red/orchard.pdf", "page": 1, "part": 2}, "there is no part; there are document"),
        ("list_documents", {"limit": 0}, "ask for 1 to 200"),
        ("list_documents", {"cursor": "mine"}, "take it from the page before"),
        ("get_document_outline", {"document": "x" * 2000}, "Change the request: document"),
        ("ingest_document", {"key": "../a"}, "Take one such as reports/"),
        ("ingest_document", {"key": "a.pdf", "content_base64": "?"}, "encode the file's bytes"),
        ("get_ingestion_status", {"key": "nothing"}, "ingest_document brings a document in"),
        ("submit_feedback", {"trace_id": "mine", "rating": 9}, "Change the request: trace_id"),
        ("submit_feedback", {"trace_id": TRACE, "rating": 11}, "Change the request: rating"),
    ],
)
async def test_what_cannot_be_done_is_an_error_a_model_can_act_on(
    app: FastAPI, revision: str, name: str, arguments: dict[str, Any], sentence: str
) -> None:
    async with connected(app, revision, "editor") as client:
        result = await client.call_tool(name, arguments)
    assert result.is_error
    assert sentence in said(result)
    assert "\n" not in said(result)


async def test_a_rating_is_an_audit_record_that_names_the_question(app: FastAPI, world: World, revision: str) -> None:
    given = {"trace_id": TRACE, "rating": 3, "comment": "The wrong year.", "replaced_manual_search": False}
    async with connected(app, revision) as client:
        await client.call_tool("submit_feedback", given)
    action, actor, fields = world.audit.records[-1]
    assert (action, actor) == (AuditAction.FEEDBACK_GIVEN, "analyst")
    assert {name: fields[name] for name in ("rated", "rating", "replaced", "outcome")} == {
        "rated": TRACE,
        "rating": 3,
        "replaced": False,
        "outcome": "answered",
    }
    assert world.audit.texts[-1] == {"comment": "The wrong year."}


async def test_what_was_looked_up_and_brought_in_stands_in_the_audit_log(
    app: FastAPI, world: World, revision: str
) -> None:
    async with connected(app, revision, "editor") as client:
        await client.call_tool("get_page", SHAPES["get_page"][0])
        shown = world.audit.records[-1]
        await client.call_tool("ingest_document", {"key": "red/f.txt", "content_base64": "QUFB" * 5000})
        brought, texts = world.audit.records[-1], world.audit.texts[-1]
        count = len(world.audit.records)
        await client.call_tool("get_ingestion_status", {"key": "red/f.txt"})
    assert shown[0] is AuditAction.DOCUMENT_READ
    assert str(shown[2]["results"]).endswith("/pages/2']")
    assert brought[0] is AuditAction.DOCUMENT_SUBMITTED
    assert (brought[2]["document"], brought[2]["version"]) == (
        "red/f.txt",
        world.documents.versions("red/f.txt")[0].version_id,
    )
    assert "(20,000 characters)" in texts["query"]
    assert len(world.audit.records) == count
