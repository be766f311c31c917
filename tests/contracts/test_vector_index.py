"""What every VectorIndex promises: on the fake, on qdrant-client's local mode, and on the stand-in over REST."""

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
from raglite.ports import IndexPoint, Leg, SearchRequest, VectorIndex
from raglite.retrieval.lexical import passage_vector, query_vector
from tests.fakes.index import FakeIndex
from tests.processes import end, free_port, listening, until

ROOT = Path(__file__).resolve().parents[2]
KEY = "the-key"
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


@pytest.fixture(params=["fake", "local mode", "stand-in"])
def index(request: pytest.FixtureRequest) -> VectorIndex:
    made: VectorIndex
    if request.param == "fake":
        made = FakeIndex()
    elif request.param == "local mode":
        made = QdrantIndex(QdrantClient(":memory:"), "documents")
    else:
        name = f"documents{abs(hash(request.node.name))}"
        made = QdrantIndex.connect(request.getfixturevalue("stand_in"), KEY, name)
    made.prepare(SPEC)
    return made


def point(
    key: str, version: str, ordinal: int, text: str, vector: tuple[float, ...] = (1, 0, 0, 0), **filing: object
) -> IndexPoint:
    chunk = Chunk(
        ordinal=ordinal, kind=ChunkKind.CHUNK, page=ordinal + 1, text=text, header="Acme | 10-K", section=("Item 7",)
    )
    dense = np.asarray(vector, dtype=np.float32)
    return IndexPoint(
        id=uuid5(document_id(key), f"{version}:{ordinal}"),
        key=key,
        version_id=version,
        filing=Filing.model_validate(filing),
        chunk=chunk,
        dense=dense / np.linalg.norm(dense),
        lexical=passage_vector(text),
    )


def ask(index: VectorIndex, text: str, commit: int, **limits: object) -> list[str]:
    legs = (Leg(np.asarray([1, 0, 0, 0], dtype=np.float32)), Leg(query_vector(text)))
    found = index.search(SearchRequest(legs=legs, commit=commit, limit=10, **limits))  # type: ignore[arg-type]  # test shorthand
    return [chunk.chunk.text for chunk in found]


def test_unpublished_points_are_not_found(index: VectorIndex) -> None:
    index.write([point("a.pdf", "v1", 0, "revenue grew")])
    assert ask(index, "revenue", commit=5) == []
    assert index.count() == 1
    assert index.count(commit=5) == 0


def test_a_published_version_is_found_from_its_commit_on(index: VectorIndex) -> None:
    index.write([point("a.pdf", "v1", 0, "revenue grew")])
    index.publish("a.pdf", "v1", 3)
    assert ask(index, "revenue", commit=2) == []
    assert ask(index, "revenue", commit=3) == ["revenue grew"]


def test_a_point_without_a_dense_vector_is_found_by_words_alone(index: VectorIndex) -> None:
    page = replace(point("a.pdf", "v1", 0, "revenue grew"), dense=None)
    index.write([page])
    index.publish("a.pdf", "v1", 1)
    dense, words = Leg(np.asarray([1, 0, 0, 0], dtype=np.float32)), Leg(query_vector("revenue"))
    assert index.search(SearchRequest(legs=(dense,), commit=1, limit=10)) == ()
    assert [found.id for found in index.search(SearchRequest(legs=(words,), commit=1, limit=10))] == [page.id]
    assert index.vectors("a.pdf", [page.chunk.content_hash]) == {}


def test_a_found_chunk_is_the_one_that_was_written(index: VectorIndex) -> None:
    written = point(
        "a b+c%20é 财.pdf", "v/1?", 0, "revenue grew", company="Acme", fiscal_year=2023, period_end="2023-12-31"
    )
    index.write([written])
    index.publish(written.key, written.version_id, 1)
    (found,) = index.search(SearchRequest(legs=(Leg(written.dense),), commit=1, limit=1))
    assert (found.id, found.key, found.version_id, found.filing, found.chunk) == (
        written.id,
        written.key,
        written.version_id,
        written.filing,
        written.chunk,
    )


def test_no_commit_shows_both_or_neither_of_two_versions(index: VectorIndex) -> None:
    index.write([point("a.pdf", "v1", 0, "old revenue")])
    index.publish("a.pdf", "v1", 1)
    index.write([point("a.pdf", "v2", 0, "new revenue")])
    index.publish("a.pdf", "v2", 2)
    index.supersede("a.pdf", "v2", 2)
    assert ask(index, "revenue", commit=1) == ["old revenue"]
    assert ask(index, "revenue", commit=2) == ["new revenue"]


def test_a_publish_that_died_is_undone_and_done_again(index: VectorIndex) -> None:
    index.write([point("a.pdf", "v1", 0, "old revenue"), point("b.pdf", "v1", 0, "other revenue")])
    index.publish("a.pdf", "v1", 1)
    index.write([point("a.pdf", "v2", 0, "new revenue")])
    index.publish("a.pdf", "v2", 2)
    index.supersede("a.pdf", "v2", 2)
    index.rollback(1)
    index.publish("b.pdf", "v1", 2)
    assert sorted(ask(index, "revenue", commit=2)) == ["old revenue", "other revenue"]


def test_a_version_that_comes_back_is_visible_from_its_new_commit(index: VectorIndex) -> None:
    index.write([point("a.pdf", "v1", 0, "revenue")])
    index.publish("a.pdf", "v1", 1)
    index.supersede("a.pdf", None, 2)
    assert ask(index, "revenue", commit=2) == []
    index.publish("a.pdf", "v1", 3)
    assert ask(index, "revenue", commit=2) == []
    assert ask(index, "revenue", commit=3) == ["revenue"]


def test_publishing_twice_changes_nothing(index: VectorIndex) -> None:
    index.write([point("a.pdf", "v1", 0, "revenue")])
    index.publish("a.pdf", "v1", 1)
    index.publish("a.pdf", "v1", 7)
    assert ask(index, "revenue", commit=1) == ["revenue"]


def test_writing_the_same_ids_again_does_not_double_them(index: VectorIndex) -> None:
    index.write([point("a.pdf", "v1", n, f"text {n}") for n in range(3)])
    index.write([point("a.pdf", "v1", n, f"text {n}") for n in range(3)])
    assert index.count() == 3
    assert index.count("a.pdf", "v1") == 3
    assert index.count("b.pdf") == 0


def test_writing_again_what_is_published_hides_nothing(index: VectorIndex) -> None:
    index.write([point("a.pdf", "v1", n, f"revenue {n}") for n in range(2)])
    index.publish("a.pdf", "v1", 1)
    index.write([point("a.pdf", "v1", n, f"revenue {n} as a late task wrote it") for n in range(3)])
    assert sorted(ask(index, "revenue", commit=1)) == ["revenue 0", "revenue 1"]
    index.publish("a.pdf", "v1", 2)
    assert sorted(ask(index, "revenue", commit=2)) == ["revenue 0", "revenue 1", "revenue 2 as a late task wrote it"]


def test_what_was_taken_back_is_replaced(index: VectorIndex) -> None:
    index.write([point("a.pdf", "v1", 0, "revenue")])
    index.publish("a.pdf", "v1", 1)
    index.rollback(0)
    index.write([point("a.pdf", "v1", 0, "revenue as written again")])
    index.publish("a.pdf", "v1", 1)
    assert ask(index, "revenue", commit=1) == ["revenue as written again"]


def test_discarded_versions_leave_nothing(index: VectorIndex) -> None:
    index.write([point("a.pdf", "v1", 0, "one"), point("a.pdf", "v2", 0, "two")])
    index.discard("a.pdf", "v1")
    assert (index.count("a.pdf", "v1"), index.count("a.pdf", "v2")) == (0, 1)


def test_access_is_by_the_first_segment_of_the_key(index: VectorIndex) -> None:
    for key in ("red/a.pdf", "blue/a.pdf", "a.pdf"):
        index.write([point(key, "v1", 0, f"revenue of {key}")])
        index.publish(key, "v1", 1)
    assert ask(index, "revenue", commit=1, groups=("red",)) == ["revenue of red/a.pdf"]
    assert ask(index, "revenue", commit=1, groups=()) == []
    assert len(ask(index, "revenue", commit=1, groups=None)) == 3


def test_filters_limit_every_leg(index: VectorIndex) -> None:
    for year in (2021, 2022):
        index.write([point(f"{year}.pdf", "v1", 0, f"revenue {year}", fiscal_year=year, company="Acme", form="10-K")])
        index.publish(f"{year}.pdf", "v1", 1)
    assert ask(index, "revenue", 1, filters=Filters(fiscal_years=(2022,), companies=("Acme",))) == ["revenue 2022"]
    assert ask(index, "revenue", 1, filters=Filters(document_ids=(document_id("2021.pdf"),))) == ["revenue 2021"]
    assert ask(index, "revenue", 1, filters=Filters(forms=("8-K",))) == []


def test_a_leg_is_limited_by_its_own_company_and_lets_pass_what_has_none(index: VectorIndex) -> None:
    for key, company in (("a.pdf", "Acme"), ("b.pdf", "Bell"), ("c.txt", None)):
        index.write([point(key, "v1", 0, f"revenue of {company}", company=company)])
        index.publish(key, "v1", 1)
    leg = Leg(query_vector("revenue"), filters=Filters(companies=("Acme",)))
    found = index.search(SearchRequest(legs=(leg,), commit=1, limit=9))
    assert {one.filing.company for one in found} == {"Acme", None}


def test_a_leg_is_limited_to_its_statements(index: VectorIndex) -> None:
    written = point("a.pdf", "v1", 0, "revenue")
    sheet = written.chunk.model_copy(
        update={"statement": Statement.BALANCE_SHEET, "ordinal": 1, "text": "revenue sheet"}
    )
    other = replace(point("a.pdf", "v1", 1, "revenue sheet"), chunk=sheet)
    index.write([written, other])
    index.publish("a.pdf", "v1", 1)
    leg = Leg(query_vector("revenue"), statements=(Statement.BALANCE_SHEET, Statement.INCOME_STATEMENT))
    assert [one.id for one in index.search(SearchRequest(legs=(leg,), commit=1, limit=9))] == [other.id]


def test_legs_are_fused_by_reciprocal_rank_with_k_sixty(index: VectorIndex) -> None:
    index.write([point("a.pdf", "v1", 0, "alpha", (1, 0, 0, 0)), point("a.pdf", "v1", 1, "revenue", (1, 1, 0, 0))])
    index.publish("a.pdf", "v1", 1)
    legs = (Leg(np.asarray([1, 0, 0, 0], dtype=np.float32)), Leg(query_vector("revenue")))
    found = index.search(SearchRequest(legs=legs, commit=1, limit=2))
    assert [(c.chunk.text, round(c.score, 5)) for c in found] == [
        ("revenue", round(1 / 62 + 1 / 61, 5)),
        ("alpha", round(1 / 61, 5)),
    ]


def test_a_leg_counts_by_its_weight(index: VectorIndex) -> None:
    index.write([point("a.pdf", "v1", 0, "alpha", (1, 0, 0, 0)), point("a.pdf", "v1", 1, "revenue", (0, 1, 0, 0))])
    index.publish("a.pdf", "v1", 1)
    dense = Leg(np.asarray([1, 0, 0, 0], dtype=np.float32), limit=1)
    heavy = Leg(query_vector("revenue"), weight=3.0)
    assert index.search(SearchRequest(legs=(dense, heavy), commit=1, limit=1))[0].chunk.text == "revenue"


def test_vectors_are_found_again_by_content(index: VectorIndex) -> None:
    first, second = point("a.pdf", "v1", 0, "one", (1, 2, 0, 0)), point("b.pdf", "v1", 0, "two")
    index.write([first, second])
    found = index.vectors("a.pdf", [first.chunk.content_hash, second.chunk.content_hash, "unknown"])
    assert list(found) == [first.chunk.content_hash]
    np.testing.assert_allclose(found[first.chunk.content_hash], first.dense, atol=1e-6)


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


def test_tasks_that_start_together_prepare_one_collection(stand_in: str) -> None:
    def prepared(_: int) -> int:
        index = QdrantIndex.connect(stand_in, KEY, "started-together")
        index.prepare(SPEC)
        return index.count()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(prepared, range(8))) == [0] * 8


def test_a_key_in_the_clear_is_warned_of_unless_it_stays_on_this_machine(recwarn: pytest.WarningsRecorder) -> None:
    for url, warned in (("http://127.0.0.1:1", 0), ("http://[::1]:1", 0), ("http://qdrant.example:6333", 1)):
        recwarn.clear()
        QdrantIndex.connect(url, KEY, "documents")
        assert len([w for w in recwarn if "insecure" in str(w.message)]) == warned, url
