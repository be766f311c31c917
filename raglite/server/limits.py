"""How large a request may be, and that all of it has to come."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from raglite.server.errors import refusal

MAX_BODY = 1024**2  # bytes: a hundred times the longest question there may be
TOO_LARGE = 413
SENTENCE = (
    f"Content Too Large. A request may have {MAX_BODY:,} bytes: send less, and a large file by a job's upload link."
)
BROKEN_OFF = "Broken off. The connection ended before the request did."


class BodyLimit:
    """Refuses a body by its declared length, and while it is read one that declares none or is broken off.

    A caller that goes away before all is said would look like a fault of ours to MCP's SDK.
    """

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request unless it is too large."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > self.limit:
            await refusal(TOO_LARGE, "content_too_large", SENTENCE)(scope, receive, send)
            return
        await self.app(scope, self._counting(receive, is_awaited=scope["method"] == "POST"), send)

    def _counting(self, receive: Receive, *, is_awaited: bool) -> Receive:
        seen = 0

        async def counted() -> Message:
            nonlocal seen, is_awaited
            message = await receive()
            if message["type"] == "http.disconnect" and is_awaited:
                raise HTTPException(HTTPStatus.BAD_REQUEST, BROKEN_OFF)
            is_awaited = is_awaited and message.get("more_body", False)
            seen += len(message.get("body", b""))
            if seen > self.limit:
                raise HTTPException(TOO_LARGE, SENTENCE)
            return message

        return counted
