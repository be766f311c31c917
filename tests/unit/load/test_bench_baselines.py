"""What is committed judges later runs of the same class of machine: nothing gets worse and nothing shrinks unseen."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from raglite.errors import InvalidRequest
from tests.load.bench.baselines import (
    Baseline,
    Counters,
    NoBaseline,
    Number,
    OtherMachine,
    compare,
    news,
    read,
    write,
    write_counters,
)
from tests.load.bench.ratios import LEAST, Better, Ratio

OURS, OTHERS = "intel-xeon-processor-2x24", "amd-epyc-7763-64-core-processor-4x16"
COMMAND = "`make bench WRITE_BASELINE=1`"
NAMES = ("cold", "kept", "long", "short")

slowly = settings(deadline=None, max_examples=40)  # files are written, intervals drawn
medians = st.floats(0.01, 100)
spreads = st.floats(0, 0.2)
directions: st.SearchStrategy[Better] = st.sampled_from(["lower", "higher"])


def number(median: float, spread: float = 0.01, better: Better = "lower", pairs: int = 48) -> Number:
    low, high = median / (1 + spread), median * (1 + spread)
    return Number(median=median, low=low, high=high, pairs=pairs, better=better)


numbers = st.builds(number, medians, spreads, directions)
runs = st.dictionaries(st.sampled_from(NAMES), numbers, min_size=1)


def of(numbers: dict[str, Number], machine_class: str = OURS) -> Baseline:
    return Baseline(machine_class=machine_class, numbers=numbers)


def one(found: Number) -> Baseline:
    return of({"question / calibrator": found})


def by(before: Number, factor: float, spread: float = 0.01) -> Number:
    """Return what got worse by a factor."""
    worse = before.median * factor if before.better == "lower" else before.median / factor
    return number(worse, spread, before.better)


# --- what got worse -----------------------------------------------------------------------------------------------


@given(runs)
def test_a_run_is_no_worse_than_itself_and_no_news(found: dict[str, Number]) -> None:
    assert compare(of(found), of(found)) == news(of(found), of(found)) == []


@given(medians, directions, st.floats(1.12, 10))
def test_what_got_clearly_worse_by_more_than_a_tenth_is_told(median: float, better: Better, factor: float) -> None:
    before = number(median, better=better)
    [said] = compare(one(by(before, factor)), one(before))
    assert said.startswith("question / calibrator got worse by more than 10%: ")
    assert COMMAND in said


@given(medians, directions, st.floats(0.1, 1.09))
def test_what_got_better_or_worse_by_less_than_a_tenth_is_no_fault(
    median: float, better: Better, factor: float
) -> None:
    before = number(median, 0.001, better)
    assert compare(one(by(before, factor, 0.001)), one(before)) == []


@given(medians, directions, st.floats(1.12, 1.3), st.floats(0.15, 0.3))
def test_what_seems_worse_while_the_intervals_overlap_is_no_fault(
    median: float, better: Better, factor: float, spread: float
) -> None:
    before = number(median, spread, better)
    assert compare(one(by(before, factor, spread)), one(before)) == []


@given(medians, directions, st.floats(1.12, 10))
def test_what_got_clearly_better_is_news_so_that_it_can_be_kept(median: float, better: Better, factor: float) -> None:
    now = number(median, better=better)
    [said] = news(one(now), one(by(now, factor)))
    assert said.startswith("question / calibrator got better: ")
    assert compare(one(now), one(by(now, factor))) == []


# --- what shrank --------------------------------------------------------------------------------------------------


@given(runs, runs)
def test_every_number_that_vanished_is_told_and_every_new_one_is_news(
    found: dict[str, Number], kept: dict[str, Number]
) -> None:
    gone = [said.split()[0] for said in compare(of(found), of(kept)) if "was not measured" in said]
    new = [said.split()[0] for said in news(of(found), of(kept)) if "no baseline yet" in said]
    assert gone == sorted(kept.keys() - found.keys())
    assert new == sorted(found.keys() - kept.keys())


@given(medians, st.integers(LEAST, 48))
def test_a_number_that_is_measured_less_often_is_told(median: float, pairs: int) -> None:
    said = compare(one(number(median, pairs=pairs)), one(number(median)))
    expected = f"question / calibrator was measured in {pairs} pairs, its baseline in 48: measure it as often."
    assert said == ([expected] if pairs < 48 else [])


def test_a_number_cannot_be_turned_round_unseen() -> None:
    [said] = compare(one(number(0.5, better="higher")), one(number(1)))
    assert said.startswith("question / calibrator is better higher now, and was better lower.")


@pytest.mark.parametrize(
    "wrong",
    [{"median": float("nan")}, {"high": float("inf")}, {"low": 0}, {"pairs": LEAST - 1}, {"low": 2}, {"seconds": 1}],
)
def test_what_could_never_fail_is_no_number(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Number.model_validate(number(1).model_dump() | wrong)


@slowly
@given(st.lists(medians, min_size=LEAST, max_size=12))
def test_four_digits_of_a_ratio_are_kept(values: list[float]) -> None:
    ratio = Ratio.of("a / b", values, [1.0] * len(values))
    kept = Number.of(ratio)
    assert (kept.median, kept.low, kept.high) == pytest.approx((ratio.median, ratio.low, ratio.high), rel=6e-4)
    assert kept.pairs == len(values)


# --- machines and files -------------------------------------------------------------------------------------------


@given(runs)
def test_numbers_of_two_classes_of_machine_are_never_compared(found: dict[str, Number]) -> None:
    for judge in (compare, news):
        with pytest.raises(OtherMachine, match=f"{OURS} are not compared with a baseline of {OTHERS}"):
            judge(of(found), of(found, OTHERS))


def test_a_class_without_a_baseline_is_told_how_to_write_one(tmp_path: Path) -> None:
    write(tmp_path, of({"a": number(1)}, OTHERS))
    write_counters(tmp_path, Counters(counts={"requests": 4}))
    with pytest.raises(NoBaseline) as refused:
        read(tmp_path, OURS)
    assert str(refused.value) == (
        f"There is no baseline for {OURS}; there are: {OTHERS}. Numbers of other machines say nothing here: write this "
        f"class's own with {COMMAND} and commit {tmp_path / OURS}.json."
    )


def test_another_machine_s_file_under_this_one_s_name_is_refused(tmp_path: Path) -> None:
    write(tmp_path, of({"a": number(1)}, OTHERS)).rename(tmp_path / f"{OURS}.json")
    with pytest.raises(OtherMachine):
        read(tmp_path, OURS)
    with pytest.raises(OtherMachine):
        write(tmp_path, of({"a": number(1)}))


@slowly
@given(runs, runs)
def test_writing_keeps_what_the_run_did_not_measure(first: dict[str, Number], second: dict[str, Number]) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "baselines"
        path = write(folder, of(first))
        assert read(folder, OURS) == of(first)
        write(folder, of(second))
        assert read(folder, OURS) == of(first | second)
        before = path.read_bytes()
        assert write(folder, of(second)).read_bytes() == before


def test_a_baseline_holds_no_seconds_and_is_read_line_by_line(tmp_path: Path) -> None:
    lines = write(tmp_path, of({"a / b": number(1.2346, 0)})).read_text().splitlines()
    assert json.loads("".join(lines)) == {
        "machine_class": OURS,
        "numbers": {"a / b": {"median": 1.2346, "low": 1.2346, "high": 1.2346, "pairs": 48, "better": "lower"}},
    }
    assert len(lines) > 8


@pytest.mark.parametrize("content", ["", "[]", '{"machine_class": "../x-1x1", "numbers": {}}', '{"numbers": {}}'])
def test_a_file_that_is_no_baseline_is_refused_by_its_name(tmp_path: Path, content: str) -> None:
    (tmp_path / f"{OURS}.json").write_text(content)
    with pytest.raises(InvalidRequest, match=rf"{OURS}\.json cannot be read"):
        read(tmp_path, OURS)
