"""Who asks. Every path but the health checks needs an API key with the scope `read`.

A pure ASGI middleware notes the principal in the request's account, which no other request ever sees.
"""

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from raglite.errors import AccessDenied, RagliteError
from raglite.ports import Credentials, Principal
from raglite.server.account import account
from raglite.server.errors import refusal, refused
from raglite.telemetry import AuditAction, Outcome

OPEN_PATHS = frozenset({"/healthz", "/readyz"})
READ = "read"
CANARY = "canary"  # a scope beside `read`: who has it is nobody, and its questions do not count as users'
NO_KEY = "No API key. Send it as `Authorization: Bearer <key>` or `X-API-Key: <key>`."


def principal() -> Principal:
    """Return who asks; AccessDenied outside an authenticated request."""
    found = account().principal
    if found is None:
        raise AccessDenied(NO_KEY)
    return found


class Authentication:
    """Lets a request through if it presents a known key."""

    def __init__(self, app: ASGIApp, credentials: Credentials) -> None:
        self.app = app
        self.credentials = credentials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request as its principal, or refuse it."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self.app(scope, receive, send)
            return
        answer = await self._admit(presented(Headers(scope=scope)))
        if answer is None:
            await self.app(scope, receive, send)
            return
        if account().outcome is Outcome.REFUSED:
            account().action = AuditAction.ACCESS
        await answer(scope, receive, send)

    async def _admit(self, key: str | None) -> JSONResponse | None:
        """Note the principal, or return why there is none."""
        if not key:
            return unauthenticated(NO_KEY)
        try:
            found = self.credentials.remembered(key)
            if found is None:  # the keys may have to be fetched anew, which blocks
                found = await anyio.to_thread.run_sync(self.credentials.authenticate, key)
        except AccessDenied as error:
            return unauthenticated(str(error))
        except RagliteError as error:
            return refused(error)
        account().principal = found
        if READ not in found.scopes:
            return refused(AccessDenied(f"The key {found.name} lacks the scope {READ}: ask for one that has it."))
        return None


def presented(headers: Headers) -> str | None:
    """Return the key a request presents, if any."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return key.strip()
    return headers.get("x-api-key")


def unauthenticated(message: str) -> JSONResponse:
    """Return a 401 that says how to present a key."""
    return refusal(401, "unauthenticated", message, {"WWW-Authenticate": 'Bearer realm="raglite"'})
