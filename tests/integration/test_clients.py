"""MCP's own clients, as npm has them, through the load balancer: the Inspector, and agents by the TypeScript SDK."""

import json
import os
import subprocess
from typing import Any

import pytest

from tests.integration.estate import ROOT, Estate, eventually
from tests.nodes import node

HOME = ROOT / "build" / "clients"
INSPECTOR = HOME / "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js"
AGENT = ROOT / "tests" / "integration" / "clients" / "agent.mjs"
KEY = "0-clients/observatories.txt"  # before all others, so that it is in the first part of every list
TEXT = "Brindlemere Observatories annual report. The dome's paint in fiscal 2033 was of a heliotrope colour.\n" * 3
QUESTION = "What colour was the paint of the dome of Brindlemere Observatories?"
TOOLS = {
    *("query_financial_documents", "get_financial_figure", "list_documents", "get_document_outline", "get_page"),
    *("ingest_document", "get_ingestion_status", "submit_feedback"),
}
PROMPTS = {"compare_periods", "extract_metric", "audit_answer"}
PAGE = "raglite://documents/{document_id}/versions/{version_id}/pages/{page}"

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(not INSPECTOR.exists(), reason="MCP's clients are not here: `make clients` gets them from npm"),
]


@pytest.fixture(scope="module")
def answered(estate: Estate) -> Estate:
    """The estate, once it answers from a document of ours."""
    version = estate.put(KEY, TEXT.encode())

    def states() -> list[str]:
        return [one["state"] for one in estate.documents() if (one["key"], one["version_id"]) == (KEY, version)]

    eventually(lambda: states() == ["searchable"], 120, f"{KEY} is searchable", every=1)
    return estate


def inspected(estate: Estate, method: str, *more: str) -> Any:
    """Return what the Inspector prints."""
    header = f"Authorization: Bearer {estate.facts['api_key']}"
    command = [node(HOME), str(INSPECTOR), "--cli", estate.facts["mcp_url"], "--transport", "http", "--header", header]
    own = {**os.environ, "HOME": str(HOME)}  # it keeps a list of servers there
    done = subprocess.run(
        [*command, "--method", method, *more], env=own, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_inspector_lists_what_there_is_and_finds_nothing_to_object_to(answered: Estate) -> None:
    tools = inspected(answered, "tools/list", "--strict")[
        "tools"
    ]  # strict: a schema not every client can take is refused
    assert {tool["name"] for tool in tools} == TOOLS
    assert KEY in {one["name"] for one in inspected(answered, "resources/list")["resources"]}
    templates = inspected(answered, "resources/templates/list")["resourceTemplates"]
    assert PAGE in {one["uriTemplate"] for one in templates}
    assert {one["name"] for one in inspected(answered, "prompts/list")["prompts"]} == PROMPTS


def test_the_inspector_calls_a_tool_and_reads_what_it_cites(answered: Estate) -> None:
    asked = ("--tool-name", "query_financial_documents", "--tool-arg", f"query={QUESTION}")
    result = inspected(answered, "tools/call", *asked)["structuredContent"]["results"][0]
    read = inspected(answered, "resources/read", "--uri", result["citation"]["uri"])
    assert "heliotrope" in read["contents"][0]["text"]


@pytest.mark.parametrize(
    ("sdk", "revision"),
    [("1", "2025-11-25"), ("2", "2025-11-25"), ("2", "2026-07-28")],
    ids=["1-2025-11-25", "2-2025-11-25", "2-2026-07-28"],
)
def test_an_agent_looks_around_asks_reads_what_is_cited_and_rates_it(answered: Estate, sdk: str, revision: str) -> None:
    told = {
        "MCP_URL": answered.facts["mcp_url"],
        "MCP_KEY": answered.facts["api_key"],
        "MCP_SDK": sdk,
        "MCP_REVISION": revision,
        "MCP_QUESTION": QUESTION,
        "MCP_DOCUMENT": KEY,
    }
    command = [node(HOME), "--input-type=module"]  # from stdin, so that packages are looked for where it runs
    done = subprocess.run(
        command,
        input=AGENT.read_text(),
        cwd=HOME,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert (set(seen["tools"]), set(seen["prompts"])) == (TOOLS, PROMPTS)
    assert KEY in seen["resources"]
    assert PAGE in seen["templates"]
    assert "heliotrope" in seen["excerpt"]
    assert "heliotrope" in seen["page"]
    assert seen["receipt"]["rating"] == 9
    assert (seen["steps"], seen["state"]) == ([[3, 3]], "searchable")
    assert seen["refusal"]["isError"]
    assert "list_documents" in seen["refusal"]["content"][0]["text"]
    assert seen["server"]["name"] == "raglite"
    assert "401" in seen["stranger"] or "unauthenticated" in seen["stranger"]
