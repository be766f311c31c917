"""What a container printed: kept in memory for `logs`, and in a rotated file for people."""

import asyncio
import struct
from collections import deque
from collections.abc import AsyncIterator
from io import FileIO
from pathlib import Path

KEPT_LINES = 10_000
LONGEST_LINE = 16 * 1024  # bytes; where Docker itself cuts a line in two
ROTATE_AT = 5 * 1024**2  # bytes; one older file is kept
KEPT_FILES = 200
STDOUT = 1


class ContainerLog:
    """Lines of one container, stdout and stderr together, each framed as Docker frames its streams."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: deque[bytes] = deque(maxlen=KEPT_LINES)
        self._followers: set[asyncio.Queue[bytes | None]] = set()
        self._closed = False
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab")

    def append(self, line: bytes) -> None:
        """Keep a line and hand it to everybody who follows; what comes after the end is dropped."""
        if self._closed:
            return
        self._lines.append(line)
        self._file.write(line)
        self._file.flush()
        if self._file.tell() > ROTATE_AT:
            self._rotate()
        for follower in self._followers:
            follower.put_nowait(line)

    def close(self) -> None:
        """End every follower's stream; the file stays for people."""
        if self._closed:
            return
        self._closed = True
        self._file.close()
        for follower in self._followers:
            follower.put_nowait(None)

    def lines(self, tail: int | None = None) -> list[bytes]:
        """Return the kept lines, or the last `tail` of them."""
        kept = list(self._lines)
        return kept if tail is None else kept[len(kept) - min(tail, len(kept)) :]

    async def frames(self, tail: int | None, follow: bool) -> AsyncIterator[bytes]:
        """Yield framed lines, and go on as they come until the container ends if `follow`."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        past = self.lines(tail)
        if follow and not self._closed:
            self._followers.add(queue)
        else:
            queue.put_nowait(None)
        try:
            for line in past:
                yield frame(line)
            while (line_or_end := await queue.get()) is not None:
                yield frame(line_or_end)
        finally:
            self._followers.discard(queue)

    async def collect(self, pipe: FileIO) -> None:
        """Read a pipe to its end, line by line, and close it."""
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), pipe
        )
        try:
            await self._split(reader)
        finally:
            transport.close()

    async def _split(self, reader: asyncio.StreamReader) -> None:
        pending = b""
        while chunk := await reader.read(LONGEST_LINE):
            *whole, pending = (pending + chunk).split(b"\n")
            for line in whole:
                self.append(line + b"\n")
            if len(pending) > LONGEST_LINE:
                self.append(pending)
                pending = b""
        if pending:
            self.append(pending)

    def _rotate(self) -> None:
        self._file.close()
        self._path.replace(self._path.with_suffix(self._path.suffix + ".1"))
        self._file = self._path.open("ab")


def keep_newest(folder: Path) -> None:
    """Remove all but the newest files of earlier containers."""
    for old in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)[:-KEPT_FILES]:
        old.unlink()


def frame(line: bytes) -> bytes:
    """Return a line with Docker's 8-byte stream header: kind, three zeros, length as big-endian."""
    return struct.pack(">BxxxL", STDOUT, len(line)) + line
