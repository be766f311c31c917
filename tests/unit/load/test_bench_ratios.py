"""Ratios of what is measured in turns: what drifts for both sides falls away, and bounds judge the median alone."""

import random
from collections import Counter
from itertools import count, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.load.bench.ratios import LEAST, Arm, Bound, Ratio, interleaved, interval, order

seconds = st.floats(1e-6, 1e6)
paired = st.lists(st.tuples(seconds, seconds), min_size=1, max_size=25)
slowly = settings(deadline=None, max_examples=40)  # an interval is 2000 medians


def of(pairs: list[tuple[float, float]], name: str = "a / b") -> Ratio:
    return Ratio.of(name, [above for above, _ in pairs], [below for _, below in pairs])


@slowly
@given(paired)
def test_the_median_lies_in_its_interval_and_both_among_the_pairs(pairs: list[tuple[float, float]]) -> None:
    found = of(pairs)
    assert min(found.pairs) <= found.low <= found.median <= found.high <= max(found.pairs)
    assert found.pairs == tuple(above / below for above, below in pairs)
    assert found == of(pairs)


@slowly
@given(paired, st.data())
def test_what_slows_both_sides_of_a_pair_leaves_the_ratio_as_it_is(
    pairs: list[tuple[float, float]], data: st.DataObject
) -> None:
    # Powers of two, which do not round.
    drift = [2.0 ** data.draw(st.integers(-8, 8)) for _ in pairs]
    drifted = [(above * factor, below * factor) for (above, below), factor in zip(pairs, drift, strict=True)]
    assert of(drifted) == of(pairs)


@slowly
@given(paired, st.integers(-8, 8))
def test_a_side_that_takes_so_many_times_as_long_is_told_as_that(pairs: list[tuple[float, float]], power: int) -> None:
    before, now = of(pairs), of([(above * 2.0**power, below) for above, below in pairs])
    assert (now.median, now.low, now.high) == tuple(
        2.0**power * value for value in (before.median, before.low, before.high)
    )


@slowly
@given(paired, st.data())
def test_a_pair_that_gets_slower_never_makes_the_ratio_better(
    pairs: list[tuple[float, float]], data: st.DataObject
) -> None:
    slower = [(above * data.draw(st.floats(1, 10)), below) for above, below in pairs]
    before, now = of(pairs), of(slower)
    assert now.median >= before.median
    assert now.low >= before.low
    assert now.high >= before.high


def test_the_interval_holds_the_true_median_about_95_times_in_100() -> None:
    chance = random.Random(1)  # noqa: S311  the same draws each time
    draws = [[chance.lognormvariate(0, 0.1) for _ in range(15)] for _ in range(100)]
    held = sum(low <= 1 <= high for low, high in map(interval, draws))
    assert 90 <= held <= 99


@pytest.mark.parametrize(("above", "below"), [([], []), ([1.0], []), ([1.0, 2.0], [1.0]), ([1.0], [0.0]), ([-1], [1])])
def test_what_makes_no_pairs_is_refused_by_its_name(above: list[float], below: list[float]) -> None:
    with pytest.raises(ValueError, match=r"^told / silent: "):
        Ratio.of("told / silent", above, below)


def test_an_interval_of_too_few_pairs_is_not_told_as_95_percent() -> None:
    assert "95 %" in of([(1, 2)] * LEAST).told
    assert of([(1, 2)] * (LEAST - 1)).told == "0.5 (too few for an interval: 0.5 to 0.5, 5 pairs)"


# --- bounds -------------------------------------------------------------------------------------------------------


@slowly
@given(paired, st.floats(1e-3, 1e3))
def test_a_bound_fails_on_the_median_whatever_the_interval(pairs: list[tuple[float, float]], limit: float) -> None:
    found = of(pairs)
    most, least = Bound(at_most=limit).judge(found), Bound(at_least=limit).judge(found)
    assert most.holds == (found.median <= limit)
    assert least.holds == (found.median >= limit)
    assert found.told in most.sentence
    assert ("crosses" in most.sentence) == ((found.low <= limit) != (found.high <= limit))


def test_a_judgement_says_number_interval_bound_and_verdict() -> None:
    found = Ratio(name="told / silent", median=1.06, low=1.04, high=1.08, pairs=(1.06,) * 24)
    assert Bound(at_most=1.05).judge(found).sentence == (
        "told / silent is 1.06 (95 %: 1.04 to 1.08, 24 pairs); at most 1.05 is broken. "
        "Its interval crosses the bound: more rounds would tell for sure."
    )
    assert Bound(at_least=1).judge(found).sentence.endswith("at least 1 holds.")
    assert Bound(at_least=0.5, at_most=1.5).judge(found).holds
    assert Bound(at_least=1.06, at_most=1.06).judge(found).holds


def test_a_number_that_is_no_ratio_is_judged_as_it_is() -> None:
    judged = Bound(at_most=1536).judge_number("peak, MB", 1600)
    assert (judged.holds, judged.sentence) == (False, "peak, MB is 1,600; at most 1,536 is broken.")
    assert not Bound(at_most=1).judge_number("unknown", float("nan")).holds


@pytest.mark.parametrize(
    ("bound", "value", "holds", "told"),
    [
        (Bound(at_least=0.45, aim=0.7), 0.7, True, "at least 0.45 holds, the aim of 0.7 is reached."),
        (Bound(at_least=0.45, aim=0.7), 0.56, True, "at least 0.45 holds, the aim of 0.7 is not reached."),
        (Bound(at_least=0.45, aim=0.7), 0.44, False, "at least 0.45 is broken, the aim of 0.7 is not reached."),
        (Bound(at_most=2.5, aim=2), 2.1, True, "at most 2.5 holds, the aim of 2 is not reached."),
        (Bound(at_most=2.5, aim=2), 1.9, True, "at most 2.5 holds, the aim of 2 is reached."),
    ],
)
def test_an_aim_is_told_and_fails_nothing(bound: Bound, value: float, holds: bool, told: str) -> None:
    judged = bound.judge_number("x", value)
    assert (judged.holds, judged.sentence) == (holds, f"x is {value:g}; {told}")


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"at_most": float("nan")},
        {"at_least": float("inf")},
        {"aim": 1},
        {"at_least": 0.7, "aim": 0.5},
        {"at_most": 1, "aim": 2},
        {"at_least": 1, "at_most": 3, "aim": 2},
    ],
)
def test_a_bound_that_bounds_nothing_is_refused(limits: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Bound(**limits)


# --- turns --------------------------------------------------------------------------------------------------------

arms = st.integers(1, 6).map(lambda size: list("abcdef"[:size]))


@given(arms, st.integers(-10, 100))
def test_everybody_comes_once_a_round(names: list[str], number: int) -> None:
    assert sorted(order(names, number)) == names


@given(arms, st.integers(0, 100))
def test_everybody_has_every_place_equally_often_and_comes_before_each_other_equally_often(
    names: list[str], first: int
) -> None:
    rounds = [order(names, number) for number in range(2 * first, 2 * first + 2 * len(names))]
    places = Counter((name, place) for one in rounds for place, name in enumerate(one))
    assert set(places.values()) == {2}
    before = Counter(
        pair for one in rounds for pair in permutations(names, 2) if one.index(pair[0]) < one.index(pair[1])
    )
    assert set(before.values()) <= {len(names)}


@given(arms, st.integers(1, 10), st.integers(0, 3))
def test_an_even_drift_falls_on_all_alike(names: list[str], pairs_of_rounds: int, warm: int) -> None:
    now, clock = [0.0], count()

    def work(_: int) -> None:
        now[0] += next(clock)  # takes one longer each time

    series = interleaved(dict.fromkeys(names, work), 2 * pairs_of_rounds, warm, lambda: now[0])
    assert len({sum(each) for each in series.values()}) == 1


@given(arms, st.integers(0, 8), st.integers(0, 3))
def test_every_round_is_told_but_the_warm_ones(names: list[str], rounds: int, warm: int) -> None:
    ran: list[tuple[int, str]] = []
    now = [0.0]

    def arm(name: str) -> Arm:
        def work(number: int) -> None:
            ran.append((number, name))
            now[0] += number + 1

        return work

    series = interleaved({name: arm(name) for name in names}, rounds, warm, lambda: now[0])
    assert sorted(ran) == [(number, name) for number in range(warm + rounds) for name in names]
    assert [number for number, _ in ran] == sorted(number for number, _ in ran)
    assert series == {name: [number + 1.0 for number in range(warm, warm + rounds)] for name in names}


def test_two_arms_take_turns_as_ab_ba_ba_ab() -> None:
    assert ["".join(order("ab", number)) for number in range(5)] == ["ab", "ba", "ba", "ab", "ab"]


def test_an_arm_that_fails_is_not_measured() -> None:
    def fails(_: int) -> None:
        raise RuntimeError("503")

    with pytest.raises(RuntimeError, match="503"):
        interleaved({"fails": fails}, 1)


def test_seconds_are_those_of_the_clock() -> None:
    [each] = interleaved({"one": lambda _: sum(range(1000))}, 3).values()
    assert len(each) == 3
    assert all(0 < one < 60 for one in each)
