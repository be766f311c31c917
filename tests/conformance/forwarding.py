"""Handing a request on to another process, and its answer back while it comes."""

from contextlib import suppress
from itertools import count

import anyio
import httpx2
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SESSION = "mcp-session-id"
NOT_HANDED_ON = frozenset({b"connection", b"keep-alive", b"transfer-encoding"})
PATIENCE = httpx2.Timeout(60, read=None)


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def forward(port: int, scope: Scope, receive: Receive, send: Send) -> None:
    """Hand a request on, its Host header as it came; who goes away ends it there, too."""
    body = await _body(receive)
    given = [(name, value) for name, value in scope["headers"] if name not in NOT_HANDED_ON]
    url = f"http://127.0.0.1:{port}{scope['raw_path'].decode()}"
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


class InTurn:
    """A load balancer: replicas take turns, request by request. It brings the key along, which the suite has not."""

    def __init__(self, ports: tuple[int, ...], key: str) -> None:
        self._ports = ports
        self._key = key
        self._numbers = count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        MutableHeaders(scope=scope)["Authorization"] = f"Bearer {self._key}"
        await forward(self._ports[next(self._numbers) % len(self._ports)], scope, receive, send)


class Sessions:
    """Lets any replica take any request of a session: its id names the replica that began it and is handed the rest."""

    def __init__(self, app: ASGIApp, own: int) -> None:
        self._app = app
        self._own = own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        owner, _, session = (
            Headers(scope=scope).get(SESSION, "").partition("-") if scope["type"] == "http" else ("",) * 3
        )
        if owner.isdecimal() and int(owner) != self._own:
            await forward(int(owner), scope, receive, send)
            return
        if session:
            MutableHeaders(scope=scope)[SESSION] = session

        async def naming(message: Message) -> None:
            if message["type"] == "http.response.start" and SESSION in (found := MutableHeaders(scope=message)):
                found[SESSION] = f"{self._own}-{found[SESSION]}"
            await send(message)

        await self._app(scope, receive, naming)
