"""One trace, one log line and one account per request, and the last resort when something unforeseen happens in it."""

import ipaddress
import logging
import time
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from raglite import logs
from raglite.ports import Services
from raglite.server.account import ELSEWHERE, UNKNOWN, Account, opened
from raglite.server.auth import OPEN_PATHS
from raglite.server.errors import NO_RECORD, RETRY_AFTER, UNFORESEEN, UNRECORDED, WENT_WRONG, refusal
from raglite.server.recorder import Recorder
from raglite.telemetry import AuditAction, Span

AMAZON_HEADER = "X-Amzn-Trace-Id"
TRACE_HEADER = "X-Raglite-Trace-Id"
FORWARDED_HEADER = "X-Forwarded-For"
ABANDONED = "abandoned"  # the error of a request that ended without an answer
Paths = Mapping[str, Mapping[str, AuditAction]]  # by path and method
log = logging.getLogger("raglite.access")


class Tracing:
    """Opens a trace per request, continuing the load balancer's, and answers with its id.

    `paths` are those there are, each with what a request to it is in the audit log.
    """

    def __init__(self, app: ASGIApp, services: Services, paths: Paths) -> None:
        self.app = app
        self.telemetry = services.telemetry
        self.recorder = Recorder(services)
        self.paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request inside a trace; health checks go untraced."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self.app(scope, receive, send)
            return
        header = Headers(scope=scope).get(AMAZON_HEADER)
        path = scope["path"] if scope["path"] in self.paths else ELSEWHERE
        action = self.paths.get(path, {}).get(scope["method"])
        account = Account(path, address(scope), action)
        with self.telemetry.trace(Span.QUERY, header) as account.trace_id, opened(account):
            answering = _Answering(account, self.recorder, send)
            try:
                with logs.bound(trace_id=account.trace_id):
                    await self._serve(scope, receive, answering)
            finally:
                answering.abandon()
                self.telemetry.served(scope["method"], path, account.status)
                self.telemetry.annotate(tool=account.tool, outcome=account.outcome or UNKNOWN)
                _log(scope["method"], path, account, answering.seconds)

    async def _serve(self, scope: Scope, receive: Receive, answering: "_Answering") -> None:
        try:
            await self.app(scope, receive, answering.send)
        except Exception:  # the edge of the process: nothing of the inside goes out, all of it is logged
            with logs.hidden(*answering.account.words):
                log.exception("unforeseen", extra={"trace_id": answering.account.trace_id})
            if not answering.begun:
                await refusal(*UNFORESEEN, WENT_WRONG)(scope, receive, answering.send)


class _Answering:
    """Closes a request's account as its answer begins to go out, and puts the trace id on it.

    An answer that could not be recorded is held back.
    """

    def __init__(self, account: Account, recorder: Recorder, send: Send) -> None:
        self.account = account
        self.begun = False
        self._recorder = recorder
        self._send = send
        self._held_back = False
        self._started = time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._started

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            self.account.settle(message["status"])
            self._held_back = not self._recorder.close(self.account, self.seconds)
            if self._held_back:
                await self._refuse()
            else:
                await self._forward(message)
        elif not self._held_back:
            await self._send(message)

    def abandon(self) -> None:
        """Close the account of a request that ended without an answer: its caller or its process went away."""
        if not self.begun:
            self.account.fail(503, ABANDONED)
            self._recorder.close(self.account, self.seconds)

    async def _refuse(self) -> None:
        self.account.status = UNRECORDED[0]
        response = refusal(*UNRECORDED, NO_RECORD, RETRY_AFTER)
        await self._forward(
            {"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers}
        )
        await self._send({"type": "http.response.body", "body": response.body})

    async def _forward(self, message: Message) -> None:
        MutableHeaders(scope=message)[TRACE_HEADER] = self.account.trace_id or UNKNOWN
        await self._send(message)


def address(scope: Scope) -> str:
    """Return where a request comes from: what the load balancer saw, without one the other end of the connection.

    The load balancer puts it last, in brackets if it is IPv6 and not alone; what stands before is whatever the caller
    wrote.
    """
    forwarded = ",".join(Headers(scope=scope).getlist(FORWARDED_HEADER)).rpartition(",")[2].strip(" []")
    for given in (forwarded, (scope.get("client") or ("",))[0]):
        try:
            return str(ipaddress.ip_address(given))
        except ValueError:
            continue
    return UNKNOWN


def _log(method: str, path: str, account: Account, seconds: float) -> None:
    fields = {"method": method, "path": path, "status": account.status, "trace_id": account.trace_id}
    log.info("request", extra={**fields, "ms": round(seconds * 1000, 1)})
