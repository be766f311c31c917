"""The more of a question one page holds, the better it is covered; rare words count more."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.model import Chunk, ChunkKind, Filing
from raglite.ports import FoundChunk
from raglite.retrieval.coverage import covered, page_texts, stands

WORDS = st.lists(st.sampled_from(["mill", "wheat", "flour", "oven", "river"]), unique=True)
PAGES = st.lists(st.lists(st.sampled_from(["mill", "wheat", "flour", "oven"])).map(" ".join), max_size=6)


@given(WORDS, st.integers(0, 3), PAGES)
def test_a_share_is_a_share_and_another_page_never_takes_from_what_one_holds(
    words: list[str], known: int, pages: list[str]
) -> None:
    share = covered(words, known, pages)
    assert 0 <= share <= 1
    assert covered(words, known, [*pages, " ".join(words)]) == pytest.approx(1)


def test_words_on_different_pages_do_not_stand_together() -> None:
    assert covered(["wheat", "oven"], 0, ["wheat", "oven"]) == pytest.approx(0.5)
    assert covered(["wheat", "oven"], 0, ["wheat oven", ""]) == pytest.approx(1)


def test_a_rare_word_that_is_missing_weighs_more_than_a_common_one_that_is_there() -> None:
    assert covered(["mill", "vineyard"], 0, ["the mill"] * 50) < 0.1


def test_what_the_vocabulary_knows_speaks_for_an_answer() -> None:
    assert covered(["crumble"], 0, ["mill"] * 50) == 0
    assert covered(["crumble"], 1, ["mill"] * 50) == pytest.approx(0.4)
    assert covered([], 0, []) == 1


@pytest.mark.parametrize(
    ("word", "text", "is_there"),
    [
        ("mills", "the mill in ohio", True),
        ("deliveries", "it delivered flour", True),
        ("phone", "telephone and phones", True),
        ("phone", "telephone", False),
    ],
)
def test_a_word_stands_where_one_begins_with_its_stem(word: str, text: str, *, is_there: bool) -> None:
    assert stands(word, text) is is_there


def test_a_page_is_all_that_was_found_of_it_with_its_header() -> None:
    def found(page: int, text: str) -> FoundChunk:
        chunk = Chunk(ordinal=page, kind=ChunkKind.CHUNK, page=page, text=text, header="Orchard | 10-K")
        return FoundChunk(uuid.uuid4(), "a.pdf", "v1", Filing(), chunk, 0.1)

    texts = page_texts([found(1, "Flour"), found(2, "Oven"), found(1, "Wheat")])
    assert texts == ("orchard | 10-k\nflour\nwheat", "orchard | 10-k\noven")
