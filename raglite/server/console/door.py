"""What stands before the console's pages: the cookie that carries a credential, and errors as pages.

A browser sends no key by itself, so that the one that signed in is kept in a cookie: only these paths are sent it, no
script can read it, and no foreign page can make the browser send it. Whatever is refused further in comes out as a page
that says the same.
"""

import json
import re
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, unquote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from raglite.server.auth import principal_or_none
from raglite.server.console import ASSETS, HOME, IMAGE, PATH, SIGN_IN, at
from raglite.server.console.layout import problem
from raglite.server.errors import refusal

COOKIE = "raglite-key"
FOREIGN = "This form was sent from another site. Open the console itself and send it from there."
SEE_OTHER, BAD, UNAUTHORIZED, FORBIDDEN = 303, 400, 401, 403
POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",  # a form's page is told to this site alone
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Door:
    """Wraps the application; other paths pass through."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request of a page with what its cookie carries."""
        if scope["type"] != "http" or not is_console(scope["path"]):
            await self.app(scope, receive, send)
            return
        if scope["path"] == PATH:
            await RedirectResponse(f"{PATH.removeprefix('/')}/", SEE_OTHER)(scope, receive, send)
            return
        headers = Headers(scope=scope)
        answering = _Answering(scope, receive, send)
        if scope["method"] == "POST" and not _is_of_this_site(headers):
            await refusal(FORBIDDEN, "foreign_form", FOREIGN)(scope, receive, answering.send)
            return
        key = cookie(headers)
        if key and "authorization" not in headers:
            scope = {**scope, "headers": [*scope["headers"], (b"authorization", f"Bearer {key}".encode())]}
        await self.app(scope, receive, answering.send)


class _Answering:
    """Passes an answer on with the headers of every page; one that refuses is held back until it can be read."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            headers.setdefault("Cache-Control", "no-store")
            if message["status"] >= BAD and "json" in headers.get("content-type", ""):
                self._start = message
                return
        elif self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._as_page(self._start)(self._scope, self._receive, self._send)
            return
        await self._send(message)

    def _as_page(self, start: Message) -> Response:
        path, status = self._scope["path"], start["status"]
        kept = {name: value for name, value in Headers(raw=start["headers"]).items() if name in KEPT}
        if status == UNAUTHORIZED and path not in {at(SIGN_IN), at(IMAGE)}:
            there = f"?then={quote(_name(self._scope), safe='')}" if self._scope["method"] == "GET" else ""
            return RedirectResponse(SIGN_IN + there, SEE_OTHER, {**HEADERS, "Cache-Control": "no-store"})
        message = json.loads(self._body)["error"]["message"]
        return HTMLResponse(problem(status, message, principal_or_none()), status, {**HEADERS, **kept})


KEPT = ("cache-control", "retry-after", "www-authenticate", "x-raglite-trace-id")


def is_console(path: str) -> bool:
    """Whether a path is one of the console's, there or not; what it is made of needs no door."""
    return (path == PATH or path.startswith(f"{PATH}/")) and path not in ASSETS


def cookie(headers: Mapping[str, str]) -> str | None:
    """Return the credential that a browser's cookie carries."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    key = unquote(found.value) if found else ""
    return key if key.isascii() and key.isprintable() and key else None


def keeping(response: Response, key: str, *, secure: bool) -> Response:
    """Have the browser keep a credential until it is closed, for the folder of this page."""
    response.set_cookie(COOKIE, quote(key, safe=""), path=None, secure=secure, httponly=True, samesite="strict")
    return response


def forgetting(response: Response) -> Response:
    """Have the browser forget it."""
    response.set_cookie(COOKIE, "", max_age=0, path=None, httponly=True, samesite="strict")
    return response


def is_encrypted(scope: Scope) -> bool:
    """Whether the caller came by HTTPS; the load balancer says so, who ends it."""
    return Headers(scope=scope).get("x-forwarded-proto", scope["scheme"]) == "https"


def within(name: str | None) -> str:
    """Return the name of a page to go to, if it is one of the console's, else that of its first page."""
    parts = urlsplit(name or "")
    is_ours = re.fullmatch(r"[a-z]+", parts.path) and not parts.scheme and not parts.netloc
    return name if name and is_ours else HOME


def _name(scope: Scope) -> str:
    """Return how the console's pages call the one that is asked for."""
    name, query = scope["path"].removeprefix(at("")), scope["query_string"].decode("latin-1")
    return f"{name}?{query}" if query else str(name)


def _is_of_this_site(headers: Headers) -> bool:
    """Whether a form comes from a page of ours: browsers say so, and other programs have no cookie to be misused."""
    if (site := headers.get("sec-fetch-site")) is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return urlsplit(origin).netloc == headers.get("host") if origin else cookie(headers) is None
