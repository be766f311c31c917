"""Never more than a burst and what has come in since, never less; who waits as long as he is told is let through."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from raglite.server.buckets import SECOND, Buckets, Pace, buckets

PACES = st.builds(Pace, per_minute=st.integers(1, 100_000), burst=st.integers(1, 200))
PAUSES = st.lists(st.one_of(st.just(0), st.integers(0, 10**6), st.integers(0, 120 * SECOND)), min_size=1, max_size=60)
NAMES = st.sampled_from("abc")


class Clock:
    def __init__(self) -> None:
        self.now = 17

    def __call__(self) -> int:
        return self.now


def made(pace: Pace, most: int = 100) -> tuple[Clock, Buckets]:
    clock = Clock()
    return clock, Buckets(pace, most, clock)


@given(PACES, st.lists(st.tuples(PAUSES.map(sum), st.integers(1, 300)), max_size=8))
def test_in_no_stretch_of_time_is_more_granted_than_the_burst_and_what_came_in(
    pace: Pace, turns: Sequence[tuple[int, int]]
) -> None:
    clock, kept = made(pace)
    granted: list[int] = []
    for pause, asked in turns:
        clock.now += pause
        granted += [clock.now for _ in range(asked) if kept.take("a").allowed]
    for place, begun in enumerate(granted):
        for following, ended in enumerate(granted[place:], 1):
            assert 60 * SECOND * (following - pace.burst) <= pace.per_minute * (ended - begun)


@given(PACES, PAUSES)
def test_who_waits_as_long_as_told_gets_through_and_not_a_second_sooner(pace: Pace, pauses: Sequence[int]) -> None:
    clock, kept = made(pace)
    for pause in pauses:
        clock.now += pause
        while (standing := kept.take("a")).allowed and standing.left:
            pass
        standing = standing if not standing.allowed else kept.take("a")
        if standing.allowed:
            continue
        assert (standing.left, standing.seconds >= 1) == (0, True)
        clock.now += (standing.seconds - 1) * SECOND
        assert not kept.take("a").allowed
        clock.now += SECOND
        assert kept.take("a").allowed


@given(PACES)
def test_a_bucket_that_rests_is_full_again_and_never_fuller(pace: Pace) -> None:
    clock, kept = made(pace)
    for rest in (0, pace.depth, 100 * pace.depth):
        clock.now += rest
        lefts = [kept.take("a").left for _ in range(pace.burst)]
        assert lefts == list(range(pace.burst))[::-1]
        assert not kept.take("a").allowed


@given(PACES, st.lists(NAMES, max_size=50))
def test_nobody_s_requests_are_counted_as_another_s(pace: Pace, asked: Sequence[str]) -> None:
    _, kept = made(pace)
    granted = Counter(name for name in asked if kept.take(name).allowed)
    assert granted == {name: min(count, pace.burst) for name, count in Counter(asked).items()}


@given(PACES)
def test_what_is_put_back_can_be_taken_again(pace: Pace) -> None:
    _, kept = made(pace)
    for _ in range(3 * pace.burst):
        assert kept.take("a").allowed
        kept.put_back("a")
    assert kept.take("a").left == pace.burst - 1
    kept.put_back("nobody")
    assert kept.take("nobody").left == pace.burst - 1


def test_only_so_many_are_kept_and_the_one_that_took_longest_ago_is_let_go() -> None:
    _, kept = made(Pace(60, 1), most=3)
    for name in "abcad":
        kept.take(name)
    assert len(kept) == 3
    assert [name for name in "dcba" if kept.take(name).allowed] == ["a"]


def test_nothing_a_minute_is_no_limit() -> None:
    assert buckets(0, 5) is None
