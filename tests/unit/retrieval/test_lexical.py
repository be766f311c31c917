"""Words as terms, and BM25 without the collection's part."""

import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.retrieval.lexical import AVERAGE_LENGTH, K1, passage_vector, query_vector, term_id, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The revenues of the Company", ["revenu", "compani"]),
        ("$1,577.3 million", ["1577.3", "million"]),
        ("AT&T's and 3M", ["at&t", "3", "m"]),
        ("company\u2019s", ["compani"]),
        ("don't", ["don't"]),
        ("ﬁnancial ½", ["financi", "1", "2"]),
        ("10-K 2023", ["10", "k", "2023"]),
        ("财务 报表", ["财务", "报表"]),
        ("snake_case", ["snake", "case"]),
        ("x" * 41, []),
        ("", []),
    ],
)
def test_text_is_cut_into_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


def test_inflected_and_grouped_forms_meet() -> None:
    assert terms("Acquisitions acquired") == terms("ACQUISITION acquire")
    assert terms("1,577") == terms("1577")


def test_a_passage_of_average_length_weighs_a_single_term_one() -> None:
    text = " ".join(f"w{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(int(AVERAGE_LENGTH)))
    assert set(passage_vector(text).values) == {1.0}


def test_a_term_weighs_more_the_more_often_it_comes_but_never_without_bound() -> None:
    weights = [max(passage_vector("revenue " * n).values) for n in (1, 2, 4, 1000)]
    assert weights == sorted(weights)
    assert weights[-1] < K1 + 1


def test_a_term_weighs_less_in_a_longer_passage() -> None:
    short, long = passage_vector("revenue grew"), passage_vector("revenue grew " + "lease " * 200)
    weight = {
        name: dict(zip(vector.indices, vector.values, strict=True))[term_id("revenu")]
        for name, vector in (("short", short), ("long", long))
    }
    assert weight["short"] > weight["long"]


def test_a_question_weighs_every_term_once() -> None:
    vector = query_vector("revenue revenue growth")
    assert dict(zip(vector.indices, vector.values, strict=True)) == {term_id("revenu"): 1.0, term_id("growth"): 1.0}


@given(st.text())
def test_vectors_are_sorted_unique_and_positive(text: str) -> None:
    for vector in (passage_vector(text), query_vector(text)):
        assert list(vector.indices) == sorted(set(vector.indices))
        assert len(vector.indices) == len(vector.values)
        assert all(value > 0 for value in vector.values)
        assert all(0 <= index < 2**32 for index in vector.indices)


def test_another_process_gives_the_same_ids() -> None:
    program = "from raglite.retrieval.lexical import term_id; print(term_id('revenu'))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) == term_id("revenu")


def test_threads_stem_alike() -> None:
    text = "acquisitions depreciation amortization securities " * 50
    expected, found = terms(text), []
    threads = [threading.Thread(target=lambda: found.append(terms(text))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8
