"""One version of one document from bytes to unpublished points: fetch, parse, chunk, embed, index."""

import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from raglite.ingestion.chunking import chunk
from raglite.ingestion.figures.stated import stated_figures
from raglite.ingestion.filings.filing import read_filing
from raglite.ingestion.lease import HeldLease
from raglite.model import Chunk, ChunkKind, DocumentVersion, Filing, ParsedDocument, document_id
from raglite.ports import IndexPoint, Services
from raglite.retrieval.lexical import passage_vector
from raglite.telemetry import Span


@dataclass
class Stages:
    """Times and traces the stages of one version."""

    services: Services
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: Span) -> Iterator[None]:
        """Run the body in a span and note the seconds it took."""
        begun = time.monotonic()
        with self.services.telemetry.span(name):
            yield
        self.seconds[name.value] = time.monotonic() - begun


@dataclass(frozen=True)
class Vectors:
    """Dense vectors by content hash, and how many of them had to be computed."""

    by_hash: dict[str, NDArray[np.float32]]
    computed: int


def index_version(version: DocumentVersion, services: Services, stages: Stages, held: HeldLease) -> DocumentVersion:
    """Write a version's points unpublished and return its record completed.

    DocumentRejected if it cannot be indexed, LeaseLost if another task took the key over before anything was written.
    """
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / f"document{PurePosixPath(version.key).suffix[:16]}"
        with stages.stage(Span.FETCH):
            sha256 = services.documents.fetch(version.key, version.version_id, path)
        with stages.stage(Span.PARSE):
            parsed = services.parser.parse(path, version.key)
            services.documents.save_parsed(version.key, version.version_id, parsed)
    with stages.stage(Span.CHUNK):
        told = services.documents.metadata(version.key, version.version_id)
        filing = read_filing(parsed, told, PurePosixPath(version.key).name)
        services.documents.save_figures(version.key, version.version_id, stated_figures(parsed, filing))
        chunks = chunk(parsed, filing, services.embedder.count_tokens, services.embedder.spec.max_tokens)
    with stages.stage(Span.EMBED):
        vectors = embed(version.key, chunks, services)
    with stages.stage(Span.INDEX):
        held.check()
        if services.index.count(version.key, version.version_id, services.registry.commit_number()) == 0:
            services.index.discard(version.key, version.version_id)  # what an older attempt or parser may have left
        services.index.write(points(version, filing, chunks, vectors, services.embedder.spec.digest))
    return _described(version, parsed, filing, chunks, vectors).model_copy(update={"content_sha256": sha256})


def embed(key: str, chunks: Sequence[Chunk], services: Services) -> Vectors:
    """Return vectors for all chunks but whole pages, taking those that any version of `key` has already."""
    texts = {c.content_hash: c.embedding_text for c in chunks if c.kind is not ChunkKind.PAGE}
    known = dict(services.index.vectors(key, list(texts)))
    missing = [digest for digest in texts if digest not in known]
    computed = services.embedder.embed([texts[digest] for digest in missing])
    return Vectors(known | dict(zip(missing, computed, strict=True)), len(missing))


def points(
    version: DocumentVersion, filing: Filing, chunks: Sequence[Chunk], vectors: Vectors, spec_digest: str
) -> list[IndexPoint]:
    """Return the points of a version; the same version under the same spec has the same ids."""
    document = document_id(version.key)
    return [
        IndexPoint(
            id=uuid.uuid5(document, f"{version.version_id}:{spec_digest}:{c.kind.value}:{c.ordinal}"),
            key=version.key,
            version_id=version.version_id,
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
        "chunks": len(chunks),
        "embeddings_computed": vectors.computed,
        "embeddings_reused": embedded - vectors.computed,
    }
    return version.model_copy(update=done)
