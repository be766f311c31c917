"""What the exit code says: promises of dashboards/slo.json held against what was measured, if that says anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.errors import ConfigurationError
from raglite.observability.slo import load
from tests.load.crowds.measured import Asked
from tests.load.crowds.messages import GENERATOR
from tests.load.crowds.plan import SLO, Plan
from tests.load.crowds.verdict import DECIDING, Code, Generator, Verdict, judge
from tests.unit.load.made import FIT, Service, asked, dues

PROMISED = load(SLO)
PLAN = Plan()
P50, P95 = (PROMISED.promises[name].at_most for name in ("query-p50", "query-p95"))
SOON = PROMISED.objectives["latency"].within or 0.0
BUDGET = PROMISED.objectives["availability"].budget_percent / 100


def verdict(found: list[Asked], generator: Generator = FIT, plan: Plan = PLAN) -> Verdict:
    return judge(found, generator, plan, PROMISED)


def broken(found: Verdict) -> list[str]:
    return [check.name for check in found.checks if check.decides and not check.holds]


@given(st.lists(st.floats(0, SOON), min_size=100, max_size=200))
def test_answers_in_time_hold(times: list[float]) -> None:
    found = verdict([asked(ms * 0.999) for ms in times])
    assert (found.code, found.reasons) == (Code.HOLDS, ())


@pytest.mark.parametrize(
    ("fast", "slow", "ms", "names"),
    [
        (95, 5, P95 + 1, []),
        (94, 6, SOON + 1, ["latency"]),
        (94, 6, P95 + 1, ["query-p95", "latency"]),
        (50, 50, P50 + 1, ["latency"]),
        (49, 51, P50 + 1, ["query-p50", "latency"]),
        (0, 100, P95 + 1, ["query-p50", "query-p95", "latency"]),
    ],
)
def test_a_broken_promise_exits_1_and_is_named(fast: int, slow: int, ms: float, names: list[str]) -> None:
    found = verdict([asked(1)] * fast + [asked(ms)] * slow)
    assert broken(found) == names
    assert found.code == (Code.BROKEN if names else Code.HOLDS)
    assert [reason.split()[0] for reason in found.reasons] == names


@given(st.integers(100, 1000), st.integers(0, 50))
def test_failures_break_availability_where_they_are_more_than_its_budget(good: int, bad: int) -> None:
    found = verdict([asked(1)] * good + [asked(1, failure="JSON-RPC error -32603")] * bad)
    assert (found.code is Code.BROKEN) == (bad > BUDGET * (good + bad) + 1e-9)
    assert broken(found) == ([] if found.code is Code.HOLDS else ["availability"])


def test_what_counts_is_the_time_from_when_questions_were_due() -> None:
    found = list(Service(0.02, (0, 60)).asked_one_by_one(dues(400, 2, 1)))
    assert sum(one.service_ms > P95 for one in found) == 1
    assert broken(verdict(found)) == ["query-p95", "latency"]


def test_a_stall_of_five_seconds_is_told_though_the_specification_would_allow_it() -> None:
    found = list(Service(0.02, (10, 15)).asked_one_by_one(dues(40, 5, 1)))
    assert broken(verdict(found)) == ["latency"]


def test_too_few_answers_are_no_verdict() -> None:
    found = verdict([asked(P95 + 1)] * 99)
    assert found.code is Code.TOO_FEW
    assert found.reasons == ("99 questions were answered, fewer than 100: run a longer load.",)
    assert verdict([]).code is Code.TOO_FEW
    assert verdict([asked(1)] * 99, plan=Plan(at_least=99)).code is Code.HOLDS


def test_a_service_that_is_down_is_not_excused_by_too_few_answers() -> None:
    assert verdict([asked(1, failure="HTTP 503")] * 100).code is Code.BROKEN
    assert verdict([asked(1, failure="HTTP 503")] * 99).code is Code.TOO_FEW
    assert verdict([asked(P95 + 1)] * 99 + [asked(1, failure="HTTP 503")]).code is Code.TOO_FEW


@pytest.mark.parametrize(
    ("generator", "reason"),
    [
        (Generator(late_ms=101, cpu_percent=1), "The generator came 101 ms late"),
        (Generator(late_ms=1, cpu_percent=91), "The generator used 91 % of a core"),
        (Generator(late_ms=1, cpu_percent=1, broken_off=True), "The run was broken off"),
    ],
)
@pytest.mark.parametrize("ms", [1, P95 + 1])
def test_a_saturated_generator_neither_blames_nor_flatters_the_service(
    generator: Generator, reason: str, ms: float
) -> None:
    found = verdict([asked(ms)] * 200, generator)
    assert found.code is Code.VOID
    assert found.reasons[0].startswith(reason)
    assert len(found.reasons) == 1


def test_a_fault_of_the_generator_is_not_charged_to_the_service() -> None:
    assert verdict([asked(1)] * 200 + [asked(1, failure=GENERATOR)]).code is Code.VOID


@given(st.floats(0, PLAN.late_ms), st.floats(0, PLAN.cpu_percent))
def test_a_generator_within_its_bounds_is_believed(late_ms: float, cpu_percent: float) -> None:
    assert verdict([asked(1)] * 100, Generator(late_ms=late_ms, cpu_percent=cpu_percent)).code is Code.HOLDS


def test_what_was_not_measured_is_not_told() -> None:
    assert {check.name for check in verdict([asked(1)] * 100).checks} == {*DECIDING}


def test_without_its_promise_nothing_is_judged() -> None:
    without = PROMISED.model_copy(update={"promises": {"query-p50": PROMISED.promises["query-p50"]}})
    with pytest.raises(ConfigurationError, match=r"slo\.json has no query-p95"):
        judge([asked(1)] * 100, FIT, PLAN, without)
