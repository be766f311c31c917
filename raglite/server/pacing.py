"""How often each credential may ask, of each task: nothing is shared between tasks."""

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from raglite.errors import TooManyRequests
from raglite.ports import Principal
from raglite.server.account import account
from raglite.server.buckets import SECOND, Buckets, Pace, Standing, buckets
from raglite.server.errors import code_of, refused, retry_after, status_of
from raglite.server.protocol import PATH
from raglite.settings import Settings
from raglite.telemetry import AuditAction

POLICY = '"requests"'  # its name in the headers
JSON_RPC_CODE = -32010  # of the codes that MCP leaves to implementations: -32000 to -32019
TOO_OFTEN = "{name} has asked too often: wait {seconds} s, then ask at most {per_minute:,} times a minute."


class RateLimit:
    """Lets each principal ask so often, and says with every answer how often it still may.

    The headers are those of https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-11: a full
    bucket is the quota, the time in which it fills its window.
    """

    def __init__(self, app: ASGIApp, buckets: Buckets | None) -> None:
        """None lets everybody ask as often as they like."""
        self.app = app
        self.buckets = buckets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request unless its principal has asked too often. Who is nobody was let in to ask nothing."""
        asker = account().principal
        if asker is None or self.buckets is None:
            await self.app(scope, receive, send)
            return
        standing = self.buckets.take(asker.name)
        answer = self.app if standing.allowed else refusal_of(asker, standing, self.buckets.pace, scope["path"])
        await answer(scope, receive, telling(send, standing, self.buckets.pace))


def telling(send: Send, standing: Standing, pace: Pace) -> Send:
    """Say with an answer how its caller's bucket stands."""
    policy = f"{POLICY};q={pace.burst};w={-(-pace.depth // SECOND)}"
    told = {"RateLimit-Policy": policy, "RateLimit": f"{POLICY};r={standing.left};t={standing.seconds}"}

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(told)
        await send(message)

    return sending


def refusal_of(asker: Principal, standing: Standing, pace: Pace, path: str) -> JSONResponse:
    """Return the 429 of a principal, as clients of the path read it."""
    account().action = AuditAction.ACCESS
    sentence = TOO_OFTEN.format(name=asker.name, seconds=standing.seconds, per_minute=pace.per_minute)
    error = TooManyRequests(sentence, standing.seconds)
    return over_mcp(error) if path == PATH else refused(error)


def over_mcp(error: TooManyRequests) -> JSONResponse:
    """Return the refusal as MCP's clients read one: a JSON-RPC error, without an id since nothing was read."""
    account().fail(status_of(error), code_of(error))
    told = {"code": code_of(error), "retry_after_seconds": error.seconds}
    body = {"code": JSON_RPC_CODE, "message": str(error), "data": told}
    return JSONResponse({"jsonrpc": "2.0", "id": None, "error": body}, status_of(error), retry_after(error))


def requests(settings: Settings) -> Buckets | None:
    """Return what principals' requests are taken from; None if there is no limit."""
    return buckets(settings.requests_per_minute, settings.requests_burst)
