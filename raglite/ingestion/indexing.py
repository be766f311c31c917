"""One version of one document from bytes to unpublished points: fetch, parse, chunk, embed, index."""

import tempfile
import uuid
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from raglite.errors import NO_ROOM, NotFound, ResourceExhausted
from raglite.ingestion.ahead import ahead
from raglite.ingestion.chunking import chunk
from raglite.ingestion.figures.stated import stated_figures
from raglite.ingestion.filings.filing import read_filing
from raglite.ingestion.lease import HeldLease
from raglite.ingestion.shelf import edition_of
from raglite.ingestion.stages import Stages
from raglite.model import Chunk, ChunkKind, DocumentVersion, Filing, ParsedDocument, document_id
from raglite.ports import Edition, Embedder, IndexPoint, Services
from raglite.retrieval.lexical import passage_vector
from raglite.telemetry import Span

PART = 64  # chunks that are embedded before they are written: two seconds of two processors


@dataclass
class Vectors:
    """Dense vectors by content hash, and how many of them had to be computed so far."""

    by_hash: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    computed: int = 0


def index_version(version: DocumentVersion, services: Services, stages: Stages, held: HeldLease) -> DocumentVersion:
    """Write the points of a version's next edition, unpublished, and return its record completed.

    Bytes that an earlier version had already are not parsed again, texts that have a vector are not embedded again.
    A part of the chunks is written while the next is embedded, so that no more than two parts' points are in memory.
    DocumentRejected if it cannot be indexed, LeaseLost if another task took the key over before a part was written.
    """
    parsed, read = _read(version, services, stages, held)
    with stages.stage(Span.CHUNK):
        told = services.documents.metadata(version.key, version.version_id)
        filing = read_filing(parsed, told, PurePosixPath(version.key).name)
        held.check()
        services.documents.save_figures(version.key, version.version_id, stated_figures(parsed, filing))
        chunks = chunk(parsed, filing, services.embedder.count_tokens, services.embedder.spec.max_tokens)
    edition = edition_of(version)
    with stages.stage(Span.EMBED):
        vectors = _known(version.key, chunks, services)
    with closing(ahead(_embedded(chunks, vectors, services, stages))) as parts:
        for number, part in enumerate(parts):
            with stages.stage(Span.INDEX):
                held.check()
                if number == 0:
                    services.index.sweep(version.key)  # what an attempt that ended may have left
                services.index.write(points(edition, filing, part, vectors, services.embedder.spec.digest))
    return _described(version, parsed, filing, chunks, vectors).model_copy(update=read)


def _read(
    version: DocumentVersion, services: Services, stages: Stages, held: HeldLease
) -> tuple[ParsedDocument, dict[str, object]]:
    """Return the pages, kept beside the document, and what the record says of how they were come by."""
    with _scratch() as scratch:
        path = scratch / f"document{PurePosixPath(version.key).suffix[:16]}"
        with stages.stage(Span.FETCH):
            sha256 = services.documents.fetch(version.key, version.version_id, path)
        with stages.stage(Span.PARSE):
            known = _parsed_before(version, sha256, services)
            parsed = known or services.parser.parse(path, version.key)
            held.check()  # who took over meanwhile may know that the version is gone, and that no text may be left
            services.documents.save_parsed(version.key, version.version_id, parsed)
            reused = len(parsed.pages) if known else 0
            read = {"content_sha256": sha256, "parser_version": services.parser.version, "pages_reused": reused}
    return parsed, read


def _parsed_before(version: DocumentVersion, sha256: str, services: Services) -> ParsedDocument | None:
    """Return what this parser made of the same bytes under the same key."""
    for record in services.registry.history(version.key):
        if (record.content_sha256, record.parser_version) == (sha256, services.parser.version):
            with suppress(NotFound):
                return services.documents.load_parsed(version.key, record.version_id)
    return None


@contextmanager
def _scratch() -> Iterator[Path]:
    """Yield a directory that is gone afterwards; ResourceExhausted if the disk has no room for what is put there."""
    try:
        with tempfile.TemporaryDirectory(prefix="raglite-") as scratch:
            yield Path(scratch)
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise ResourceExhausted(
            f"No room for temporary files: free some, or set TMPDIR elsewhere ({error})."
        ) from error


def embed(chunks: Sequence[Chunk], vectors: Vectors, embedder: Embedder) -> None:
    """Add the vectors that chunks lack; whole pages have none."""
    texts = {one.content_hash: one.embedding_text for one in chunks if one.kind is not ChunkKind.PAGE}
    missing = [digest for digest in texts if digest not in vectors.by_hash]
    computed = embedder.embed([texts[digest] for digest in missing])
    vectors.by_hash.update(zip(missing, computed, strict=True))
    vectors.computed += len(missing)


def _known(key: str, chunks: Sequence[Chunk], services: Services) -> Vectors:
    """Return the vectors that any document has already, `key`'s own looked for first."""
    hashes = dict.fromkeys(one.content_hash for one in chunks if one.kind is not ChunkKind.PAGE)
    return Vectors(dict(services.index.vectors(key, list(hashes))))


def _embedded(
    chunks: Sequence[Chunk], vectors: Vectors, services: Services, stages: Stages
) -> Generator[Sequence[Chunk], None, None]:
    """Yield the chunks in parts whose vectors are there."""
    for start in range(0, max(1, len(chunks)), PART):
        part = chunks[start : start + PART]
        with stages.stage(Span.EMBED):
            embed(part, vectors, services.embedder)
        yield part


def points(
    edition: Edition, filing: Filing, chunks: Sequence[Chunk], vectors: Vectors, spec_digest: str
) -> list[IndexPoint]:
    """Return the points of an edition; the same edition under the same spec has the same ids."""
    document = document_id(edition.key)
    again = "" if edition.number == 1 else f":{edition.number}"
    return [
        IndexPoint(
            id=uuid.uuid5(document, f"{edition.version_id}:{spec_digest}:{c.kind.value}:{c.ordinal}{again}"),
            edition=edition,
            filing=filing,
            chunk=c,
            dense=None if c.kind is ChunkKind.PAGE else vectors.by_hash[c.content_hash],
            lexical=passage_vector(c.text),
        )
        for c in chunks
    ]


def _described(
    version: DocumentVersion, parsed: ParsedDocument, filing: Filing, chunks: Sequence[Chunk], vectors: Vectors
) -> DocumentVersion:
    embedded = sum(c.kind is not ChunkKind.PAGE for c in chunks)
    done = {
        "filing": filing,
        "pages_total": parsed.pages_total,
        "pages_parsed": len(parsed.pages),
        "pages_without_text": len(parsed.pages_without_text),
        "pages_missing": parsed.pages_missing,
        "coverage": parsed.coverage,
        "chunks": len(chunks),
        "chunks_by_spec": {},
        "embeddings_computed": vectors.computed,
        "embeddings_reused": embedded - vectors.computed,
    }
    return version.model_copy(update=done)
