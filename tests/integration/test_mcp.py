"""Everything an agent does over MCP, through the load balancer and two tasks: list, look up, bring in, follow, rate."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from mcp import Client
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

from tests.integration.conftest import Uploaded
from tests.integration.corpus import Corpus
from tests.integration.estate import Estate, eventually
from tests.integration.journal import Journal

TEXT = "Wexholm Tramways annual report. The depot's gas bill in fiscal 2031 was settled in {colour} tokens.\n" * 3
MEGABYTE = 1024**2

pytestmark = pytest.mark.timeout(900)


@asynccontextmanager
async def connected(estate: Estate) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {estate.facts['api_key']}"}
    async with (
        create_mcp_http_client(headers=headers) as http,
        Client(streamable_http_client(estate.facts["mcp_url"], http_client=http)) as client,
    ):
        yield client


def over_mcp(estate: Estate, do: Callable[[Client], Awaitable[Any]]) -> Any:
    async def doing() -> Any:
        async with connected(estate) as client:
            return await do(client)

    return asyncio.run(doing())


def call(estate: Estate, tool: str, **arguments: Any) -> dict[str, Any]:
    result = over_mcp(estate, lambda client: client.call_tool(tool, arguments))
    assert not result.is_error, result.content
    return dict(result.structured_content)


def test_every_document_is_listed_once_however_small_the_parts(
    estate: Estate, uploaded: Uploaded, documents: Corpus
) -> None:
    async def listed(client: Client) -> list[str]:
        seen: list[str] = []
        cursor = None
        while True:
            part = await client.call_tool("list_documents", {"limit": 2, "cursor": cursor})
            found = part.structured_content or {}
            seen += [one["key"] for one in found["documents"]]
            cursor = found["next_cursor"]
            if cursor is None:
                return seen

    seen = over_mcp(estate, listed)
    assert len(seen) == len(set(seen))
    assert set(documents.names) <= set(seen)


def test_a_cited_passage_is_found_again_on_its_page_and_at_its_address(
    estate: Estate, uploaded: Uploaded, documents: Corpus
) -> None:
    question = documents.questions[0]["question"]
    cited = call(estate, "query_financial_documents", query=question)["results"][0]
    document, page = cited["document"], cited["page"]
    shown = call(estate, "get_page", document=document["id"], page=page, version_id=document["version_id"])
    read = over_mcp(estate, lambda client: client.read_resource(cited["citation"]["uri"])).contents[0].text
    outline = call(estate, "get_document_outline", document=document["key"])
    first = cited["excerpt"].splitlines()[0].strip("… ")[:60]
    assert first in shown["text"]
    assert first in read
    assert cited["citation"]["label"].startswith(shown["citation"])
    assert outline["document"]["pages_total"] >= page
    assert outline["headings"] or outline["statements"]


def test_a_document_is_brought_in_once_though_both_tasks_are_asked_and_then_answered_from(
    estate: Estate, journal: Journal
) -> None:
    body = base64.b64encode(TEXT.format(colour="vermilion").encode()).decode()
    request = {"key": "e2e/tramways.txt", "content_base64": body, "idempotency_key": "e2e-tramways"}
    began = time.monotonic()
    jobs = [call(estate, "ingest_document", **request) for _ in range(4)]
    took = (time.monotonic() - began) / len(jobs)
    assert {job["version_id"] for job in jobs} == {jobs[0]["version_id"]}
    assert [job["repeated"] for job in jobs] == [False, True, True, True]

    def status() -> dict[str, Any]:
        return call(estate, "get_ingestion_status", key=request["key"], version_id=jobs[0]["version_id"])

    eventually(lambda: bool(status()["done"]), 120, "the document came to rest", every=1)
    assert status()["searchable"], status()
    eventually(lambda: "vermilion" in _found(estate), 20, "it is answered from", every=1)
    measures = journal.sections.setdefault("measures", {})
    measures["ingest_document over MCP, mean of four, s"] = round(took, 2)
    assert took < 1, "a job is returned in under a second"


def _found(estate: Estate) -> str:
    results = call(estate, "query_financial_documents", query="gas bill of the depot of Wexholm Tramways")["results"]
    return " ".join(result["excerpt"] for result in results)


def test_a_larger_file_is_put_where_the_job_says_and_becomes_searchable_by_itself(estate: Estate) -> None:
    body = (TEXT.format(colour="turquoise") + "The rest of the report says nothing at all.\n" * 40_000).encode()
    assert len(body) > MEGABYTE
    job = call(estate, "ingest_document", key="e2e/tramways-long.txt")
    upload = job["upload"]
    put = httpx.request(upload["method"], upload["url"], content=body, timeout=60)
    assert put.status_code == 200, put.text

    def states() -> list[str]:
        return [one["state"] for one in estate.documents() if one["key"] == job["key"]]

    eventually(lambda: states() == ["searchable"], 180, f"the file was indexed: {states()}", every=1)
    page = call(estate, "get_page", document=job["document_id"], page=1)
    assert (page["next_offset"], page["characters"] > MEGABYTE) == (20_000, True)


def test_who_waits_for_a_document_hears_of_each_step_as_it_is_taken(estate: Estate) -> None:
    key = "e2e/tramways-followed.txt"
    body = base64.b64encode((TEXT.format(colour="magenta") * 400).encode()).decode()
    told: list[tuple[float, float]] = []
    answered = []

    async def hear(progress: float, _total: float | None, _text: str | None) -> None:
        told.append((time.monotonic(), progress))

    async def follow(client: Client) -> None:
        await client.call_tool("ingest_document", {"key": key, "content_base64": body})
        while not answered or not answered[-1][1]["done"]:
            asked = {"key": key, "wait_seconds": 20}
            result = await client.call_tool("get_ingestion_status", asked, progress_callback=hear)
            answered.append((time.monotonic(), dict(result.structured_content or {})))

    over_mcp(estate, follow)
    assert answered[-1][1]["searchable"], answered
    assert {1, 3} <= {step for _, step in told}
    first = told[0][0]
    assert answered[0][0] - first > 0.5, "the first step was told while the answer was still waited for"


def test_a_rating_is_in_the_report_with_the_question_that_it_is_about(estate: Estate) -> None:
    since = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    answer = call(estate, "query_financial_documents", query="What was the gas bill of Wexholm Tramways?")
    call(estate, "submit_feedback", trace_id=answer["trace_id"], rating=9, comment="Found at once.")
    estate.cli("feedback", "give", answer["trace_id"], "8", "--replaced")

    def rated() -> list[dict[str, Any]]:
        told = json.loads(estate.cli("feedback", "report", "--since", since, "--comments", "--json").stdout)
        return [one for one in told["ratings"] if one["trace_id"] == answer["trace_id"]]

    eventually(lambda: [one["rating"] for one in rated()] == [8], 60, "the later rating is reported", every=1)
    (one,) = rated()
    assert (one["by"], one["asked_by"], one["replaced"]) == ("local", "local", True)


def test_an_agent_that_goes_wrong_is_told_its_next_step(estate: Estate) -> None:
    wrong = (
        ("get_page", {"document": "nothing", "page": 1}, "list_documents"),
        ("get_document_outline", {"name": "a"}, "there are document"),
        ("ingest_document", {"key": "../up"}, "Take one such as"),
        ("get_ingestion_status", {"key": "never"}, "ingest_document brings a document in"),
    )
    for tool, arguments, sentence in wrong:
        result = over_mcp(estate, lambda client, t=tool, a=arguments: client.call_tool(t, a))
        assert result.is_error
        assert sentence in result.content[0].text
