"""MCP's real client against the application, as whoever has a key."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from fastapi import FastAPI
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent

REVISIONS = {"2025-11-25": "legacy", "2026-07-28": "2026-07-28"}


@asynccontextmanager
async def connected(app: FastAPI, revision: str, key: str = "analyst") -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {key}"}
    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), headers=headers)
    transport = streamable_http_client("http://alb.example/mcp", http_client=http)
    async with http, app.router.lifespan_context(app), Client(transport, mode=REVISIONS[revision]) as client:
        yield client


def said(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def message(method: str, params: dict[str, Any], revision: str = "2025-11-25") -> dict[str, Any]:
    """Return a request as it goes over the wire."""
    told = {
        "io.modelcontextprotocol/protocolVersion": revision,
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    meta = {} if REVISIONS[revision] == "legacy" else {"_meta": told}
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, **meta}}


def headers(key: str, method: str, name: str = "", revision: str = "2025-11-25") -> dict[str, str]:
    given = {
        "Authorization": f"Bearer {key}",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": revision,
        "Mcp-Method": method,
    }
    return given | ({"Mcp-Name": name} if name else {})
