"""Who asks, and what a path needs. Every path but the health checks needs an API key.

A pure ASGI middleware notes the principal in the request's account, which no other request ever sees.
"""

from collections.abc import Mapping

import anyio.to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Connection

from raglite.errors import AccessDenied, RagliteError
from raglite.ports import Credentials, Principal
from raglite.server import console, discovery
from raglite.server.account import account
from raglite.server.errors import refusal, refused
from raglite.server.scopes import READERS, Scope, lacking, permits
from raglite.telemetry import AuditAction, Outcome

OPEN_PATHS = frozenset({"/healthz", "/readyz"}) | discovery.PATHS | console.ASSETS
FOR_STRANGERS = OPEN_PATHS | {console.at(console.SIGN_IN)}  # where a credential is only asked for
FORBIDDEN = 403
Needs = Mapping[str, tuple[Scope, ...]]
NO_KEY = "No API key. Send it as `Authorization: Bearer <key>` or `X-API-Key: <key>`."


def principal() -> Principal:
    """Return who asks; AccessDenied outside an authenticated request."""
    found = account().principal
    if found is None:
        raise AccessDenied(NO_KEY)
    return found


def principal_or_none() -> Principal | None:
    """Return who asks, None if nobody is known to."""
    return account().principal


class Authentication:
    """Lets a request through if it presents a known key that is good for its path.

    `scopes` are the paths that need another than `read`, each with those of which a key needs one. What is found out
    later, on the way through MCP, becomes a refusal of the same kind.
    """

    def __init__(self, app: ASGIApp, credentials: Credentials, scopes: Needs, metadata: str | None = None) -> None:
        """`metadata` is the URL at which clients learn where to get an access token; None if there are only keys."""
        self.app = app
        self.credentials = credentials
        self.scopes = scopes
        self.challenge = Challenge(metadata)

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Serve the request as its principal, or refuse it."""
        if scope["type"] != "http" or scope["path"] in FOR_STRANGERS:
            await self.app(scope, receive, send)
            return
        answer = await self._admit(presented(Headers(scope=scope)), self.scopes.get(scope["path"], READERS))
        if answer is None:
            await self.app(scope, receive, _challenging(send, self.challenge))
            return
        if account().outcome is Outcome.REFUSED:
            account().action = AuditAction.ACCESS
        await answer(scope, receive, send)

    async def _admit(self, key: str | None, scopes: tuple[Scope, ...]) -> JSONResponse | None:
        """Note the principal, or return why there is none."""
        if not key:
            return unauthenticated(NO_KEY, self.challenge())
        try:
            found = self.credentials.remembered(key)
            if found is None:  # the keys may have to be fetched anew, which blocks
                found = await anyio.to_thread.run_sync(self.credentials.authenticate, key)
        except AccessDenied as error:
            return unauthenticated(str(error), self.challenge(error="invalid_token"))
        except RagliteError as error:
            return refused(error)
        account().principal = found
        if not permits(found, scopes):
            account().lacks = scopes[0]
            return refused(AccessDenied(lacking(found, scopes)), self.challenge.of_scope(scopes[0]))
        return None


def _challenging(send: Send, challenge: "Challenge") -> Send:
    """Say in HTTP, too, that a scope was lacking: MCP's messages would travel as a success."""

    async def sending(message: Message) -> None:
        lacks = account().lacks
        if message["type"] == "http.response.start" and lacks is not None:
            message["status"] = FORBIDDEN
            MutableHeaders(scope=message).update(challenge.of_scope(lacks))
        await send(message)

    return sending


class Challenge:
    """Makes the header that says what is missing (RFC 6750, section 3), and where to get it (RFC 9728, section 5.1)."""

    def __init__(self, metadata: str | None) -> None:
        self._where = {} if metadata is None else {"resource_metadata": metadata}

    def __call__(self, **said: str) -> dict[str, str]:
        """Return the header with what else it is to say."""
        told = {"realm": "raglite", **said, **self._where}
        quoted = ", ".join(f'{name}="{value}"' for name, value in told.items())
        return {"WWW-Authenticate": f"Bearer {quoted}"}

    def of_scope(self, scope: Scope) -> dict[str, str]:
        """Return the header that says which scope to ask for."""
        return self(error="insufficient_scope", scope=scope)


def presented(headers: Headers) -> str | None:
    """Return the key a request presents, if any."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return key.strip()
    return headers.get("x-api-key")


def unauthenticated(message: str, challenge: Mapping[str, str]) -> JSONResponse:
    """Return a 401 that says how to present a key."""
    return refusal(401, "unauthenticated", message, challenge)
