"""What MCP requests are: which method or tool, in whose trace, and how they ended."""

import re
from collections.abc import Mapping
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types.methods import SPEC_CLIENT_METHODS
from pydantic import ValidationError

from raglite import logs
from raglite.ports import Telemetry
from raglite.server.account import ELSEWHERE, Account, account
from raglite.server.errors import INVALID
from raglite.telemetry import AuditAction

CALL = "tools/call"
# https://www.w3.org/TR/trace-context/#traceparent-header: version, trace id, parent id, flags; only a version after 00
# may have more. X-Ray writes the same trace id with its first eight digits apart.
TRACEPARENT = re.compile(r"(?!ff|00.{54})[0-9a-f]{2}-([0-9a-f]{8})([0-9a-f]{24})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")


class Calls(ServerMiddleware[Any]):
    """Fills in a request's account. `actions` are the tools there are, each with what it is in the audit log."""

    def __init__(self, telemetry: Telemetry, actions: Mapping[str, AuditAction]) -> None:
        self._telemetry = telemetry
        self._actions = actions

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Handle a request, in the trace that it brings along. Notifications are answered before they are read."""
        if ctx.request_id is None:
            return await call_next(ctx)
        noted, params = account(), ctx.params or {}
        if header := trace_header(params.get("_meta")):
            noted.trace_id = self._telemetry.adopt(header) or noted.trace_id
        self._note(noted, ctx.method, params)
        with logs.bound(trace_id=noted.trace_id or ""), logs.hidden(*noted.words):
            try:
                result = await call_next(ctx)
            except (MCPError, ValidationError):
                noted.fail(*INVALID)
                raise
        if isinstance(result, Mapping) and result.get("isError") and noted.outcome is None:
            noted.fail(*INVALID)
        return result

    def _note(self, noted: Account, method: str, params: Mapping[str, Any]) -> None:
        if method != CALL:
            noted.tool, noted.action = (method if method in SPEC_CLIENT_METHODS else ELSEWHERE), None
            return
        name = params.get("name")
        known = name if isinstance(name, str) and name in self._actions else ELSEWHERE
        noted.tool, noted.action = known, self._actions.get(known, AuditAction.QUERY)
        noted.asked(params.get("arguments"))


def trace_header(meta: object) -> str | None:
    """Return the trace that an MCP request's `_meta` carries, in X-Ray's form; None if it carries none."""
    if not isinstance(meta, Mapping):
        return None
    given = TRACEPARENT.fullmatch(str(meta.get("traceparent")))
    if given and int(given[1] + given[2], 16) and int(given[3], 16):
        return f"Root=1-{given[1]}-{given[2]};Parent={given[3]};Sampled={int(given[4], 16) & 1}"
    other = next((value for name, value in meta.items() if str(name).lower() == "x-amzn-trace-id"), None)
    return other if isinstance(other, str) else None
