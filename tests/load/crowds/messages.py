"""A question as an MCP client without a session sends it, and whether what comes back is an answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PATH, TOOL = "/mcp", "query_financial_documents"
REVISION = "2025-11-25"
OK = 200
TIMEOUT, NO_REPLY, BROKEN_OFF = "timeout", "no reply", "broken off"
NOT_JSON, ANOTHERS = "not a JSON-RPC message", "the answer to another message"
TOOL_ERROR, NO_ANSWER = "tool error", "neither passage nor figure nor abstention"
GENERATOR = "fault of the generator"


@dataclass(frozen=True)
class Reply:
    """`status` is 0 if there was none; `trouble` is what kept the client from reading all of it."""

    status: int
    body: bytes | None = None
    trouble: BaseException | None = None


def headers(api_key: str) -> dict[str, str]:
    """Return the headers of every message."""
    return {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": REVISION,
        "User-Agent": "raglite-load",
        **({"X-API-Key": api_key} if api_key else {}),
    }


def message(number: int, question: str) -> str:
    """Return the body; the answer must bear the same number."""
    params = {"name": TOOL, "arguments": {"query": question, "top_k": 5}}
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params})


def failure(reply: Reply, number: int) -> str | None:
    """Return the kind of failure, or None of an answer."""
    if reply.trouble is not None and reply.status in {0, OK}:
        return _lost(reply)
    if reply.status != OK:
        return f"HTTP {reply.status}"
    try:
        sent = json.loads(reply.body or b"")
    except ValueError:
        return NOT_JSON
    return _refused(sent, number) if isinstance(sent, Mapping) else NOT_JSON


def _lost(reply: Reply) -> str:
    if isinstance(reply.trouble, TimeoutError):
        return TIMEOUT
    return BROKEN_OFF if reply.status == OK else f"{NO_REPLY}: {type(reply.trouble).__name__}"


def _refused(sent: Mapping[str, Any], number: int) -> str | None:
    if "error" in sent:
        error = sent["error"]
        return f"JSON-RPC error {error.get('code') if isinstance(error, Mapping) else error}"
    if sent.get("id") != number:
        return ANOTHERS
    result = sent.get("result")
    if not isinstance(result, Mapping):
        return NOT_JSON
    if result.get("isError"):
        return TOOL_ERROR
    answer = result.get("structuredContent")
    told = isinstance(answer, Mapping) and any(answer.get(name) for name in ("results", "figures", "abstained"))
    return None if told else NO_ANSWER
