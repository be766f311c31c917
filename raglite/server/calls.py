"""What MCP requests are: which method or tool, in whose trace, and how they ended."""

import logging
import re
from collections.abc import Mapping
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST
from mcp_types.methods import SPEC_CLIENT_METHODS
from pydantic import ValidationError

from raglite import logs
from raglite.ports import Telemetry
from raglite.server.account import ELSEWHERE, Account, account
from raglite.server.errors import INVALID, UNFORESEEN, WENT_WRONG, faults
from raglite.server.scopes import READERS, lacking, permits
from raglite.server.tools.offered import Offered
from raglite.telemetry import AuditAction

CALL = "tools/call"
log = logging.getLogger(__name__)
# What shows something of documents. Whatever else there is shows what anybody may know who has a key.
SCOPES = dict.fromkeys(("resources/list", "resources/read", "completion/complete"), READERS)
ACTIONS = {"resources/read": AuditAction.DOCUMENT_READ}
# https://www.w3.org/TR/trace-context/#traceparent-header: version, trace id, parent id, flags; only a version after 00
# may have more. X-Ray writes the same trace id with its first eight digits apart.
TRACEPARENT = re.compile(r"(?!ff|00.{54})[0-9a-f]{2}-([0-9a-f]{8})([0-9a-f]{24})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")


class Calls(ServerMiddleware[Any]):
    """Fills in a request's account, and refuses what its credential is not good for. `offers` are the tools by name."""

    def __init__(self, telemetry: Telemetry, offers: Mapping[str, Offered]) -> None:
        self._telemetry = telemetry
        self._offers = offers

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Handle a request, in the trace that it brings along. Notifications are answered before they are read."""
        if ctx.request_id is None:
            return await call_next(ctx)
        noted, params = account(), ctx.params or {}
        if header := trace_header(params.get("_meta")):
            noted.trace_id = self._telemetry.adopt(header) or noted.trace_id
        self._note(noted, ctx.method, params)
        with logs.bound(trace_id=noted.trace_id or ""), logs.hidden(*noted.words):
            self._refuse_unpermitted(noted, ctx.method)
            try:
                result = await call_next(ctx)
            except ValidationError as error:
                noted.fail(*INVALID)
                raise MCPError(INVALID_PARAMS, faults(error.errors())) from error
            except MCPError as error:
                if noted.outcome is None:
                    noted.fail(*(UNFORESEEN if error.code == INTERNAL_ERROR else INVALID))
                raise
            except Exception as error:  # the edge of MCP: the SDK would answer with the error's own words
                noted.fail(*UNFORESEEN)
                log.exception("unforeseen")
                raise MCPError(INTERNAL_ERROR, WENT_WRONG) from error
        if isinstance(result, Mapping) and result.get("isError") and noted.outcome is None:
            noted.fail(*INVALID)
        return result

    def _note(self, noted: Account, method: str, params: Mapping[str, Any]) -> None:
        if method != CALL:
            noted.tool, noted.action = (method if method in SPEC_CLIENT_METHODS else ELSEWHERE), ACTIONS.get(method)
            if noted.action is not None:
                noted.asked({name: value for name, value in params.items() if name != "_meta"})
            return
        name = params.get("name")
        offer = self._offers.get(name) if isinstance(name, str) else None
        noted.tool = offer.name if offer else ELSEWHERE
        noted.action = offer.action if offer else AuditAction.QUERY
        noted.asked(params.get("arguments"))

    def _refuse_unpermitted(self, noted: Account, method: str) -> None:
        offer = self._offers.get(noted.tool) if method == CALL else None
        scopes = offer.scopes if offer else SCOPES.get(method, ())
        if not scopes or noted.principal is None or permits(noted.principal, scopes):
            return
        noted.lacks, noted.action = scopes[0], AuditAction.ACCESS
        noted.fail(403, "access_denied")
        raise MCPError(INVALID_REQUEST, lacking(noted.principal, scopes))


def trace_header(meta: object) -> str | None:
    """Return the trace that an MCP request's `_meta` carries, in X-Ray's form; None if it carries none."""
    if not isinstance(meta, Mapping):
        return None
    given = TRACEPARENT.fullmatch(str(meta.get("traceparent")))
    if given and int(given[1] + given[2], 16) and int(given[3], 16):
        return f"Root=1-{given[1]}-{given[2]};Parent={given[3]};Sampled={int(given[4], 16) & 1}"
    other = next((value for name, value in meta.items() if str(name).lower() == "x-amzn-trace-id"), None)
    return other if isinstance(other, str) else None
