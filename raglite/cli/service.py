"""The running service over HTTP, its refusals as our errors."""

from collections.abc import Mapping
from typing import Any

import httpx

from raglite.errors import (
    AccessDenied,
    ConfigurationError,
    DependencyUnavailable,
    InvalidRequest,
    RagliteError,
    TransientError,
)

TIMEOUT = httpx.Timeout(60, connect=5)  # seconds
UNAUTHORIZED, FORBIDDEN, NOT_FOUND, TOO_MANY, SERVER_ERROR = 401, 403, 404, 429, 500
REFUSED_BODY = {400, 413, 422}
NAME = "the service"


class Service:
    """A RAGLite service at `url`, asked with one key."""

    def __init__(self, url: str, key: str | None, transport: httpx.BaseTransport | None = None) -> None:
        self.url = url.rstrip("/")
        self._key = key
        self._transport = transport

    def ask(self, question: Mapping[str, Any]) -> Any:
        """Return the answer's JSON. Asked once more if the first task broke: the next one may be well."""
        try:
            return self.fetch("POST", "/api/query", question)
        except TransientError:
            return self.fetch("POST", "/api/query", question)

    def fetch(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return what an authenticated request is answered, as JSON, or raise what its status means."""
        response = self.respond(method, path, body, {"Authorization": f"Bearer {self._presentable()}"})
        if not response.is_success:
            raise self._refusal(response)
        try:
            return response.json()
        except ValueError as error:
            raise self._stranger("answers, but not in JSON") from error

    def respond(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Return any response; ConfigurationError if the address is none, DependencyUnavailable if nobody answers."""
        try:
            with httpx.Client(transport=self._transport, timeout=TIMEOUT) as client:
                return client.request(method, self.url + path, json=body, headers=headers)
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise ConfigurationError(f"RAGLITE_API_URL is {self.url!r}: set it to http(s)://HOST[:PORT].") from error
        except httpx.TimeoutException as error:
            raise DependencyUnavailable(NAME, f"no answer from {self.url} in time; try again.") from error
        except httpx.TransportError as error:
            raise DependencyUnavailable(
                NAME, f"not reachable at {self.url} ({error}); is it running, is RAGLITE_API_URL right?"
            ) from error

    def _presentable(self) -> str:
        if not self._key:
            raise AccessDenied("Set RAGLITE_API_KEY to your API key.")
        if not self._key.isascii():
            raise AccessDenied("RAGLITE_API_KEY holds letters that no key has: copy the key again.")
        return self._key.strip()

    def _refusal(self, response: httpx.Response) -> RagliteError:
        status, message = response.status_code, _message(response)
        if response.is_redirect:
            target = response.headers.get("location", "elsewhere")
            return ConfigurationError(f"{self.url} redirects to {target}: set RAGLITE_API_URL to that service.")
        if status == UNAUTHORIZED:
            return AccessDenied(f"{self.url} does not know the key in RAGLITE_API_KEY: {message}")
        if status == FORBIDDEN:
            return AccessDenied(message)
        if status in REFUSED_BODY:
            return InvalidRequest(message)
        if status >= SERVER_ERROR or status == TOO_MANY:
            return DependencyUnavailable(NAME, f"{self.url} answered {status}: {message}")
        return self._stranger(f"answered {status}")

    def _stranger(self, what: str) -> ConfigurationError:
        return ConfigurationError(f"{self.url} {what}: it is no RAGLite service; check RAGLITE_API_URL.")


def _message(response: httpx.Response) -> str:
    """Return the sentence of our error body, else HTTP's own phrase."""
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, LookupError, TypeError):
        return response.reason_phrase or "no reason given"
