"""Budgets and burn rates: the arithmetic of docs/decisions/0015-alarms.md."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.observability.budget import Burning, Counting, Standing, standings
from raglite.observability.slo import Slo, load
from tests.fakes.counts import FakeCounts

FILE = Path(__file__).resolve().parents[3] / "dashboards" / "slo.json"
HOUR, DAY = 3600, 86_400


@pytest.fixture
def slo() -> Slo:
    return load(FILE)


@pytest.fixture
def counts() -> FakeCounts:
    return FakeCounts()


def standing(slo: Slo, counts: FakeCounts, objective: str, window: int | None = None) -> Standing:
    return next(one for one in standings(slo, counts, window) if one.objective == objective)


def asked(counts: FakeCounts, good: int, bad: int, seconds_ago: float = 60) -> None:
    counts.record("Queries", *[1] * (good + bad), seconds_ago=seconds_ago)
    counts.record("Errors", *[1] * bad, seconds_ago=seconds_ago)


def test_half_of_the_allowed_errors_leave_half_of_the_budget(slo: Slo, counts: FakeCounts) -> None:
    asked(counts, good=1990, bad=10)
    found = standing(slo, counts, "availability")
    assert found.achieved_percent == pytest.approx(99.5)
    assert found.budget_left_percent == pytest.approx(50)
    assert (found.window.events, found.window.bad, found.is_spent) == (2000, 10, False)


@pytest.mark.parametrize(("bad", "spent"), [(9, False), (10, True), (20, True)])
def test_a_budget_is_spent_as_soon_as_nothing_of_it_is_left(
    slo: Slo, counts: FakeCounts, bad: int, spent: bool
) -> None:
    asked(counts, good=1000 - bad, bad=bad)
    assert standing(slo, counts, "availability").is_spent is spent


def test_of_few_events_nothing_is_said(slo: Slo, counts: FakeCounts) -> None:
    asked(counts, good=slo.burn.events_at_least - 2, bad=1)
    found = standing(slo, counts, "availability")
    assert (found.has_enough_events, found.is_spent) == (False, False)
    assert found.budget_left_percent < 0
    assert not any(burn.is_on_fire for burn in found.burning)


def test_without_any_event_nothing_was_achieved_and_nothing_spent(slo: Slo, counts: FakeCounts) -> None:
    for found in standings(slo, counts):
        assert (found.achieved_percent, found.budget_left_percent, found.is_spent) == (None, 100, False)


def test_a_slow_answer_is_counted_against_the_latency_and_not_against_the_availability(
    slo: Slo, counts: FakeCounts
) -> None:
    within = slo.objectives["latency"].within
    assert within is not None
    counts.record("QueryLatency", *[within] * 99, within + 1)
    counts.record("Queries", *[1] * 100)
    assert standing(slo, counts, "latency").window.bad == 1
    assert standing(slo, counts, "availability").window.bad == 0


def test_a_document_that_took_too_long_is_counted_against_the_ingestion(slo: Slo, counts: FakeCounts) -> None:
    within = slo.objectives["ingestion"].within
    assert within is not None
    counts.record("IngestionLatency", within + 0.1, within)
    assert standing(slo, counts, "ingestion").window.bad == 1


def test_what_happened_before_the_window_is_forgotten(slo: Slo, counts: FakeCounts) -> None:
    asked(counts, good=0, bad=100, seconds_ago=slo.window_days * DAY + 60)
    asked(counts, good=100, bad=0)
    assert standing(slo, counts, "availability").budget_left_percent == 100


def test_another_window_may_be_asked_for(slo: Slo, counts: FakeCounts) -> None:
    asked(counts, good=0, bad=100, seconds_ago=2 * HOUR)
    asked(counts, good=100, bad=0)
    assert standing(slo, counts, "availability", HOUR).window.bad == 0
    assert standing(slo, counts, "availability", 3 * HOUR).window.bad == 100


def fast(slo: Slo, counts: FakeCounts) -> Burning:
    return next(burn for burn in standing(slo, counts, "availability").burning if burn.policy == "fast")


def test_a_policy_is_on_fire_once_both_of_its_windows_burn(slo: Slo, counts: FakeCounts) -> None:
    asked(counts, good=0, bad=1000, seconds_ago=slo.burn.policies["fast"].short_seconds + 60)
    assert not fast(slo, counts).is_on_fire
    asked(counts, good=0, bad=1000)
    assert fast(slo, counts).is_on_fire
    assert fast(slo, counts).long.burn_rate == fast(slo, counts).short.burn_rate == pytest.approx(100)


def test_a_fire_that_is_out_is_told_from_one_that_goes_on(slo: Slo, counts: FakeCounts) -> None:
    asked(counts, good=0, bad=1000, seconds_ago=slo.burn.policies["fast"].short_seconds + 60)
    asked(counts, good=1000, bad=0)
    found = fast(slo, counts)
    assert (found.long.burn_rate > found.limit, found.short.burn_rate, found.is_on_fire) == (True, 0, False)


def test_limits_and_alarms_are_those_of_the_file(slo: Slo, counts: FakeCounts) -> None:
    burning = {one.objective: one.burning for one in standings(slo, counts)}
    named = {burn.alarm for burns in burning.values() for burn in burns if burn.alarm}
    assert named == set(slo.burn_alarms)
    assert {burn.alarm for burn in burning["ingestion"]} == {None}
    for burns in burning.values():
        assert {burn.policy: burn.limit for burn in burns} == {
            name: policy.burn_rate(slo.window_days) for name, policy in slo.burn.policies.items()
        }


@given(good=st.integers(0, 10_000), bad=st.integers(0, 10_000))
def test_a_budget_is_left_exactly_where_the_target_is_met(good: int, bad: int) -> None:
    slo = load(FILE)

    def counted(asked: list[Counting]) -> dict[Counting, float]:
        return {one: float(bad if one.what == slo.objectives["availability"].bad else good + bad) for one in asked}

    found = next(one for one in standings(slo, counted) if one.objective == "availability")
    if found.achieved_percent is None:
        assert good + bad == 0
    elif found.achieved_percent != pytest.approx(found.target_percent):
        assert (found.budget_left_percent > 0) is (found.achieved_percent > found.target_percent)
    assert found.budget_left_percent <= 100
