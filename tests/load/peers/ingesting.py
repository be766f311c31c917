"""What it costs a peer to store a document, the same document again, and one of which a page has changed.

The peer is open and the model loaded beforehand. A turn ends when the peer's own search returns what is new.
`embeddings` counts the texts of documents that our embedder was given; `held` is how many chunks the peer has then.
"""

import argparse
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.load.peers.corpus import Chunk, Embedder, chunks_of

WITHIN = 60  # seconds, for what was stored to be found


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
        while not any(sought.text in text for text in await side.find(sought.text)):
            assert time.monotonic() < begun + WITHIN, f"not found: {sought.text}"
        return cls(time.monotonic() - begun, embedder.embedded - before, await side.held())


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
    turns = {}
    plan = {"first": (document, known[-1]), "unchanged": (document, known[-1]), "changed": (changed, new)}
    for name, (path, sought) in plan.items():
        async with opened() as side:
            turns[name] = await Turn.of(side, embedder, path, sought)
    return _told(turns)


def _told(turns: dict[str, Turn]) -> dict[str, Any]:
    first = turns["first"]
    return {
        "chunks_per_second": first.embeddings / first.seconds,
        **{f"{name}_seconds": turn.seconds for name, turn in turns.items()},
        "embeddings": {name: turn.embeddings for name, turn in turns.items()},
        "held": {name: turn.held for name, turn in turns.items()},
        "rss_mb": _peak(),
    }


def _peak() -> int:
    """Return the kernel's high-water mark of this process; getrusage's would have the parent's in it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024
