"""One trace and one log line per request, and the last resort when something unforeseen happens in it."""

import logging
import time
from contextvars import ContextVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from raglite.ports import Telemetry
from raglite.server.auth import OPEN_PATHS
from raglite.server.errors import UNKNOWN, refusal
from raglite.telemetry import Span

AMAZON_HEADER = "X-Amzn-Trace-Id"
TRACE_HEADER = "X-Raglite-Trace-Id"
log = logging.getLogger("raglite.access")
_trace: ContextVar[str | None] = ContextVar("trace", default=None)


def trace_id() -> str | None:
    """Return the trace id of the request being served."""
    return _trace.get()


class Tracing:
    """Opens a trace per request, continuing the load balancer's, and answers with its id."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self.app = app
        self.telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request inside a trace; health checks go untraced."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self.app(scope, receive, send)
            return
        response = _Response(send)
        started = time.perf_counter()
        try:
            with self.telemetry.trace(Span.QUERY, Headers(scope=scope).get(AMAZON_HEADER)) as response.trace_id:
                token = _trace.set(response.trace_id)
                try:
                    await self.app(scope, receive, response.send)
                finally:
                    _trace.reset(token)
        except Exception:  # the edge of the process: nothing of the inside goes out, all of it is logged
            log.exception("unforeseen", extra={"path": scope["path"], "trace_id": response.trace_id})
            if response.status == 0:
                await refusal(500, "internal_error", UNKNOWN)(scope, receive, response.send)
        finally:
            _log(scope, response, time.perf_counter() - started)


class _Response:
    """Watches a response go out and puts the trace id on it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.trace_id: str | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self.trace_id:
                MutableHeaders(scope=message)[TRACE_HEADER] = self.trace_id
        await self._send(message)


def _log(scope: Scope, response: _Response, seconds: float) -> None:
    fields = {"method": scope["method"], "path": scope["path"], "status": response.status}
    log.info("request", extra={**fields, "ms": round(seconds * 1000, 1), "trace_id": response.trace_id})
