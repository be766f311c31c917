"""What it costs haiku.rag to store a document, the same again, and a changed one, as JSON.

    python tests/load/peers/ingesting_haiku_rag.py --document FILE --changed FILE [--store PATH]

For the peer's Python, with the repository's root as PYTHONPATH and OMP_NUM_THREADS=1.

Of its two ways in for a document, `create_document_from_source` is taken: it recognises the same bytes by their MD5,
which `import_document`, meant for chunks that are there already, does not. Conversion and chunking, which it would
leave to docling, are replaced by reading the chunks that are given; fetching, comparing, embedding and storing are its
own. Of a changed document it embeds every chunk. What it tidies up in the background is waited for, but not counted.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from docling_core.types.doc.document import DoclingDocument
from haiku.rag import chunkers
from haiku.rag.chunkers.base import DocumentChunker
from haiku.rag.client import HaikuRAG, documents, processing
from haiku.rag.converters.base import DocumentConverter
from haiku.rag.store.models.chunk import Chunk as Stored

from tests.load.peers import ingesting
from tests.load.peers.corpus import Chunk, Embedder, chunks_of
from tests.load.peers.haiku_side import configuration, document, plug_in, stored


class Given(DocumentConverter, DocumentChunker):
    """Reads chunks where a document would be converted, and returns them where it would be cut."""

    supported_extensions = (".json",)

    def __init__(self) -> None:
        self._chunks: list[Chunk] = []
        self._items: list[str] = []

    async def convert_file(self, path: Path, **_: object) -> DoclingDocument:
        self._chunks = chunks_of(path)
        made, self._items = document(self._chunks)
        return made

    async def convert_text(self, *_: object, **__: object) -> DoclingDocument:
        raise NotImplementedError

    async def chunk(self, _: DoclingDocument | None) -> list[Stored]:
        return [stored(chunk, None, item) for chunk, item in zip(self._chunks, self._items, strict=True)]


class Client:
    """The peer through its client; every document takes the place of the one before."""

    def __init__(self, client: HaikuRAG, place: Path) -> None:
        self._client, self._place = client, place

    async def store(self, path: Path) -> None:
        shutil.copyfile(path, self._place)
        await self._client.create_document_from_source(self._place)

    async def find(self, text: str) -> list[str]:
        return [result.content for result in await self._client.search(text)]

    async def held(self) -> int:
        return await self._client.store.chunks_table.count_rows()


def plug_in_chunks() -> None:
    given = Given()
    for taken in (documents, processing):
        taken.get_converter = lambda *_, **__: given
    chunkers.get_chunker = lambda *_, **__: given


async def main() -> None:
    given = ingesting.arguments()
    embedder = Embedder(ingesting.PROCESSORS)
    plug_in(embedder)
    plug_in_chunks()
    with TemporaryDirectory() as scratch:
        store = Path(given.store or f"{scratch}/store")

        @asynccontextmanager
        async def opened() -> AsyncIterator[Client]:
            async with HaikuRAG(store, configuration(), create=True) as client:
                yield Client(client, Path(scratch) / "document.json")

        print(json.dumps(await ingesting.measured(opened, embedder, given.document, given.changed)))


if __name__ == "__main__":
    asyncio.run(main())
