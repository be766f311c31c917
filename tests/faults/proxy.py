"""An unreliable network: a proxy before one HTTP/1.1 server of the loopback, whose trouble is set at will.

It understands as much of HTTP as it needs to tell requests apart: heads, Content-Length and chunked bodies of requests.
Answers are passed on byte by byte. It runs in a thread of its own; every method may be called from any thread.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

LOOPBACK = "127.0.0.1"
PART = 64 * 1024  # bytes passed on at a time
HEAD = 64 * 1024  # bytes a request's head may have
CALL_SECONDS = 10


class Trouble(StrEnum):
    """What ails the network."""

    NONE = "none"
    REFUSE = "refuses connections"
    STALL = "stalls"
    CUT = "cuts answers off"
    ANSWER = "answers errors"


@dataclass(frozen=True, slots=True)
class Failure:
    """What is answered instead of the server's answer."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"

    def encoded(self) -> bytes:
        """Return the whole answer, which ends its connection."""
        head = (
            f"HTTP/1.1 {self.status} Trouble\r\nContent-Type: {self.content_type}\r\n"
            f"Content-Length: {len(self.body)}\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + self.body


class Gone(Exception):
    """The other end closed the connection, or the proxy does."""


class Proxy:
    """A context manager that serves on `port` while it is open. `hits` counts the requests that met trouble."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.hits = 0
        self._trouble = Trouble.NONE
        self._left: int | None = None  # requests that still meet the trouble; None: all
        self._failure = Failure(500)
        self._after = 0  # bytes of an answer before it is cut off
        self._connections: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._clear = asyncio.Event()
        self._server: asyncio.Server | None = None
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            self.port = int(probe.getsockname()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        self.calm()
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        """Where clients find the server behind."""
        return f"http://{LOOPBACK}:{self.port}"

    # --- trouble --------------------------------------------------------------------------------------------------

    def calm(self) -> None:
        """Let everything pass again, what stalled included."""
        self._call(self._set(Trouble.NONE))

    def refuse(self) -> None:
        """Refuse connections and end those that are open."""
        self._call(self._set(Trouble.REFUSE))

    def stall(self) -> None:
        """Take requests and give no answer, until `calm`; a client that goes away takes its request with it."""
        self._call(self._set(Trouble.STALL))

    def cut(self, after: int, times: int | None = None) -> None:
        """Reset the connection after so many bytes of an answer, for the next `times` requests (None: all)."""
        self._after = after
        self._call(self._set(Trouble.CUT, times))

    def answer(self, failure: Failure, times: int | None = None) -> None:
        """Answer the next `times` requests (None: all) with a failure; the server does not see them."""
        self._failure = failure
        self._call(self._set(Trouble.ANSWER, times))

    async def _set(self, trouble: Trouble, times: int | None = None) -> None:
        self._trouble, self._left = trouble, times
        if trouble is Trouble.STALL:
            self._clear.clear()
        else:
            self._clear.set()
        if trouble is Trouble.REFUSE:
            await self._close()
        elif self._server is None:
            self._server = await asyncio.start_server(self._serve, LOOPBACK, self.port, limit=HEAD)

    def _met(self) -> Trouble:
        """Return what the request at hand meets, and count it."""
        trouble = self._trouble
        if trouble is Trouble.NONE or self._left == 0:
            return Trouble.NONE
        self.hits += 1
        if self._left is not None:
            self._left -= 1
        return trouble

    # --- connections ----------------------------------------------------------------------------------------------

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_SECONDS)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await self._relay(reader, writer)
        except (Gone, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            _reset(writer)
        finally:
            self._connections.discard(task)
            writer.close()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry requests over one connection to the server; the answers come back beside them."""
        back, forth = await asyncio.open_connection(LOOPBACK, self.upstream)
        cut_after: list[int | None] = [None]
        answers = asyncio.create_task(self._pass_answers(back, writer, cut_after))
        try:
            while head := await _head(reader, answers):
                trouble = self._met()
                if trouble is Trouble.ANSWER:
                    await _discard(reader, head)
                    writer.write(self._failure.encoded())
                    await writer.drain()
                    return
                cut_after[0] = self._after if trouble is Trouble.CUT else None
                await self._forward(_Request(head, reader), forth, stalled=trouble is Trouble.STALL)
        finally:
            answers.cancel()
            with contextlib.suppress(asyncio.CancelledError, Gone, OSError):
                await answers
            forth.close()

    async def _forward(self, request: "_Request", forth: asyncio.StreamWriter, *, stalled: bool) -> None:
        if stalled:  # all of it is read first: only then does it show that the client has gone
            body = [part async for part in _body(request.reader, request.head)]
            await self._wait(request.reader)
            forth.writelines([request.head, *body])
        else:
            forth.write(request.head)
            async for part in _body(request.reader, request.head):
                forth.write(part)
                await forth.drain()
        await forth.drain()

    async def _wait(self, reader: asyncio.StreamReader) -> None:
        """Wait until the stall is over; Gone if the client is, before."""
        while not self._clear.is_set():
            if reader.at_eof():
                raise Gone
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._clear.wait(), 0.05)

    async def _pass_answers(
        self, back: asyncio.StreamReader, writer: asyncio.StreamWriter, cut_after: list[int | None]
    ) -> None:
        while part := await back.read(PART):
            await self._clear.wait()
            left = cut_after[0]
            if left is not None:
                writer.write(part[:left])
                cut_after[0] = left - len(part[:left])
                if len(part) >= left:
                    await writer.drain()
                    raise Gone
            else:
                writer.write(part)
            await writer.drain()
        raise Gone


@dataclass(frozen=True, slots=True)
class _Request:
    """A request's head, and where its body comes from."""

    head: bytes
    reader: asyncio.StreamReader


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection so that the other end notices: by a reset, not by an orderly end of the answer."""
    if not writer.is_closing():
        writer.transport.abort()


async def _head(reader: asyncio.StreamReader, answers: asyncio.Task[None]) -> bytes:
    """Return the next request's head, empty at the end; Gone if the server's side ends first."""
    coming = asyncio.create_task(reader.readuntil(b"\r\n\r\n"))
    coming.add_done_callback(lambda done: done.cancelled() or done.exception())  # whoever waited may be gone
    try:
        await asyncio.wait({coming, answers}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        coming.cancel()  # a no-op once it has come
    if answers.done() or not coming.done():
        raise Gone
    try:
        return coming.result()
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return b""


def _field(head: bytes, name: str) -> str:
    for line in head.decode("latin-1").split("\r\n")[1:]:
        found, _, value = line.partition(":")
        if found.strip().lower() == name:
            return value.strip().lower()
    return ""


async def _body(reader: asyncio.StreamReader, head: bytes) -> Any:
    """Yield the request's body as it came, in parts."""
    if _field(head, "transfer-encoding") == "chunked":
        size = -1
        while size != 0:
            line = await reader.readuntil(b"\r\n")
            size = int(line.split(b";")[0], 16)
            yield line
            yield await reader.readexactly(size) if size else b""
            yield await reader.readuntil(b"\r\n")
        return
    left = int(_field(head, "content-length") or 0)
    while left:
        part = await reader.read(min(left, PART))
        if not part:
            raise Gone
        left -= len(part)
        yield part


async def _discard(reader: asyncio.StreamReader, head: bytes) -> None:
    """Read the body away, unless the client waits to be told to send it."""
    if _field(head, "expect") == "100-continue":
        return
    async for _ in _body(reader, head):
        pass
