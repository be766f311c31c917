"""What it costs a peer to store a document, the same document again, and one of which a page has changed.

The peer is open and the model loaded beforehand; `start_seconds` is what that took, from the start of the process. A
turn ends when the peer has taken the document, if its own search returns what is new right after, else when it does.
`embeddings` counts the texts of documents that our embedder was given; `held` is how many chunks the peer has then.
"""

import argparse
import os
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.load.peers.corpus import Chunk, Embedder, chunks_of

WITHIN = 60  # seconds, for what was stored to be found
PROCESSORS = os.cpu_count() or 1  # passages embedded at once, as in our ingest task


class Side(Protocol):
    """A peer that is open."""

    async def store(self, path: Path) -> None:
        """Store the chunks of a file as a document."""

    async def find(self, text: str) -> list[str]:
        """Return the texts that it finds."""

    async def held(self) -> int:
        """Return how many chunks it has."""


@dataclass(frozen=True)
class Turn:
    """One document stored and found."""

    seconds: float
    embeddings: int
    held: int

    @classmethod
    async def of(cls, side: Side, embedder: Embedder, path: Path, sought: Chunk) -> "Turn":
        before, begun = embedder.embedded, time.monotonic()
        await side.store(path)
        searchable = time.monotonic()
        while not any(sought.text in text for text in await side.find(sought.text)):
            searchable = time.monotonic()
            assert searchable < begun + WITHIN, f"not found: {sought.text}"
        return cls(searchable - begun, embedder.embedded - before, await side.held())


def arguments() -> argparse.Namespace:
    """Return what was given: `document` and `changed`, lists of chunks as JSON, and where the peer may store."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--document", type=Path, required=True)
    parser.add_argument("--changed", type=Path, required=True)
    parser.add_argument("--store", help="a place that is empty; a folder of its own if none is named")
    return parser.parse_args()


async def measured(
    opened: Callable[[], AbstractAsyncContextManager[Side]], embedder: Embedder, document: Path, changed: Path
) -> dict[str, Any]:
    """Take the three turns, opening the peer anew for each: what it tidies up on closing belongs to none."""
    known = chunks_of(document)
    texts = {chunk.embedding_text for chunk in known}
    new = next(chunk for chunk in chunks_of(changed) if chunk.embedding_text not in texts)
    await embedder.embed_query("warm")
    turns: dict[str, Turn] = {}
    plan = {"first": (document, known[-1]), "unchanged": (document, known[-1]), "changed": (changed, new)}
    ready = None
    for name, (path, sought) in plan.items():
        async with opened() as side:
            ready = ready or _age()
            turns[name] = await Turn.of(side, embedder, path, sought)
    return {"start_seconds": ready} | _told(turns)


def _age() -> float:
    """Return the seconds since this process was started, imports and all (proc(5): field 22, in clock ticks)."""
    started = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started / os.sysconf("SC_CLK_TCK")


def _told(turns: dict[str, Turn]) -> dict[str, Any]:
    return {
        "seconds": {name: turn.seconds for name, turn in turns.items()},
        "embeddings": {name: turn.embeddings for name, turn in turns.items()},
        "held": {name: turn.held for name, turn in turns.items()},
        "rss_mb": _peak(),
    }


def _peak() -> int:
    """Return the kernel's high-water mark of this process; getrusage's would have the parent's in it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024
