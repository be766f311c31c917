"""From bytes to points: what is computed, what is reused, and which ids it gets."""

from pathlib import Path

import pytest

from raglite.ingestion.indexing import Stages, embed, index_version, points
from raglite.ingestion.lease import HeldLease
from raglite.model import Chunk, ChunkKind, DocumentVersion, Filing, ParsedDocument, VersionState
from raglite.telemetry import Span
from tests.fakes.parser import report
from tests.fakes.services import World
from tests.unit.ingestion.figures.stated_tables import page, table

BODY = report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.", "Revenue was 200 million.")


def indexed(world: World, key: str, body: bytes = BODY) -> DocumentVersion:
    version_id = world.documents.put(key, body).version_id
    lease = world.registry.acquire(key, "task", 60)
    assert lease is not None
    held = HeldLease(world.registry, lease, 60)
    version = DocumentVersion(key=key, version_id=version_id, state=VersionState.PROCESSING)
    return index_version(version, world.services(), Stages(world.services()), held)


def test_a_version_is_written_unpublished_with_every_stage_in_a_span() -> None:
    world = World()
    done = indexed(world, "a.pdf")
    assert world.index.count("a.pdf", done.version_id) == done.chunks > 0
    assert world.index.count(commit=10**9) == 0
    assert world.telemetry.spans == [Span.FETCH, Span.PARSE, Span.CHUNK, Span.EMBED, Span.INDEX]


def test_whole_pages_have_no_dense_vector_and_cost_no_embedding() -> None:
    world = World()
    done = indexed(world, "a.pdf")
    by_kind = {stored.point.chunk.kind: stored.point.dense is None for stored in world.index.stored.values()}
    assert by_kind[ChunkKind.PAGE]
    assert not by_kind[ChunkKind.CHUNK]
    pages = sum(stored.point.chunk.kind is ChunkKind.PAGE for stored in world.index.stored.values())
    assert done.embeddings_computed + done.embeddings_reused == done.chunks - pages


def test_equal_passages_of_one_document_are_embedded_once() -> None:
    world = World()
    chunks = [Chunk(ordinal=n, kind=ChunkKind.CHUNK, page=n + 1, text="the same", header="h") for n in range(3)]
    vectors = embed("a.pdf", chunks, world.services())
    assert vectors.computed == 1
    assert world.embedder.embedded == ["h\nthe same"]


def test_vectors_are_not_taken_from_another_document() -> None:
    world = World()
    indexed(world, "a.pdf")
    assert indexed(world, "b.pdf").embeddings_computed > 0


@pytest.mark.parametrize("changed", ["version", "spec", "kind", "ordinal"])
def test_ids_are_the_same_for_the_same_thing_and_differ_with_every_part_of_it(changed: str) -> None:
    def ids(*, version: str = "v1", spec: str = "s", kind: ChunkKind = ChunkKind.PAGE, ordinal: int = 0) -> str:
        chunk = Chunk(ordinal=ordinal, kind=kind, page=1, text="t", header="")
        record = DocumentVersion(key="a.pdf", version_id=version, state=VersionState.PROCESSING)
        (point,) = points(record, Filing(), [chunk], embed("a.pdf", [chunk], World().services()), spec)
        return str(point.id)

    other = {"version": "v2", "spec": "s2", "kind": ChunkKind.HEADING, "ordinal": 1}
    assert ids() == ids()
    assert ids(**{changed: other[changed]}) != ids()  # type: ignore[arg-type]  # one of four keywords


def test_a_long_or_odd_suffix_in_the_key_is_no_obstacle() -> None:
    assert indexed(World(), "a b+c%20é 财." + "x" * 300).chunks > 0
    assert indexed(World(), "no suffix/at all").chunks > 0


def test_what_the_uploader_says_of_a_document_goes_before_its_text() -> None:
    world = World()
    world.documents.described["a.pdf", "v1"] = {"raglite-company": "Orchard Mills Group plc", "raglite-names": "OMG"}
    filing = indexed(world, "a.pdf").filing
    assert (filing.company, filing.fiscal_year) == ("Orchard Mills Group plc", 2023)
    assert "OMG" in filing.names


class TabledParser:
    def parse(self, _path: Path, _name: str) -> ParsedDocument:
        balance = table("""
            ~              | 2018  | 2017
            Total assets   | 1,577 | 1,373
            Total equity   | 900   | 800
        """)
        pages = (page(["Form 10-K", "For the fiscal year ended December 31, 2018"]), page(["In millions"], balance))
        pages = tuple(one.model_copy(update={"number": number}) for number, one in enumerate(pages, 1))
        return ParsedDocument(
            media_type="application/pdf", parser="fake", parser_version="1", pages=pages, pages_total=2
        )


def test_the_figures_of_a_version_are_saved_beside_it() -> None:
    world = World(parser=TabledParser())  # type: ignore[arg-type]  # all that is asked of a parser
    done = indexed(world, "a.pdf")
    saved = world.documents.load_figures("a.pdf", done.version_id)
    assert ("Total assets", 1577) in {(one.label, one.value) for one in saved}
