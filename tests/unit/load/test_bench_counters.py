"""Counters are the same on every machine: each difference is told line by line, with what to do."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.load.bench.baselines import Counters, NoBaseline, differences, read_counters, write_counters

COMMAND = "`make bench WRITE_BASELINE=1`"
NAMES = ("cold", "kept", "long", "short")

counts = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 5))


@given(counts, counts)
def test_counters_are_exactly_as_they_were_or_each_is_told(found: dict[str, int], kept: dict[str, int]) -> None:
    said = differences(Counters(counts=found), Counters(counts=kept))
    assert (said == []) == (found == kept)
    assert [line.split()[0] for line in said] == [n for n in NAMES if found.get(n) != kept.get(n)]


def test_a_difference_says_what_was_what_is_and_what_to_do() -> None:
    now, before = Counters(counts={"requests": 5, "new": 1}), Counters(counts={"requests": 4, "embedded": 0})
    assert differences(now, before) == [
        "embedded was 0 and is not counted. If it is gone for good, remove it from the file.",
        f"new was not counted and is 1. If that is meant: {COMMAND}.",
        f"requests was 4 and is 5. If that is meant: {COMMAND}.",
    ]


@pytest.mark.parametrize("count", [1.0, True, "1", None])
def test_a_counter_is_a_whole_number(count: object) -> None:
    with pytest.raises(ValidationError):
        Counters.model_validate({"counts": {"requests": count}})


@settings(deadline=None, max_examples=40)
@given(counts, counts)
def test_counters_are_read_as_they_were_written_and_none_is_lost(first: dict[str, int], second: dict[str, int]) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_counters(folder, Counters(counts=first))
        write_counters(folder, Counters(counts=second))
        assert read_counters(folder) == Counters(counts=first | second)


def test_without_counters_it_is_said_how_to_write_them(tmp_path: Path) -> None:
    with pytest.raises(NoBaseline, match=rf"{COMMAND} and commit .*counters\.json"):
        read_counters(tmp_path)
