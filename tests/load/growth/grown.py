"""Estates of growing size, filled once and measured on copies.

Filled by ingestion's own chunker, readers and adapters, but around the queue, the parser, the model and the index's
HTTP: those would take an hour for a hundred thousand passages, and are measured by themselves.
"""

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import qdrant_edge as edge

from local.qdrant import translate
from local.qdrant.collections import Collection, Collections
from local.twin.programs import MODEL
from raglite.adapters.qdrant_points import point_of
from raglite.ingestion.chunking import chunk
from raglite.ingestion.figures.stated import stated_figures
from raglite.ingestion.filings.filing import read_filing
from raglite.ingestion.indexing import Vectors, embed, points
from raglite.model import DocumentVersion, Filing, ParsedDocument, StatedFigure, VersionState
from raglite.ports import PUBLISH_KEY, Edition, Embedder, IndexPoint, Services
from scripts.sample.markup import Report
from tests.load.estate import COLLECTION, ROOT, Estate, running
from tests.load.filled import ESTATES, READERS
from tests.load.growth.companies import MOST, published
from tests.load.growth.drawn import DrawnEmbedder
from tests.load.growth.exact import keep_vectors
from tests.load.growth.pages import parsed

MADE_OF = (*READERS, "tests/load/filing.py", "tests/load/growth/[cdp]*.py", "scripts/gate/**/*")
FIRST = 1  # commit number, edition: everything was published at once
VERSION = "as-it-came"
VECTORS = "vectors.npz"  # of the passages, for an exact search


@contextmanager
def grown(companies: int) -> Iterator[Estate]:
    """Start a copy of the estate of so many companies; the first time it is filled, for minutes where it is large."""
    place = ESTATES / f"grown-{companies}-{_digest()}"
    if not place.exists():
        _fill(companies, place)
    with tempfile.TemporaryDirectory(prefix="copy-", dir=ESTATES) as scratch:
        subprocess.run(["cp", "-r", f"{place}/.", scratch], check=True)
        with running(Path(scratch)) as estate:
            yield estate


@dataclass(frozen=True)
class Filed:
    """What is known of a document beside its points."""

    record: DocumentVersion
    figures: Sequence[StatedFigure]


def _fill(companies: int, place: Path) -> None:
    unfinished = place.with_suffix(".unfinished")
    subprocess.run(["rm", "-rf", unfinished], check=True)
    unfinished.mkdir(parents=True)
    with running(unfinished) as estate:
        embedder = DrawnEmbedder(estate.services.embedder)
        name = estate.services.index.begin(embedder.spec).name
    collections = Collections(unfinished / "qdrant")
    documents = (document for number in range(companies) for document in published(number).documents())
    filed = [_filed(*document, collections.get(name), embedder) for document in documents]
    keep_vectors(collections.get(name).shard, unfinished / VECTORS)
    collections.close()
    with running(unfinished) as estate:
        _register(filed, estate.services)
    unfinished.rename(place)


def another(number: int, embedder: Embedder) -> list[IndexPoint]:
    """Return the points of a report that no estate holds; `number` below MOST."""
    name, report = next(published(MOST - 1 - number).documents())
    document = parsed(report)
    filing = read_filing(document, name=name)
    return _points(Edition(f"bench/{name}-again.pdf", VERSION, FIRST), document, filing, DrawnEmbedder(embedder))


def _points(edition: Edition, document: ParsedDocument, filing: Filing, embedder: DrawnEmbedder) -> list[IndexPoint]:
    chunks = chunk(document, filing, embedder.count_tokens, embedder.spec.max_tokens)
    vectors = Vectors()
    embed(chunks, vectors, embedder)
    return points(edition, filing, chunks, vectors, embedder.spec.digest)


def _filed(name: str, report: Report, collection: Collection, embedder: DrawnEmbedder) -> Filed:
    document = parsed(report)
    filing = read_filing(document, name=name)
    edition = Edition(f"bench/{name}.pdf", VERSION, FIRST)
    made = _points(edition, document, filing, embedder)
    _write(made, collection)
    record = DocumentVersion(
        key=edition.key,
        version_id=VERSION,
        state=VersionState.PROCESSING,
        filing=filing,
        pages_total=document.pages_total,
        pages_parsed=document.pages_total,
        chunks=len(made),
        edition=FIRST,
        committed=FIRST,
        uploaded=datetime.now(UTC),
    )
    return Filed(record, stated_figures(document, filing))


def _write(written: Sequence[IndexPoint], collection: Collection) -> None:
    """Write points as the index does, published already."""
    made = [point_of(one) for one in written]
    for one in made:
        one.payload = {**(one.payload or {}), "committed": FIRST}
    collection.update(edge.UpdateOperation.upsert_points([translate.point(one) for one in made], None))


def _register(filed: Sequence[Filed], services: Services) -> None:
    for one in filed:
        services.documents.save_figures(one.record.key, VERSION, one.figures)
        services.registry.record(one.record)
        services.registry.record(one.record.model_copy(update={"state": VersionState.SEARCHABLE}))
    lease = services.registry.acquire(PUBLISH_KEY, "growth", 60)
    assert lease is not None
    services.registry.advance(lease, FIRST - 1)
    services.registry.abandon(lease)


def _digest() -> str:
    spec = json.loads((MODEL / "spec.json").read_text())["spec"]
    made_of = hashlib.sha256(json.dumps([COLLECTION, spec]).encode())
    for path in sorted(path for pattern in MADE_OF for path in ROOT.glob(pattern) if path.is_file()):
        made_of.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return made_of.hexdigest()[:16]
