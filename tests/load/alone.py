"""What a document costs to parse, embed and index, and nothing else: one process, everything loaded beforehand.

python -m tests.load.alone FILE   prints seconds as JSON, for the estate that the environment names.
"""

import json
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from raglite.adapters.docling_pdf import parse_pdf
from raglite.bootstrap import bootstrap
from raglite.ingestion.chunking import chunk
from raglite.ingestion.filings.filing import read_filing
from raglite.ingestion.indexing import Vectors, points
from raglite.model import ChunkKind
from raglite.ports import Edition
from raglite.settings import Settings
from tests.load.filing import filing

MOST_PAGES = 2000


def main(path: Path) -> dict[str, float]:
    settings = Settings.from_environment()
    services = bootstrap(settings.model_copy(update={"collection": f"alone-{uuid.uuid4().hex}"}))
    services.index.begin(services.embedder.spec)
    services.index.prepare(services.embedder.spec)
    services.embedder.embed(["warm"])
    with TemporaryDirectory() as scratch:
        warm = Path(scratch) / "warm.pdf"
        warm.write_bytes(filing(2))
        parse_pdf(warm, MOST_PAGES)
    parse, parsed = _timed(lambda: parse_pdf(path, MOST_PAGES, settings.processors))
    told = read_filing(parsed, {}, path.name)
    chunks = chunk(parsed, told, services.embedder.count_tokens, services.embedder.spec.max_tokens)
    texts = {one.content_hash: one.embedding_text for one in chunks if one.kind is not ChunkKind.PAGE}
    embed, computed = _timed(lambda: services.embedder.embed(list(texts.values())))
    vectors = Vectors(dict(zip(texts, computed, strict=True)), len(texts))
    ready = points(Edition(path.name, "alone", 1), told, chunks, vectors, services.embedder.spec.digest)
    index, _ = _timed(lambda: services.index.write(ready))
    return {"parse": parse, "embed": embed, "index": index}


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.monotonic()
    done = work()
    return time.monotonic() - begun, done


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
