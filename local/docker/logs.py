"""What a container printed, out of the stream in which Docker frames stdout and stderr."""

from collections.abc import AsyncIterator

HEADER = 8  # bytes: the stream's kind, three zeros, the length as big-endian


async def lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield each frame's content, which is one line, or a piece of a line longer than 16 KiB."""
    pending = b""
    async for chunk in chunks:
        pending += chunk
        while len(pending) >= HEADER:
            end = HEADER + int.from_bytes(pending[4:HEADER], "big")
            if len(pending) < end:
                break
            yield pending[HEADER:end]
            pending = pending[end:]
