"""Ways from containers to this machine's loopback, tried on a second loopback address instead of a bridge."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Network
from pathlib import Path

from local.docker import daemon
from local.docker.logs import lines
from local.docker.network import CANDIDATES, Network, name_of
from local.docker.relay import Relay, Way, through, ways
from local.engine.log import frame
from tests.processes import free_port

GATEWAY = "127.0.7.1"
VARIABLES = {"A": "http://127.0.0.1:4566", "B": "127.0.0.1:2000", "C": "us-east-1", "D": "http://127.0.0.1:2000/x"}


def test_variables_name_the_ways_and_are_rewritten_to_the_gateway() -> None:
    assert ways(VARIABLES) == {Way(4566, datagrams=False), Way(2000, datagrams=True)}
    assert through(VARIABLES, "169.254.170.2") == {
        "A": "http://169.254.170.2:4566",
        "B": "169.254.170.2:2000",
        "C": "us-east-1",
        "D": "http://169.254.170.2:2000/x",
    }


@asynccontextmanager
async def relayed(port: int) -> AsyncIterator[None]:
    relay = Relay()
    await relay.open(GATEWAY, [Way(port, datagrams=True)])
    try:
        yield
    finally:
        relay.close()


async def shouts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer in capitals once the client has said all."""
    writer.write((await reader.read()).upper())
    await writer.drain()
    writer.close()


def test_bytes_and_their_end_pass_both_ways() -> None:
    async def asked(size: int) -> bytes:
        port = free_port()
        async with await asyncio.start_server(shouts, "127.0.0.1", port), relayed(port):
            reader, writer = await asyncio.open_connection(GATEWAY, port)
            writer.write(b"a" * size)
            writer.write_eof()
            answer = await reader.read()
            writer.close()
        return answer

    assert asyncio.run(asked(1_000_000)) == b"A" * 1_000_000


def test_nobody_behind_the_gateway_looks_like_a_refused_connection() -> None:
    async def asked() -> bytes:
        port = free_port()
        async with relayed(port):
            reader, _ = await asyncio.open_connection(GATEWAY, port)
            try:
                return await asyncio.wait_for(reader.read(), 5)
            except ConnectionResetError:
                return b"reset"

    assert asyncio.run(asked()) in {b"", b"reset"}


def test_a_datagram_arrives_once() -> None:
    async def sent() -> bytes:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon_of_traces:
            daemon_of_traces.bind(("127.0.0.1", 0))
            daemon_of_traces.settimeout(0)
            port = daemon_of_traces.getsockname()[1]
            async with relayed(port):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                    client.sendto(b"segment", (GATEWAY, port))
                return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(daemon_of_traces, 100), 5)

    assert asyncio.run(sent()) == b"segment"


def test_frames_are_put_together_however_they_are_cut() -> None:
    whole = frame(b"one\n") + frame(b"") + frame(b"two\n")

    async def cut(size: int) -> AsyncIterator[bytes]:
        for start in range(0, len(whole), size):
            yield whole[start : start + size]

    async def read(size: int) -> list[bytes]:
        return [line async for line in lines(cut(size))]

    for size in range(1, len(whole) + 1):
        assert asyncio.run(read(size)) == [b"one\n", b"", b"two\n"]


def test_a_tasks_address_is_never_the_gateways() -> None:
    for subnet, gateway in CANDIDATES:
        lent = Network("n", IPv4Network(subnet), gateway).addresses()
        addresses = {lent.of(str(number)) for number in range(13)}
        assert len(addresses) == 13
        assert gateway not in addresses
    assert name_of("/a") != name_of("/b")


def test_an_engine_is_looked_for_where_it_is_named_and_else_in_the_usual_places(tmp_path: Path) -> None:
    assert daemon.places({"DOCKER_HOST": "unix:///x.sock"}) == [Path("/x.sock")]
    assert daemon.places({"DOCKER_HOST": "tcp://far:2375"}) == []
    assert daemon.places({"XDG_RUNTIME_DIR": "/run/user/1"})[-1] == Path("/run/user/1/docker.sock")
    assert daemon.found([tmp_path / "nothing"]) is None
    assert os.fspath(daemon.places({})[0]) == "/var/run/docker.sock"
