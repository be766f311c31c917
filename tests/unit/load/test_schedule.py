"""When questions are due: at random, the same again for the same seed, and nothing that is answered moves them."""

from itertools import islice, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.errors import ConfigurationError
from tests.load.crowds.schedule import chance, coming, read_questions, sample_questions

QUESTIONS = ("one?", "two?", "three?")
rates = st.floats(0.01, 100)
seeds = st.integers(0, 2**32)


def taken(count: int, rate: float, seed: int, user: int = 0, begin: float = 0) -> list[tuple[float, str]]:
    return list(islice(coming(begin, rate, QUESTIONS, chance(seed, user)), count))


@given(rates, seeds, st.floats(0, 10_000))
def test_the_first_question_comes_after_the_user_and_each_after_the_one_before(
    rate: float, seed: int, begin: float
) -> None:
    due = [moment for moment, _ in taken(20, rate, seed, begin=begin)]
    assert all(earlier <= later for earlier, later in pairwise([begin, *due]))


@given(rates, seeds)
def test_questions_come_as_often_as_the_rate_says(rate: float, seed: int) -> None:
    last, _ = taken(4000, rate, seed)[-1]
    assert last * rate == pytest.approx(4000, rel=0.12)  # more than seven standard deviations of a Poisson process


@given(rates, seeds)
def test_the_same_seed_asks_the_same_at_the_same_times_and_each_user_something_else(rate: float, seed: int) -> None:
    assert taken(10, rate, seed) == taken(10, rate, seed)
    assert taken(10, rate, seed) != taken(10, rate, seed, user=1)
    assert taken(10, rate, seed) != taken(10, rate, seed + 1)


def test_every_question_is_asked_sooner_or_later() -> None:
    assert {question for _, question in taken(100, 1, 1)} == set(QUESTIONS)


def test_without_a_file_the_sample_corpus_is_asked() -> None:
    found = read_questions(None)
    assert found == sample_questions()
    assert "How many employees did Halvorsen Tidewater have at the end of fiscal 2022?" in found
    assert len(set(found)) == len(found)


def test_questions_are_read_from_lines_of_json(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('{"id": 1, "question": "What?"}\n\n{"question": "When?", "answer": "now"}\n')
    assert read_questions(path) == ("What?", "When?")


@pytest.mark.parametrize("content", ["", "\n", "What?", '{"query": "What?"}', "[]", "7"])
def test_a_file_without_questions_is_refused_by_its_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=r"^QUESTIONS: .*questions\.jsonl "):
        read_questions(path)


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^QUESTIONS: .*missing\.jsonl "):
        read_questions(tmp_path / "missing.jsonl")
