"""The Docker Engine of this machine: where it answers, and what it is asked."""

import os
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx

from local.engine.containers import Refused

UNIX = "unix://"
USUAL = ("/var/run/docker.sock", "/run/docker.sock")
ANY = "http://docker"  # the socket decides who is asked
SOON = 5.0  # seconds; for an engine that may not be there


def places(environment: Mapping[str, str]) -> list[Path]:
    """Return the sockets where a Docker Engine may listen: the one that is named, else the usual ones.

    An engine that is reached by network is none of them: what runs there cannot reach this machine's loopback.
    """
    named = environment.get("DOCKER_HOST", "")
    if named:
        return [Path(named.removeprefix(UNIX))] if named.startswith(UNIX) else []
    rootless = [Path(environment["XDG_RUNTIME_DIR"], "docker.sock")] if "XDG_RUNTIME_DIR" in environment else []
    return [*map(Path, USUAL), *rootless]


def found(sockets: Iterable[Path]) -> Path | None:
    """Return the first socket at which an engine answers."""
    return next((socket for socket in sockets if answers(socket)), None)


def answers(socket: Path) -> bool:
    """Whether a Docker Engine answers at a socket."""
    try:
        with client(socket) as asked:
            return asked.get("/_ping").is_success
    except (httpx.TransportError, OSError):
        return False


def client(socket: Path) -> httpx.Client:
    """Return a client for short questions."""
    return httpx.Client(transport=httpx.HTTPTransport(uds=os.fspath(socket)), base_url=ANY, timeout=SOON)


class Unreachable(Refused):
    """The engine has ended, or ends; one that is started again still knows its containers."""

    def __init__(self, error: Exception) -> None:
        super().__init__(503, f"The Docker Engine does not answer any more ({error}): see that it runs.")


class Daemon:
    """A client for as long as it takes; what the engine refuses is `Refused` with its own sentence."""

    def __init__(self, socket: Path) -> None:
        unlimited = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        transport = httpx.AsyncHTTPTransport(uds=os.fspath(socket), limits=unlimited)
        self._client = httpx.AsyncClient(transport=transport, base_url=ANY, timeout=None)  # noqa: S113  a container runs as long as it runs

    async def call(self, method: str, path: str, body: Any = None, **parameters: str) -> Any:
        """Ask, and return the answer's JSON; None for an empty one."""
        try:
            answer = await self._client.request(method, path, json=body, params=parameters)
        except httpx.TransportError as error:
            raise Unreachable(error) from error
        _refuse(answer)
        return answer.json() if answer.content else None

    async def stream(self, path: str, **parameters: str) -> AsyncIterator[bytes]:
        """Ask, and yield the answer as it comes."""
        try:
            async with self._client.stream("GET", path, params=parameters) as answer:
                if answer.is_error:
                    await answer.aread()
                _refuse(answer)
                async for chunk in answer.aiter_raw():
                    yield chunk
        except httpx.TransportError as error:
            raise Unreachable(error) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _refuse(answer: httpx.Response) -> None:
    if answer.is_error:
        try:
            sentence = answer.json()["message"]
        except (ValueError, KeyError):
            sentence = answer.text
        raise Refused(answer.status_code, sentence)
