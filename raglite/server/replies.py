"""How MCP's answers travel: as JSON, or as a stream of events to a caller that wants to hear of progress meanwhile."""

import json
from http import HTTPStatus
from typing import Any

from sse_starlette.sse import AppStatus
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from raglite.server.tools.bringing import STATUS

EVENTS = "text/event-stream"
TOKEN = "progressToken"  # noqa: S105  MCP's name for what its caller wants to be told by


class Replies:
    """Serves a request by the app whose answers its caller asks for, both of which speak MCP without sessions."""

    def __init__(self, plain: ASGIApp, streaming: ASGIApp) -> None:
        self.plain = plain
        self.streaming = streaming
        # Else the SDK's streams are cut as soon as the process is told to stop, not when its time to drain is over.
        AppStatus.enable_automatic_graceful_drain = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve it. To choose, the body is read, which the SDK's app reads whole as well.

        A GET asks for messages that no request is waiting for. There are none, so it is refused, as MCP lets us: the
        SDK would hold it open for ever.
        """
        if scope["method"] == "GET":
            await Response(status_code=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "POST"})(scope, receive, send)
        elif scope["method"] != "POST" or EVENTS not in Headers(scope=scope).get("accept", ""):
            await self.plain(scope, receive, send)
        else:
            message = await _whole(receive)
            is_streamed = wants_progress(message.get("body", b""))
            answer, sending = (self.streaming, _held(send)) if is_streamed else (self.plain, send)
            await answer(scope, _first(message, receive), sending)


def wants_progress(body: bytes) -> bool:
    """Whether a request is one that progress is told of, by a caller that wants to hear of it."""
    if TOKEN.encode() not in body or STATUS.encode() not in body:  # most are not, and need not be read twice
        return False
    try:
        asked: Any = json.loads(body)
        params = asked["params"]
        return params["name"] == STATUS and params["_meta"][TOKEN] is not None
    except (ValueError, TypeError, LookupError, RecursionError):  # it is none of ours: the SDK says what is wrong
        return False


async def _whole(receive: Receive) -> Message:
    """Return all of a body as one message, or what came in place of its end."""
    body = bytearray()
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return {"type": "http.request", "body": bytes(body)}
    return message


def _first(message: Message, receive: Receive) -> Receive:
    """Return what gives a message first, and then those that come."""
    left = [message]

    async def given() -> Message:
        return left.pop() if left else await receive()

    return given


def _held(send: Send) -> Send:
    """Hold an answer's head back until there is something in it.

    The SDK sends it before it has read what is asked, and it would be recorded and counted as what it is not yet known
    to be; a refusal could have no status of its own. A comment, which only keeps a stream alive, is dropped before it.
    """
    head: list[Message] = []

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            head.append(message)
        elif not head:
            await send(message)
        elif not message.get("more_body", False) or message["body"].lstrip()[:1] not in {b"", b":"}:
            await send(head.pop())
            await send(message)

    return sending
