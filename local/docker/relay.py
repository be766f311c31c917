"""Leads containers to what listens on this machine's loopback: one hop, bound on the gateway of the twin's network.

Nothing of the twin listens on an address that leaves the machine, and a container's own loopback is not the machine's.
"""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

LOOPBACK = "127.0.0.1"
NAMED = re.compile(rf"(?P<scheme>[a-z]+://)?{re.escape(LOOPBACK)}:(?P<port>\d+)")
CHUNK = 64 * 1024
LARGEST_DATAGRAM = 65_507


@dataclass(frozen=True)
class Way:
    """A port on loopback; `datagrams` too where nothing says that it is HTTP."""

    port: int
    datagrams: bool


def ways(environment: Mapping[str, str]) -> set[Way]:
    """Return the ports on loopback that variables name, as a URL or (X-Ray's daemon: TCP and UDP) as an address."""
    named = [match for value in environment.values() for match in NAMED.finditer(value)]
    bare = {match["port"] for match in named if not match["scheme"]}
    return {Way(int(match["port"]), datagrams=match["port"] in bare) for match in named}


def through(environment: Mapping[str, str], gateway: str) -> dict[str, str]:
    """Return the variables as a container must see them."""
    return {name: NAMED.sub(rf"\g<scheme>{gateway}:\g<port>", value) for name, value in environment.items()}


class Relay:
    """Serves every way on the gateway from `open` to `close`, in the running loop."""

    def __init__(self) -> None:
        self._servers: list[asyncio.Server] = []
        self._datagrams: list[asyncio.DatagramTransport] = []

    async def open(self, gateway: str, wanted: Iterable[Way]) -> None:
        """Listen, on the gateway only."""
        loop = asyncio.get_running_loop()
        for way in wanted:
            self._servers.append(await asyncio.start_server(_to(way.port), gateway, way.port))
            if way.datagrams:
                onward, _ = await loop.create_datagram_endpoint(
                    asyncio.DatagramProtocol, remote_addr=(LOOPBACK, way.port)
                )
                incoming, _ = await loop.create_datagram_endpoint(
                    lambda onward=onward: _Datagrams(onward),  # type: ignore[misc]  # mypy cannot infer a default's type
                    local_addr=(gateway, way.port),
                )
                self._datagrams += [onward, incoming]

    def close(self) -> None:
        """Listen no longer; open connections end with the loop."""
        for server in self._servers:
            server.close()
        for transport in self._datagrams:
            transport.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, onward: asyncio.DatagramTransport) -> None:
        self._onward = onward

    def datagram_received(self, data: bytes, _: object) -> None:
        self._onward.sendto(data)


def _to(port: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, onward = await asyncio.open_connection(LOOPBACK, port)
        except OSError:
            writer.transport.abort()  # looks like a refused connection: nobody listens there at the moment
            return
        try:
            await asyncio.gather(_copy(reader, onward), _copy(there, writer))
        finally:
            onward.close()
            writer.close()

    return connected


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Pass bytes on until the end, and the end on, too."""
    with contextlib.suppress(OSError):
        while chunk := await source.read(CHUNK):
            target.write(chunk)
            await target.drain()
    with contextlib.suppress(OSError, RuntimeError):
        target.write_eof()
