"""Requests of every kind, each with a number of its own: well asked, badly asked, failing, and of nobody."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from raglite.telemetry import Span

REQUESTS = 1000
NEWEST = "2026-07-28"
INTRODUCTION = {"protocolVersion": NEWEST, "clientInfo": {"name": "test", "version": "1"}, "clientCapabilities": {}}
TOOL, FIGURE = "query_financial_documents", "get_financial_figure"
ASKED = (Span.UNDERSTAND, Span.EMBED, Span.SEARCH, Span.RANK, Span.FIGURES, Span.CITE)
MIDNIGHT = datetime(2025, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Kind:
    """`spans` are what a request of this kind leaves, but for the mark; `body` is made from its number."""

    path: str
    tool: str
    outcome: str
    body: Callable[[int], dict[str, Any]]
    spans: Sequence[str] = ()
    key: str = "analyst"
    brings: str | None = None  # the name under which a message's `_meta` carries its trace


def question(number: int) -> dict[str, Any]:
    return {"query": f"What was the revenue of Orchard Mills in fiscal 2023, asks number {number}?"}


def figure(number: int) -> dict[str, Any]:
    """Each asks about a moment of its own, so that the registry is asked for each."""
    moment = MIDNIGHT + timedelta(microseconds=number)
    return {"company": "Orchard Mills", "metric": "revenue", "as_of": moment.isoformat()}


def nonsense(number: int) -> dict[str, Any]:
    return {**question(number), "top_k": 0}


KINDS = (
    Kind("/api/query", "/api/query", "answered", question, ASKED),
    Kind("/mcp", TOOL, "answered", question, ASKED, brings="traceparent"),
    Kind("/mcp", TOOL, "answered", question, ASKED),
    Kind("/mcp", FIGURE, "abstained", figure, (Span.UNDERSTAND, Span.FIGURES, Span.CITE)),
    Kind("/api/figure", "/api/figure", "abstained", figure, (Span.UNDERSTAND, Span.FIGURES, Span.CITE)),
    Kind("/api/query", "/api/query", "refused", nonsense),
    Kind("/mcp", TOOL, "refused", nonsense, brings="X-Amzn-Trace-Id"),
    Kind("/api/query", "/api/query", "refused", question, key="nobody's"),
    Kind("/api/query", "/api/query", "failed", lambda n: {"query": f"Fail, number {n}"}, ASKED[:2]),
    Kind("/mcp", TOOL, "failed", lambda n: {"query": f"Break, number {n}"}, ASKED[:2]),
)


def trace_of(number: int) -> str:
    return f"1-{number + 1:08x}-{number + 1:024x}"


def request(number: int) -> tuple[Kind, dict[str, Any], dict[str, str], str | None]:
    """Return its kind, body and headers, and the trace that it brings along, if any.

    Every third has a trace in its header; MCP's speak both revisions.
    """
    kind = KINDS[number % len(KINDS)]
    headers = {"X-API-Key": kind.key, "Accept": "application/json, text/event-stream"}
    body, own = kind.body(number), None
    if number % 3 == 0:
        own = trace_of(number)
        headers["X-Amzn-Trace-Id"] = f"Root={own};Parent=00000000000000ff;Sampled=1"
    if kind.path == "/mcp":
        meta: dict[str, Any] = {}
        if number // len(KINDS) % 2:
            headers |= {"MCP-Protocol-Version": NEWEST, "Mcp-Method": "tools/call", "Mcp-Name": kind.tool}
            meta |= {f"io.modelcontextprotocol/{name}": value for name, value in INTRODUCTION.items()}
        if kind.brings:  # rather than the header's
            own = trace_of(number + REQUESTS)
            told = {
                "traceparent": f"00-{own[2:].replace('-', '')}-00000000000000ff-01",
                "X-Amzn-Trace-Id": f"Root={own}",
            }
            meta[kind.brings] = told[kind.brings]
        params = {"name": kind.tool, "arguments": body, "_meta": meta}
        body = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
    return kind, body, headers, own
