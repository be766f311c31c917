"""What every VectorIndex promises: on the fake, on qdrant-client's local mode, on the stand-in and on a server."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import uuid5

import numpy as np
import pytest
from qdrant_client import QdrantClient

from raglite.adapters.qdrant_index import QdrantIndex
from raglite.errors import ConfigurationError, DependencyUnavailable
from raglite.model import Chunk, ChunkKind, EmbeddingSpec, Filing, Filters, Statement, document_id
from raglite.ports import (
    RUNBOOK,
    Built,
    CollectionMissing,
    Edition,
    Holding,
    IndexPoint,
    Leg,
    SearchRequest,
    SparseVector,
    VectorIndex,
)
from raglite.retrieval.lexical import passage_vector, query_vector
from tests import containers
from tests.fakes.index import FakeIndex
from tests.fakes.local_mode import local_index
from tests.processes import end, free_port, listening, until

ROOT = Path(__file__).resolve().parents[2]
KEY = "the-key"
A1, A2, B1 = Edition("a.pdf", "v1", 1), Edition("a.pdf", "v2", 1), Edition("b.pdf", "v1", 1)
SPEC = EmbeddingSpec(
    model="tiny",
    weights_sha256="0" * 64,
    tokenizer_sha256="1" * 64,
    dimensions=4,
    max_tokens=16,
    pooling="mean",
    normalized=True,
    header_version=1,
    chunker_version=1,
)


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "local.qdrant",
        "--port",
        str(port),
        "--data",
        str(tmp_path_factory.mktemp("qdrant")),
    ]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "QDRANT_API_KEY": KEY})
    until(lambda: listening(port), "the stand-in listens")
    yield f"http://127.0.0.1:{port}"
    end(process)


@pytest.fixture(scope="module")
def container() -> Iterator[str]:
    with containers.qdrant(KEY) as url:
        yield url


@pytest.fixture(params=["fake", "local mode", "stand-in", "container"])
def index(request: pytest.FixtureRequest) -> VectorIndex:
    made = _unbegun(request)
    made.begin(SPEC)
    made.prepare(SPEC)
    return made


@pytest.fixture(params=["fake", "local mode", "stand-in", "container"])
def nothing(request: pytest.FixtureRequest) -> VectorIndex:
    """Return an index without any collection."""
    return _unbegun(request)


def _unbegun(request: pytest.FixtureRequest) -> VectorIndex:
    if request.param == "fake":
        return FakeIndex()
    if request.param == "local mode":
        return local_index("documents")
    name = f"documents{abs(hash(request.node.name))}"
    return QdrantIndex.connect(request.getfixturevalue(request.param.replace("-", "_")), KEY, name)


def point(
    edition: Edition, ordinal: int, text: str, vector: tuple[float, ...] = (1, 0, 0, 0), **filing: object
) -> IndexPoint:
    chunk = Chunk(
        ordinal=ordinal, kind=ChunkKind.CHUNK, page=ordinal + 1, text=text, header="Acme | 10-K", section=("Item 7",)
    )
    dense = np.asarray(vector, dtype=np.float32)
    return IndexPoint(
        id=uuid5(document_id(edition.key), f"{edition.version_id}:{ordinal}:{edition.number}"),
        edition=edition,
        filing=Filing.model_validate(filing),
        chunk=chunk,
        dense=dense / np.linalg.norm(dense),
        lexical=passage_vector(text),
    )


def published(index: VectorIndex, edition: Edition, commit: int, *texts: str, **filing: object) -> Edition:
    """Write an edition and make it the only one that is visible of its key."""
    index.write([point(edition, ordinal, text, **filing) for ordinal, text in enumerate(texts)])
    index.publish(edition, commit)
    index.supersede(edition.key, edition, commit)
    return edition


def ask(index: VectorIndex, text: str, commit: int, **limits: object) -> list[str]:
    legs = (Leg(np.asarray([1, 0, 0, 0], dtype=np.float32)), Leg(query_vector(text)))
    found = index.search(SearchRequest(legs=legs, commit=commit, limit=10, **limits))  # type: ignore[arg-type]  # test shorthand
    return [chunk.chunk.text for chunk in found]


def test_unpublished_points_are_not_found(index: VectorIndex) -> None:
    index.write([point(A1, 0, "revenue grew")])
    assert ask(index, "revenue", commit=5) == []
    assert index.count() == 1
    assert index.count(commit=5) == 0


def test_a_published_version_is_found_from_its_commit_on(index: VectorIndex) -> None:
    index.write([point(A1, 0, "revenue grew")])
    index.publish(A1, 3)
    assert ask(index, "revenue", commit=2) == []
    assert ask(index, "revenue", commit=3) == ["revenue grew"]


def test_a_point_without_a_dense_vector_is_found_by_words_alone(index: VectorIndex) -> None:
    page = replace(point(A1, 0, "revenue grew"), dense=None)
    index.write([page])
    index.publish(A1, 1)
    dense, words = Leg(np.asarray([1, 0, 0, 0], dtype=np.float32)), Leg(query_vector("revenue"))
    assert index.search(SearchRequest(legs=(dense,), commit=1, limit=10)) == ()
    assert [found.id for found in index.search(SearchRequest(legs=(words,), commit=1, limit=10))] == [page.id]
    assert index.vectors("a.pdf", [page.chunk.content_hash]) == {}


def test_a_found_chunk_is_the_one_that_was_written(index: VectorIndex) -> None:
    written = point(
        Edition("a b+c%20é 财.pdf", "v/1?", 1), 0, "revenue grew",
        company="Acme", fiscal_year=2023, period_end="2023-12-31",
    )  # fmt: skip
    index.write([written])
    index.publish(written.edition, 1)
    (found,) = index.search(SearchRequest(legs=(Leg(written.dense),), commit=1, limit=1))
    assert (found.id, found.key, found.version_id, found.filing, found.chunk) == (
        written.id,
        written.key,
        written.version_id,
        written.filing,
        written.chunk,
    )


def test_no_commit_shows_both_or_neither_of_two_versions(index: VectorIndex) -> None:
    index.write([point(A1, 0, "old revenue")])
    index.publish(A1, 1)
    index.write([point(A2, 0, "new revenue")])
    index.publish(A2, 2)
    index.supersede("a.pdf", A2, 2)
    assert ask(index, "revenue", commit=1) == ["old revenue"]
    assert ask(index, "revenue", commit=2) == ["new revenue"]


def test_a_publish_that_died_is_undone_and_done_again(index: VectorIndex) -> None:
    index.write([point(A1, 0, "old revenue"), point(B1, 0, "other revenue")])
    index.publish(A1, 1)
    index.write([point(A2, 0, "new revenue")])
    index.publish(A2, 2)
    index.supersede("a.pdf", A2, 2)
    index.rollback(1)
    index.publish(B1, 2)
    assert sorted(ask(index, "revenue", commit=2)) == ["old revenue", "other revenue"]


def test_a_version_that_comes_back_is_a_new_edition_and_keeps_its_earlier_window(index: VectorIndex) -> None:
    published(index, A1, 1, "revenue")
    published(index, A2, 2, "revenue restated")
    again = published(index, replace(A1, number=2), 4, "revenue")
    seen = {commit: ask(index, "revenue", commit) for commit in range(5)}
    assert seen == {0: [], 1: ["revenue"], 2: ["revenue restated"], 3: ["revenue restated"], 4: ["revenue"]}
    assert set(index.holdings("a.pdf")) == {Holding(A1, 1, 2, 1), Holding(A2, 2, 4, 1), Holding(again, 4, None, 1)}


def test_an_edition_replaces_the_one_before_it_of_the_same_version_at_one_commit(index: VectorIndex) -> None:
    published(index, A1, 1, "revenue as first read")
    published(index, replace(A1, number=2), 2, "revenue as read anew", "revenue of page two")
    assert ask(index, "revenue", commit=1) == ["revenue as first read"]
    assert sorted(ask(index, "revenue", commit=2)) == ["revenue as read anew", "revenue of page two"]


def test_a_withdrawn_document_is_found_as_of_an_earlier_commit_only(index: VectorIndex) -> None:
    published(index, A1, 1, "revenue")
    index.supersede("a.pdf", None, 2)
    index.supersede("a.pdf", None, 5)
    assert [ask(index, "revenue", commit) for commit in (1, 2, 5)] == [["revenue"], [], []]
    assert index.holdings("a.pdf") == (Holding(A1, 1, 2, 1),)


def test_points_that_nobody_has_published_are_never_superseded(index: VectorIndex) -> None:
    index.write([point(A1, 0, "revenue")])
    index.supersede("a.pdf", None, 3)
    index.publish(A1, 4)
    assert ask(index, "revenue", commit=4) == ["revenue"]


def test_what_was_superseded_is_not_published_again(index: VectorIndex) -> None:
    published(index, A1, 1, "revenue")
    index.supersede("a.pdf", None, 2)
    index.publish(A1, 3)
    assert ask(index, "revenue", commit=3) == []


def test_publishing_twice_changes_nothing(index: VectorIndex) -> None:
    index.write([point(A1, 0, "revenue")])
    index.publish(A1, 1)
    index.publish(A1, 7)
    assert ask(index, "revenue", commit=1) == ["revenue"]


def test_writing_the_same_ids_again_does_not_double_them(index: VectorIndex) -> None:
    index.write([point(A1, n, f"text {n}") for n in range(3)])
    index.write([point(A1, n, f"text {n}") for n in range(3)])
    assert index.count() == 3
    assert index.count("a.pdf", "v1") == 3
    assert index.count("b.pdf") == 0


def test_writing_again_what_is_published_hides_nothing(index: VectorIndex) -> None:
    index.write([point(A1, n, f"revenue {n}") for n in range(2)])
    index.publish(A1, 1)
    index.write([point(A1, n, f"revenue {n} as a late task wrote it") for n in range(3)])
    assert sorted(ask(index, "revenue", commit=1)) == ["revenue 0", "revenue 1"]
    index.publish(A1, 2)
    assert sorted(ask(index, "revenue", commit=2)) == ["revenue 0", "revenue 1", "revenue 2 as a late task wrote it"]


def test_what_was_taken_back_is_replaced(index: VectorIndex) -> None:
    index.write([point(A1, 0, "revenue")])
    index.publish(A1, 1)
    index.rollback(0)
    index.write([point(A1, 0, "revenue as written again")])
    index.publish(A1, 1)
    assert ask(index, "revenue", commit=1) == ["revenue as written again"]


def test_a_late_task_changes_nothing_of_what_another_has_published(index: VectorIndex) -> None:
    published(index, A1, 1, "revenue")
    before = index.digest(1)
    index.write([point(A1, 0, "revenue as a late task read it", (0, 1, 0, 0))])
    index.publish(A1, 2)
    index.sweep("a.pdf")
    assert (index.digest(1), index.digest(2)) == (before, before)
    assert index.holdings() == (Holding(A1, 1, None, 1),)


def test_discarded_versions_leave_nothing(index: VectorIndex) -> None:
    published(index, A1, 1, "one")
    published(index, replace(A1, number=2), 2, "one")
    index.write([point(A2, 0, "two")])
    index.discard("a.pdf", "v1")
    assert index.holdings() == (Holding(A2, None, None, 1),)


def test_a_sweep_removes_what_nobody_has_published_and_spares_the_rest(index: VectorIndex) -> None:
    published(index, A1, 1, "one")
    published(index, A2, 2, "two")
    index.write([point(replace(A2, number=2), 0, "written by a task that died")])
    index.write([point(B1, 0, "another's work")])
    published(index, replace(A1, number=2), 3, "stamped by a publisher that died")
    index.rollback(2)
    index.sweep("a.pdf")
    assert set(index.holdings()) == {Holding(A1, 1, 2, 1), Holding(A2, 2, None, 1), Holding(B1, None, None, 1)}


def test_holdings_add_up_to_every_point(index: VectorIndex) -> None:
    published(index, A1, 1, "one", "two", "three")
    published(index, A2, 2, "one", "two")
    index.write([point(B1, ordinal, f"text {ordinal}") for ordinal in range(1500)])  # more than a page holds
    assert set(index.holdings()) == {Holding(A1, 1, 2, 3), Holding(A2, 2, None, 2), Holding(B1, None, None, 1500)}
    assert set(index.holdings("a.pdf")) == {Holding(A1, 1, 2, 3), Holding(A2, 2, None, 2)}
    assert index.holdings("none.pdf") == ()


# --- digests ------------------------------------------------------------------------------------------------------

TEXTS = ("revenue grew", "costs fell", "notes")
TURNED = (0.5, -0.5, 0.5, 0.5)  # of length 1 exactly: the client's local mode scales again whatever it is given


def filled(index: VectorIndex, *points: IndexPoint) -> str:
    """Return the digest after these points alone were written and published."""
    index.discard("a.pdf", "v1")
    index.write(points)
    for edition in {one.edition for one in points}:
        index.publish(edition, 1)
    return index.digest(1)


def test_a_digest_is_equal_whatever_the_order_edition_and_number(index: VectorIndex) -> None:
    points = [point(A1, ordinal, text, TURNED) for ordinal, text in enumerate(TEXTS)]
    digest = filled(index, *points)
    assert filled(index, points[2], points[0], points[1]) == digest
    later = replace(A1, number=3)
    assert filled(index, *(point(later, ordinal, text, TURNED) for ordinal, text in enumerate(TEXTS))) == digest
    index.write([point(replace(A1, number=4), 0, "not published"), point(A2, 0, "nor this")])
    index.publish(A2, 2)
    index.supersede("a.pdf", A2, 2)
    assert index.digest(1) == digest
    assert index.digest(2) not in {digest, index.digest(0)}


def test_a_vector_that_is_used_again_leaves_the_digest_as_it_is(index: VectorIndex) -> None:
    first = point(A1, 0, "revenue grew", TURNED)
    digest = filled(index, first)
    again = index.vectors("a.pdf", [first.chunk.content_hash])[first.chunk.content_hash]
    assert filled(index, replace(first, dense=again)) == digest


def test_a_digest_takes_in_points_that_no_word_finds(index: VectorIndex) -> None:
    wordless = replace(point(A1, 0, "of the"), lexical=SparseVector((), ()))
    assert filled(index, wordless) != filled(index, replace(wordless, dense=None)) != filled(index)


def test_the_engine_keeps_a_vector_bit_for_bit(stand_in: str) -> None:
    index = QdrantIndex.connect(stand_in, KEY, "bit-for-bit")
    index.begin(SPEC)
    vectors = np.random.default_rng(7).normal(size=(100, 4))
    written = [point(A1, ordinal, f"text {ordinal}", tuple(vector)) for ordinal, vector in enumerate(vectors)]
    index.write(written)
    found = index.vectors("a.pdf", [one.chunk.content_hash for one in written])
    assert {name: vector.tobytes() for name, vector in found.items()} == {
        one.chunk.content_hash: one.dense.tobytes() for one in written if one.dense is not None
    }


def test_a_digest_differs_wherever_the_content_does(index: VectorIndex) -> None:
    first, second = point(A1, 0, "revenue grew", TURNED), point(A1, 1, "costs fell")
    heavier = replace(first.lexical, values=tuple(2 * value for value in first.lexical.values))
    digests = [
        filled(index, first, second),
        filled(index, first),
        filled(index),
        filled(index, point(A1, 0, "revenue grew.", TURNED), second),
        filled(index, point(A1, 0, "revenue grew", (0.5, -0.5, 0.5, 0.5001)), second),
        filled(index, replace(first, dense=None), second),
        filled(index, replace(first, lexical=second.lexical), second),
        filled(index, replace(first, lexical=heavier), second),
        filled(index, replace(first, filing=Filing(fiscal_year=2023)), second),
        filled(index, replace(first, chunk=first.chunk.model_copy(update={"page": 7})), second),
        filled(index, replace(first, chunk=first.chunk.model_copy(update={"ordinal": 7})), second),
        filled(index, replace(first, edition=A2), second),
    ]
    assert len(set(digests)) == len(digests)


def test_stamps_above_a_number_are_counted_of_either_kind(index: VectorIndex) -> None:
    published(index, A1, 1, "first", "second")
    published(index, A2, 3, "third")
    assert [index.ahead(commit) for commit in range(4)] == [3, 3, 3, 0]
    index.rollback(1)
    assert [index.ahead(commit) for commit in range(2)] == [2, 0]


def test_what_is_seen_is_counted_by_document(index: VectorIndex) -> None:
    published(index, A1, 1, "first", "second", "third")
    published(index, B1, 2, "of another")
    published(index, A2, 3, "fourth", "fifth")
    index.write([point(replace(B1, number=2), 0, "unpublished")])
    a, b = document_id("a.pdf"), document_id("b.pdf")
    assert [index.shown(commit, 9) for commit in range(4)] == [{}, {a: 3}, {a: 3, b: 1}, {a: 2, b: 1}]
    assert index.shown(3, 1) == {a: 2}


def test_access_is_by_the_first_segment_of_the_key(index: VectorIndex) -> None:
    for key in ("red/a.pdf", "blue/a.pdf", "a.pdf"):
        published(index, Edition(key, "v1", 1), 1, f"revenue of {key}")
    assert ask(index, "revenue", commit=1, groups=("red",)) == ["revenue of red/a.pdf"]
    assert ask(index, "revenue", commit=1, groups=()) == []
    assert len(ask(index, "revenue", commit=1, groups=None)) == 3


def test_filters_limit_every_leg(index: VectorIndex) -> None:
    for year in (2021, 2022):
        filing = {"fiscal_year": year, "company": "Acme", "form": "10-K"}
        published(index, Edition(f"{year}.pdf", "v1", 1), 1, f"revenue {year}", **filing)
    assert ask(index, "revenue", 1, filters=Filters(fiscal_years=(2022,), companies=("Acme",))) == ["revenue 2022"]
    assert ask(index, "revenue", 1, filters=Filters(document_ids=(document_id("2021.pdf"),))) == ["revenue 2021"]
    assert ask(index, "revenue", 1, filters=Filters(forms=("8-K",))) == []


def test_a_leg_is_limited_by_its_own_company_and_lets_pass_what_has_none(index: VectorIndex) -> None:
    for key, company in (("a.pdf", "Acme"), ("b.pdf", "Bell"), ("c.txt", None)):
        published(index, Edition(key, "v1", 1), 1, f"revenue of {company}", company=company)
    leg = Leg(query_vector("revenue"), filters=Filters(companies=("Acme",)))
    found = index.search(SearchRequest(legs=(leg,), commit=1, limit=9))
    assert {one.filing.company for one in found} == {"Acme", None}


def test_a_leg_is_limited_to_its_statements(index: VectorIndex) -> None:
    written = point(A1, 0, "revenue")
    sheet = written.chunk.model_copy(
        update={"statement": Statement.BALANCE_SHEET, "ordinal": 1, "text": "revenue sheet"}
    )
    other = replace(point(A1, 1, "revenue sheet"), chunk=sheet)
    index.write([written, other])
    index.publish(A1, 1)
    leg = Leg(query_vector("revenue"), statements=(Statement.BALANCE_SHEET, Statement.INCOME_STATEMENT))
    assert [one.id for one in index.search(SearchRequest(legs=(leg,), commit=1, limit=9))] == [other.id]


def test_legs_are_fused_by_reciprocal_rank_with_k_sixty(index: VectorIndex) -> None:
    index.write([point(A1, 0, "alpha", (1, 0, 0, 0)), point(A1, 1, "revenue", (1, 1, 0, 0))])
    index.publish(A1, 1)
    legs = (Leg(np.asarray([1, 0, 0, 0], dtype=np.float32)), Leg(query_vector("revenue")))
    found = index.search(SearchRequest(legs=legs, commit=1, limit=2))
    assert [(c.chunk.text, round(c.score, 5)) for c in found] == [
        ("revenue", round(1 / 62 + 1 / 61, 5)),
        ("alpha", round(1 / 61, 5)),
    ]


def test_a_leg_counts_by_its_weight(index: VectorIndex) -> None:
    index.write([point(A1, 0, "alpha", (1, 0, 0, 0)), point(A1, 1, "revenue", (0, 1, 0, 0))])
    index.publish(A1, 1)
    dense = Leg(np.asarray([1, 0, 0, 0], dtype=np.float32), limit=1)
    heavy = Leg(query_vector("revenue"), weight=3.0)
    assert index.search(SearchRequest(legs=(dense, heavy), commit=1, limit=1))[0].chunk.text == "revenue"


# --- vectors that are there already -------------------------------------------------------------------------------


def test_vectors_are_found_again_by_content_the_keys_own_first(index: VectorIndex) -> None:
    own, others = point(A1, 0, "one", (1, 2, 0, 0)), point(B1, 0, "one", (0, 0, 1, 0))
    alone = point(B1, 1, "two", (0, 1, 0, 3))
    index.write([own, others, alone])
    index.publish(B1, 1)
    for key, expected in (("a.pdf", own), ("b.pdf", others)):
        found = index.vectors(key, [own.chunk.content_hash, alone.chunk.content_hash, "unknown"])
        assert set(found) == {own.chunk.content_hash, alone.chunk.content_hash}
        np.testing.assert_allclose(found[own.chunk.content_hash], expected.dense, atol=1e-6)
        np.testing.assert_allclose(found[alone.chunk.content_hash], alone.dense, atol=1e-6)


def test_a_point_without_a_dense_vector_does_not_stand_before_one_that_has_it(index: VectorIndex) -> None:
    page, chunk = replace(point(A1, 0, "one"), dense=None), point(A1, 1, "one", (0, 1, 0, 0))
    other = point(B1, 0, "one", (0, 0, 1, 0))
    index.write([page, chunk, other])
    assert index.vectors("a.pdf", [chunk.chunk.content_hash])[chunk.chunk.content_hash].tolist() == [0, 1, 0, 0]


def test_rare_vectors_are_found_among_many_points_that_share_theirs(index: VectorIndex) -> None:
    shared = [point(B1, ordinal, "boilerplate") for ordinal in range(1200)]  # more than a page holds
    rare = [point(B1, 2000 + ordinal, f"rare {ordinal}", (0, 1, 0, 0)) for ordinal in range(3)]
    index.write([*shared, *rare])
    wanted = [one.chunk.content_hash for one in (shared[0], *rare)]
    assert set(index.vectors("a.pdf", wanted)) == set(wanted)


# --- collections --------------------------------------------------------------------------------------------------


def test_another_embedding_spec_is_refused(index: VectorIndex) -> None:
    other = SPEC.model_copy(update={"model": "another"})
    for use in (index.check, index.prepare):
        with pytest.raises(ConfigurationError, match="another embedding spec"):
            use(other)
    index.check(SPEC)


def test_an_unreachable_index_is_a_transient_fault() -> None:
    index = QdrantIndex.connect(f"http://127.0.0.1:{free_port()}", None, "documents", timeout=2)
    with pytest.raises(DependencyUnavailable, match="Qdrant"):
        index.check(SPEC)


def test_a_wrong_api_key_is_a_configuration_fault(stand_in: str) -> None:
    with pytest.raises(ConfigurationError, match="API key"):
        QdrantIndex.connect(stand_in, "wrong", "documents").check(SPEC)


def test_tasks_that_start_together_begin_one_collection(stand_in: str) -> None:
    def begun(_: int) -> Built:
        return QdrantIndex.connect(stand_in, KEY, "started-together").begin(SPEC)

    with ThreadPoolExecutor(8) as pool:
        (one,) = set(pool.map(begun, range(8)))
    index = QdrantIndex.connect(stand_in, KEY, "started-together")
    assert (index.built(), index.count()) == (one, 0)


def test_where_there_is_no_live_collection_none_is_made_by_who_looks_for_it(nothing: VectorIndex) -> None:
    for use in (nothing.prepare, nothing.serve, nothing.check):
        with pytest.raises(CollectionMissing, match="gone"):
            use(SPEC)
    assert nothing.built() is None
    nothing.begin(SPEC)
    for use in (nothing.prepare, nothing.serve, nothing.check):
        use(SPEC)


def test_a_key_in_the_clear_is_warned_of_unless_it_stays_on_this_machine(recwarn: pytest.WarningsRecorder) -> None:
    for url, warned in (("http://127.0.0.1:1", 0), ("http://[::1]:1", 0), ("http://qdrant.example:6333", 1)):
        recwarn.clear()
        QdrantIndex.connect(url, KEY, "documents")
        assert len([w for w in recwarn if "insecure" in str(w.message)]) == warned, url


def test_an_index_that_was_deleted_holds_nothing(stand_in: str) -> None:
    index = QdrantIndex.connect(stand_in, KEY, "deleted")
    index.begin(SPEC)
    index.prepare(SPEC)
    index.write([point(Edition("a.pdf", "v1", 1), 0, "revenue")])
    server = QdrantClient(url=stand_in, api_key=KEY, check_compatibility=False)
    (alias,) = (one for one in server.get_aliases().aliases if one.alias_name == "deleted")
    server.delete_collection(alias.collection_name)
    assert (index.holdings(), index.holdings("a.pdf")) == ((), ())
    with pytest.raises(DependencyUnavailable, match=RUNBOOK):
        index.count()
