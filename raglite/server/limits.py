"""How large a request may be."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from raglite.server.errors import refusal

MAX_BODY = 1024**2  # bytes: a hundred times the longest question there may be
TOO_LARGE = 413
SENTENCE = f"Content Too Large. A request may have {MAX_BODY:,} bytes."


class BodyLimit:
    """Refuses a body by its declared length, and one that declares none while it is being read."""

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
        await self.app(scope, self._counting(receive), send)

    def _counting(self, receive: Receive) -> Receive:
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.limit:
                raise HTTPException(TOO_LARGE, SENTENCE)
            return message

        return counted
