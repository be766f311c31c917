"""An unreliable network before one TCP server: it knows connections and bytes and nothing of what they mean."""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass, field
from enum import StrEnum

LOOPBACK = "127.0.0.1"
PART = 64 * 1024  # bytes passed on at a time
HELD = 256  # parts that are under way in one direction; more are not taken from the sender
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: what is closed so ends with a reset, not in order


class Kind(StrEnum):
    """What ails the network."""

    CALM = "calm"
    REFUSE = "refuse"  # nobody listens, and connections that were open are reset
    STALL = "stall"  # connections are accepted, no byte passes until it is over; who leaves takes along what was held
    DELAY = "delay"  # every byte comes so many seconds later, even if its sender has left meanwhile
    CUT = "cut"  # connections are reset after so many bytes of answer


@dataclass(frozen=True)
class Trouble:
    """One kind with its measure. Two troubles are never the same one: each begins to count anew."""

    kind: Kind = Kind.CALM
    seconds: float = 0
    after_bytes: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event, compare=False)


@dataclass
class Counts:
    """Connections: those that are open, all that were accepted, and those that met trouble."""

    open: int = 0
    accepted: int = 0
    troubled: int = 0


class Gone(Exception):
    """One end left, or the network gives it up."""


@dataclass(eq=False)
class Connection:
    """What is known of a connection: since which trouble it suffers, and how much of the answer passed in it."""

    met: Trouble | None = None
    answered: int = 0


@dataclass(frozen=True)
class Way:
    """One direction of a connection. Parts in `held` come with the time of their arrival; an empty one is the end."""

    source: asyncio.StreamReader
    sink: asyncio.StreamWriter
    is_answer: bool
    held: asyncio.Queue[tuple[float, bytes]] = field(default_factory=lambda: asyncio.Queue(HELD))


class Proxy:
    """Listens on a port of the loopback and forwards to another one; all of it belongs to one event loop."""

    def __init__(self, port: int, upstream: int) -> None:
        self.trouble = Trouble()
        self.counts = Counts()
        self._port, self._upstream = port, upstream
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, LOOPBACK, self._port)

    async def close(self) -> None:
        """Listen no more, and reset every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def meet(self, trouble: Trouble) -> None:
        """Let this trouble take the place of the one before."""
        before, self.trouble = self.trouble, trouble
        before.over.set()
        if trouble.kind is Kind.REFUSE:
            self.counts.troubled += len(self._tasks)
            await self.close()
        else:
            await self.open()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  for the type: a coroutine runs in a task
        self._tasks.add(task)
        self.counts.accepted += 1
        self.counts.open += 1
        writers = [writer]
        try:
            back, forth = await asyncio.open_connection(LOOPBACK, self._upstream)
            writers.append(forth)
            await self._relay(Way(reader, forth, is_answer=False), Way(back, writer, is_answer=True))
        except (Gone, OSError, asyncio.CancelledError):
            for one in writers:
                _reset(one)
        finally:
            self._tasks.discard(task)
            self.counts.open -= 1
            for one in writers:
                one.close()

    async def _relay(self, *ways: Way) -> None:
        """Carry both directions to their ends; the first that breaks breaks the other."""
        connection = Connection()
        try:
            async with asyncio.TaskGroup() as group:
                for way in ways:
                    group.create_task(self._take(way))
                    group.create_task(self._give(way, connection))
        except* (Gone, OSError) as broken:
            raise Gone from broken

    async def _take(self, way: Way) -> None:
        while part := await way.source.read(PART):
            await way.held.put((_now(), part))
        if self.trouble.kind is Kind.STALL:
            raise Gone
        await way.held.put((_now(), b""))

    async def _give(self, way: Way, connection: Connection) -> None:
        while True:
            arrived, part = await way.held.get()
            await self._pass(arrived, connection)
            if not part:
                way.sink.write_eof()
                return
            cut = self._cut(way, connection, len(part))
            way.sink.write(part[:cut])
            await way.sink.drain()
            if cut is not None:
                raise Gone

    async def _pass(self, arrived: float, connection: Connection) -> None:
        """Wait until what arrived at that moment may go on."""
        while (trouble := self.trouble).kind in (Kind.STALL, Kind.DELAY):
            self._note(connection)
            left = arrived + trouble.seconds - _now() if trouble.kind is Kind.DELAY else None
            if left is not None and left <= 0:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(trouble.over.wait(), left)

    def _cut(self, way: Way, connection: Connection, size: int) -> int | None:
        """Return how much of a part of this size passes before the connection is reset; None if it is not."""
        trouble = self.trouble
        if trouble.kind is not Kind.CUT or not way.is_answer:
            return None
        self._note(connection)
        before, connection.answered = connection.answered, connection.answered + size
        return trouble.after_bytes - before if connection.answered >= trouble.after_bytes else None

    def _note(self, connection: Connection) -> None:
        """Count a connection once for each trouble that it meets."""
        if connection.met is not self.trouble:
            connection.met, connection.answered = self.trouble, 0
            self.counts.troubled += 1


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection so that the other end notices: by a reset, not by an orderly end of the answer."""
    found = writer.get_extra_info("socket")
    if found is not None and not writer.is_closing():
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


def _now() -> float:
    return asyncio.get_running_loop().time()
