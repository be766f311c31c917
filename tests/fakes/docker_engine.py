"""A Docker Engine that runs nothing: it keeps what it is asked for, and a container ends when a test says so."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ANSWERS: dict[tuple[str, str], Any] = {
    ("GET", "/info"): {"NCPU": 2},
    ("GET", "/containers/json"): [],
    ("GET", "/volumes"): {"Volumes": []},
    ("GET", "/networks"): [],
    ("POST", "/networks/create"): {"Id": "network"},
}


class DockerEngine:
    """What is created outlives the serving, as it does when a real engine is started again."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.created: dict[str, dict[str, Any]] = {}
        self._exits: dict[str, int] = {}
        self._changed = asyncio.Event()
        self.awaited = asyncio.Event()

    def end(self, number: str, code: int) -> None:
        """Let a container end."""
        self._exits[number] = code
        self._changed.set()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve until the block ends, which breaks whatever connections there are."""
        writers: set[asyncio.StreamWriter] = set()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writers.add(writer)
            while line := await reader.readline():
                method, path, _ = line.decode().split()
                headers = (await reader.readuntil(b"\r\n\r\n")).decode().lower() if line else ""
                size = next((int(h.split(":")[1]) for h in headers.split("\r\n") if h.startswith("content-length")), 0)
                asked = json.loads(await reader.readexactly(size)) if size else None
                status, answer = await self._answer(method, path.partition("?")[0], asked)
                body = json.dumps(answer).encode() if answer is not None else b""
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()

        self.socket.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(connected, self.socket)
        try:
            yield
        finally:
            server.close()
            for writer in writers:
                writer.transport.abort()

    async def _answer(self, method: str, path: str, asked: Any) -> tuple[int, Any]:
        if (method, path) in ANSWERS:
            return 200, ANSWERS[method, path]
        if path.startswith("/images/"):
            return 200, {"Config": {}}
        if path == "/containers/create":
            number = f"container-{len(self.created)}"
            self.created[number] = asked
            return 201, {"Id": number}
        _, _, number, verb = path.split("/")
        if verb == "wait":
            self.awaited.set()
            while number not in self._exits:
                self._changed.clear()
                await self._changed.wait()
        if verb == "json":
            code = self._exits.get(number)
            state = {"Running": code is None, "Status": "running" if code is None else "exited", "ExitCode": code or 0}
            return 200, {"State": state, "Config": {}, "NetworkSettings": {"Networks": {"one": {}}}}
        return (200, {}) if verb in {"wait", "logs"} else (204, None)
