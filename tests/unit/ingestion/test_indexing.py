"""From bytes to points: what is computed, what is reused, and which ids it gets."""

import errno
from pathlib import Path
from typing import Any

import pytest

from raglite.errors import DependencyUnavailable, ResourceExhausted
from raglite.ingestion.indexing import PART, Stages, Vectors, embed, index_version, points
from raglite.ingestion.lease import HeldLease
from raglite.model import Chunk, ChunkKind, DocumentVersion, Filing, ParsedDocument, VersionState
from raglite.ports import Edition
from raglite.telemetry import Span
from tests.fakes.parser import report
from tests.fakes.services import World
from tests.fakes.watched import Watched, failing
from tests.unit.ingestion.figures.stated_tables import page, table

BODY = report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.", "Revenue was 200 million.")


def indexed(world: World, key: str, body: bytes = BODY, **replaced: Any) -> DocumentVersion:
    version_id = world.documents.put(key, body).version_id
    lease = world.registry.acquire(key, "task", 60)
    assert lease is not None
    held = HeldLease(world.registry, lease, 60)
    version = DocumentVersion(key=key, version_id=version_id, state=VersionState.PROCESSING, edition=1)
    done = index_version(version, world.services(**replaced), Stages(world.services()), held)
    world.registry.record(done)
    world.registry.abandon(lease)
    return done


def test_a_version_is_written_unpublished_with_every_stage_in_a_span() -> None:
    world = World()
    done = indexed(world, "a.pdf")
    assert world.index.count("a.pdf", done.version_id) == done.chunks > 0
    assert world.index.count(commit=10**9) == 0
    assert world.telemetry.spans == [Span.FETCH, Span.PARSE, Span.CHUNK, Span.EMBED, Span.EMBED, Span.INDEX]


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
    vectors = Vectors()
    embed(chunks[:1], vectors, world.embedder)
    embed(chunks[1:], vectors, world.embedder)
    assert vectors.computed == 1
    assert world.embedder.embedded == ["h\nthe same"]


def test_a_part_is_written_before_the_one_after_the_next_is_embedded() -> None:
    """Points and their texts are not all in memory at once, however long the document is."""
    world = World()
    embedded, ahead = 0, []

    def note(call: str) -> None:
        nonlocal embedded
        embedded += call == "embed"
        if call == "write":
            ahead.append(embedded)

    watched = {part: Watched(getattr(world, part), note) for part in ("embedder", "index")}
    pages = [f"Segment {number} sold {number} mills." for number in range(PART)]  # a passage, a page and a heading each
    done = indexed(world, "a.pdf", report("Orchard Mills, Inc.", 2023, *pages), **watched)
    assert len(ahead) == -(-done.chunks // PART) > 2
    assert all(number <= made <= number + 1 for number, made in enumerate(ahead, 1))
    assert world.index.count("a.pdf", done.version_id) == done.chunks


def test_a_document_that_fails_while_it_is_embedded_leaves_nothing_that_is_shown() -> None:
    world = World()
    calls = 0

    def fail_at_the_third(call: str) -> None:
        nonlocal calls
        calls += call == "embed"
        if calls == 3:
            raise DependencyUnavailable("the model", "gone")

    pages = [f"Segment {number} sold {number} mills." for number in range(2 * PART)]
    body = report("Orchard Mills, Inc.", 2023, *pages)
    with pytest.raises(DependencyUnavailable, match="gone"):
        indexed(world, "a.pdf", body, embedder=Watched(world.embedder, fail_at_the_third))
    assert world.index.count("a.pdf") > 0, "parts were written"
    assert world.index.count(commit=10**9) == 0
    world.clock.advance(61)  # its lease has run out
    done = indexed(world, "a.pdf", body)
    assert world.index.count("a.pdf", done.version_id) == done.chunks
    assert done.embeddings_reused > 0, "what was computed before it failed"


def test_a_renamed_document_computes_nothing_anew() -> None:
    world = World()
    first = indexed(world, "a.pdf")
    renamed = indexed(world, "red/b.pdf")
    assert (renamed.embeddings_computed, renamed.embeddings_reused) == (0, first.chunks - first.pages_parsed)


def test_the_same_bytes_under_a_new_version_are_neither_parsed_nor_embedded_again() -> None:
    world = World()
    first = indexed(world, "a.pdf")
    again = indexed(world, "a.pdf")
    assert world.parser.parsed == ["a.pdf"]
    assert (again.embeddings_computed, again.pages_reused) == (0, first.pages_parsed)
    assert world.documents.load_parsed("a.pdf", again.version_id) == world.documents.load_parsed(
        "a.pdf", first.version_id
    )


def test_the_same_bytes_are_parsed_again_by_a_parser_that_has_changed() -> None:
    world = World()
    indexed(world, "a.pdf")
    world.parser.version = "2"
    again = indexed(world, "a.pdf")
    assert (world.parser.parsed, again.pages_reused, again.parser_version) == (["a.pdf", "a.pdf"], 0, "2")


def test_the_same_bytes_are_parsed_again_where_the_pages_were_lost() -> None:
    world = World()
    first = indexed(world, "a.pdf")
    world.documents.forget("a.pdf", first.version_id)
    assert indexed(world, "a.pdf").pages_reused == 0


def test_of_a_changed_page_only_its_own_chunks_are_computed() -> None:
    world = World()
    pages = [f"Revenue of segment {n} was {n} million." for n in range(9)]
    indexed(world, "a.pdf", report("Orchard Mills, Inc.", 2023, *pages))
    before = list(world.embedder.embedded)
    pages[4] = "Revenue of segment 4 was restated."
    changed = indexed(world, "a.pdf", report("Orchard Mills, Inc.", 2023, *pages))
    assert changed.embeddings_computed == 1
    (computed,) = world.embedder.embedded[len(before) :]
    assert computed.endswith("Revenue of segment 4 was restated.")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_nobodys_fault_and_says_what_to_do(number: int) -> None:
    world = World()
    full = Watched(world.parser, failing("parse", error=OSError(number, "full")))
    with pytest.raises(ResourceExhausted, match="free some"):
        indexed(world, "a.pdf", parser=full)


@pytest.mark.parametrize("changed", ["version", "spec", "kind", "ordinal", "edition"])
def test_ids_are_the_same_for_the_same_thing_and_differ_with_every_part_of_it(changed: str) -> None:
    def ids(
        *, version: str = "v1", spec: str = "s", kind: ChunkKind = ChunkKind.PAGE, ordinal: int = 0, edition: int = 1
    ) -> str:
        chunk = Chunk(ordinal=ordinal, kind=kind, page=1, text="t", header="")
        vectors = Vectors()
        embed([chunk], vectors, World().embedder)
        (point,) = points(Edition("a.pdf", version, edition), Filing(), [chunk], vectors, spec)
        return str(point.id)

    other = {"version": "v2", "spec": "s2", "kind": ChunkKind.HEADING, "ordinal": 1, "edition": 2}
    assert ids() == ids()
    assert ids(**{changed: other[changed]}) != ids()  # type: ignore[arg-type]  # one of five keywords


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
    version = "1"

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
