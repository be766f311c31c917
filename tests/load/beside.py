"""One filing at each side: stored, the same given again, and its next version in which one page has changed.

Peers are given the chunks that we make of it: what they would do to a PDF themselves is left to docling by the one and
unknown to the other. So a turn of ours is told with the reading of the PDF, and without.
"""

import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from raglite.adapters.docling_pdf import parse_pdf
from raglite.ingestion.chunking import chunk
from raglite.ingestion.filings.filing import read_filing
from raglite.model import Chunk, ChunkKind
from raglite.ports import Embedder
from raglite.telemetry import Span
from tests.load.estate import Estate, Ingestion
from tests.load.filing import filing
from tests.load.peers import corpus
from tests.load.peers.peers import Peer, ingested

PAGES, CHANGED = 40, 20  # and the number of the one that changes
MOST_PAGES = 2000
FIRST, UNCHANGED, ONE_PAGE = "first", "unchanged", "changed"
TURNS = (FIRST, UNCHANGED, ONE_PAGE)


@dataclass(frozen=True)
class Version:
    """A filing as the PDF that we are given, as our chunks of it, and these as the file that peers are given."""

    pdf: Path
    chunks: tuple[Chunk, ...]
    given: Path

    @classmethod
    def written(cls, path: Path, content: bytes, embedder: Embedder) -> "Version":
        path.write_bytes(content)
        parsed = parse_pdf(path, MOST_PAGES, os.cpu_count() or 1)
        told = read_filing(parsed, {}, path.name)
        chunks = tuple(chunk(parsed, told, embedder.count_tokens, embedder.spec.max_tokens))
        given = path.with_suffix(".json")
        passages = [asdict(_for_peers(one, path.stem)) for one in chunks if one.kind is ChunkKind.CHUNK]
        given.write_text(json.dumps(passages))
        return cls(path, chunks, given)


def _for_peers(one: Chunk, key: str) -> corpus.Chunk:
    name = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{key}:{one.ordinal}"))
    return corpus.Chunk(name, key, one.page, list(one.section), one.header, one.text, one.embedding_text)


@dataclass(frozen=True)
class Documents:
    """A filing and its next version. Texts differ from seed to seed: a text that any document has is embedded once."""

    known: Version
    changed: Version

    @classmethod
    def of(cls, folder: Path, seed: int, embedder: Embedder) -> "Documents":
        """Write them into a folder."""
        contents = {"known": filing(PAGES, seed=seed), "changed": filing(PAGES, CHANGED, seed=seed)}
        return cls(*(Version.written(folder / f"{seed}-{name}.pdf", made, embedder) for name, made in contents.items()))


@dataclass(frozen=True)
class Costs:
    """What the turns cost a side, by their names.

    `seconds` are from when it took the document up until it was searchable, from chunks that were there; `reading` is
    what making pages of the PDF took beside, `start` the process before that. `held` counts chunks.
    """

    seconds: Mapping[str, float]
    reading: Mapping[str, float]
    start: Mapping[str, float]
    embeddings: Mapping[str, int]
    held: Mapping[str, int]
    megabytes: int
    reader_megabytes: int = 0

    @classmethod
    def of_ours(cls, estate: Estate, documents: Documents, key: str) -> "Costs":
        """Run an ingest task for each turn."""
        known, changed = documents.known.pdf, documents.changed.pdf
        done = dict(zip(TURNS, (estate.ingest(path, key) for path in (known, known, changed)), strict=True))
        reading = {name: _reading(one) for name, one in done.items()}
        return cls(
            seconds={name: one.work - reading[name] for name, one in done.items()},
            reading=reading,
            start={name: one.whole - one.work for name, one in done.items()},
            embeddings={name: one.record.embeddings_computed for name, one in done.items()},
            held={name: one.record.chunks for name, one in done.items()},
            megabytes=max(one.megabytes for one in done.values()),
            reader_megabytes=max(one.parser_megabytes for one in done.values()),
        )

    @classmethod
    def of_peer(cls, peer: Peer, documents: Documents) -> "Costs":
        """Run its program, with a store of its own that is empty."""
        told = ingested(peer, documents.known.given, documents.changed.given)
        return cls(
            seconds=told["seconds"],
            reading=dict.fromkeys(TURNS, 0.0),
            start=dict.fromkeys(TURNS, told["start_seconds"]),
            embeddings=told["embeddings"],
            held=told["held"],
            megabytes=told["rss_mb"],
        )


def _reading(one: Ingestion) -> float:
    """Nothing for bytes that were read before: what fetching their pages takes is ours."""
    return 0.0 if one.record.pages_reused else one.record.stage_seconds[Span.PARSE.value]
