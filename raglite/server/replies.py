"""How MCP's answers travel: as JSON, or as a stream of events to a caller that wants to hear of progress meanwhile."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from raglite.server.tools.bringing import STATUS

EVENTS = "text/event-stream"
# What must stand in a request for it to be answered by a stream. Who writes both elsewhere gets a stream of one event.
ASKED_FOR = (b'"progressToken"', STATUS.encode())


class Replies:
    """Serves a request by the app whose answers its caller asks for, both of which speak MCP without sessions."""

    def __init__(self, plain: ASGIApp, streaming: ASGIApp) -> None:
        self.plain = plain
        self.streaming = streaming

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve it. To choose, the body is read, which the SDK's app reads whole as well."""
        if scope["method"] != "POST" or EVENTS not in Headers(scope=scope).get("accept", ""):
            await self.plain(scope, receive, send)
            return
        messages = await _body(receive)
        body = b"".join(message.get("body", b"") for message in messages)
        if all(part in body for part in ASKED_FOR):
            await self.streaming(scope, _again(messages, receive), _held(send))
        else:
            await self.plain(scope, _again(messages, receive), send)


async def _body(receive: Receive) -> list[Message]:
    messages = [await receive()]
    while messages[-1].get("more_body", False):
        messages.append(await receive())
    return messages


def _again(messages: list[Message], receive: Receive) -> Receive:
    """Return what gives messages once more, and then those that come."""
    left = iter(messages)

    async def given() -> Message:
        message = next(left, None)
        return message if message is not None else await receive()

    return given


def _held(send: Send) -> Send:
    """Hold an answer's head back until there is something in it.

    The SDK sends it before it has read what is asked, and it would be recorded and counted as what it is not yet known
    to be; a refusal could have no status of its own.
    """
    head: list[Message] = []

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            head.append(message)
        elif not head:
            await send(message)
        elif message.get("body") or not message.get("more_body", False):
            await send(head.pop())
            await send(message)

    return sending
