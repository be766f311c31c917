"""What latencies amount to: counted from when a question was due, so that a stall is seen by all who met it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.load.crowds.measured import (
    STATISTICS,
    Asked,
    answered,
    histogram,
    samples,
    settled,
    statistic,
    statistics,
    windows,
)
from tests.load.crowds.messages import TIMEOUT
from tests.unit.load.made import Service, asked, dues

kinds = st.none() | st.sampled_from(["HTTP 503", TIMEOUT])
events = st.builds(asked, st.floats(0, 1e6), st.floats(0, 999), kinds)


rates, stalls, seeds = st.floats(10, 20), st.floats(5, 10), st.integers(0, 1000)


@given(rates, stalls, seeds)
def test_a_stall_is_seen_by_all_who_would_have_asked_meanwhile(rate: float, stall: float, seed: int) -> None:
    end = 3 * stall
    found = list(Service(0.02, (end - stall, end)).asked_one_by_one(dues(5 * stall, rate, seed)))
    met = [one for one in found if end - stall <= one.due < end]
    assert all(one.from_due_ms >= 1000 * (end - one.due) for one in met)
    assert sum(one.service_ms > 1000 * stall / 5 for one in found) <= 1


@given(rates, stalls, seeds)
def test_a_stall_of_a_fifth_of_the_time_raises_p95_from_when_questions_were_due_and_not_once_they_are_sent(
    rate: float, stall: float, seed: int
) -> None:
    found = list(Service(0.02, (2 * stall, 3 * stall)).asked_one_by_one(dues(5 * stall, rate, seed)))
    assert statistics(one.service_ms for one in found)["p95"] == pytest.approx(20)
    assert statistics(one.from_due_ms for one in found)["p95"] > 1000 * stall / 5


def test_one_stall_of_five_seconds_in_a_minute_is_p95() -> None:
    found = list(Service(0.02, (10, 15)).asked_one_by_one(dues(60, 10, 1)))
    assert statistic((one.service_ms for one in found), "p95") == pytest.approx(20)
    assert 1000 < (statistic((one.from_due_ms for one in found), "p95") or 0) < 5000


def test_without_a_stall_both_are_the_same() -> None:
    found = list(Service(0.001, (0, 0)).asked_one_by_one(dues(60, 1, 1)))
    assert [one.from_due_ms for one in found] == pytest.approx([one.service_ms for one in found])


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_statistics_are_values_that_were_seen_and_rise(values: list[float]) -> None:
    found = statistics(values)
    percentiles = [found[name] for name in STATISTICS if name != "Average"]
    assert percentiles == sorted(percentiles)
    assert set(percentiles) <= {round(value, 3) for value in values}


def test_of_nothing_there_are_no_statistics() -> None:
    assert statistics([]) == {}
    assert histogram([asked(5, failure=TIMEOUT)]) == ()


@given(st.lists(events, max_size=50))
def test_a_histogram_counts_every_answer_once_for_each_of_both(found: list[Asked]) -> None:
    buckets = histogram(found)
    good = len(answered(found))
    assert sum(one.from_due for one in buckets) == sum(one.service for one in buckets) == good
    bounds = [one.up_to_ms for one in buckets]
    assert bounds == sorted(bounds)


@given(st.floats(0.01, 1e6))
def test_a_bucket_holds_what_takes_at_most_as_long(ms: float) -> None:
    one = asked(ms)
    [bucket] = histogram([one])
    assert one.from_due_ms <= bucket.up_to_ms * 1.001
    assert one.from_due_ms >= bucket.up_to_ms / 10**0.1 * 0.999


@given(st.lists(events, max_size=50), st.floats(0.1, 10_000))
def test_windows_leave_no_question_out_and_no_second(found: list[Asked], seconds: float) -> None:
    cut = windows(found, seconds)
    assert sum(one.asked for one in cut) == len(found)
    assert sum(one.failed for one in cut) == len(found) - len(answered(found))
    assert sum(one.seconds for one in cut) == pytest.approx(seconds)
    assert len(cut) <= 121


@given(events, st.floats(0.001, 1000))
def test_an_answer_that_comes_when_nobody_waits_any_longer_is_none(one: Asked, timeout: float) -> None:
    found = settled(one, timeout)
    late = one.done - one.due > timeout
    assert found.failure == (one.failure or (TIMEOUT if late else None))
    assert found[:4] == one[:4]


def test_evidence_has_one_value_for_each_event_and_latencies_from_when_questions_were_due() -> None:
    late = Asked(1, 1, 3, 3.5)
    found = samples([late, asked(100), asked(9, failure="HTTP 503")])
    assert found == {"Queries": [1.0] * 3, "Errors": [1.0], "QueryLatency": pytest.approx([2500, 100])}
