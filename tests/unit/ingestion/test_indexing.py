"""From bytes to points: what is computed, what is reused, and which ids it gets."""

import pytest

from raglite.ingestion.indexing import Stages, embed, index_version, points
from raglite.ingestion.lease import HeldLease
from raglite.model import Chunk, ChunkKind, DocumentVersion, Filing, VersionState
from raglite.telemetry import Span
from tests.fakes.parser import report
from tests.fakes.services import World

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
