"""The stages of a run: which load broke a promise that the run as a whole may have kept."""

from hypothesis import given
from hypothesis import strategies as st

from raglite.observability.slo import load
from tests.load.crowds.plan import SLO
from tests.load.crowds.profiles import PROFILES
from tests.load.crowds.stages import stages
from tests.unit.load.made import asked

LIMITS = load(SLO)


def test_a_spike_that_was_answered_late_is_told_apart_from_before_and_after() -> None:
    found = [asked(9000 if 40 <= due < 60 else 100, due=due) for due in range(100)]
    told = stages(found, PROFILES["spike"], 10, 100, LIMITS)
    holds = [all(check.holds for check in stage.checks if check.decides) for stage in told]
    assert [(stage.begin, stage.end, stage.users, stage.asked) for stage in told] == [
        (0, 40, 10, 40),
        (40, 60, 40, 20),
        (60, 100, 10, 40),
    ]
    assert holds == [True, False, True]
    assert told[1].in_line == (
        "40 to 60 s, 40 users: query-p50 9,000 ms (broken), query-p95 9,000 ms, "
        "availability 100.0 %, latency 0.0 % (broken)"
    )


@given(st.sampled_from(["ramp", "spike", "soak"]), st.lists(st.floats(0, 130)), st.floats(1, 120))
def test_no_question_is_left_out(name: str, dues: list[float], seconds: float) -> None:
    told = stages([asked(10, due=due) for due in dues], PROFILES[name], 10, seconds, LIMITS)
    assert sum(stage.asked for stage in told) == len(dues)
    assert [stage.begin for stage in told[1:]] == [stage.end for stage in told[:-1]]


def test_a_stage_that_a_run_did_not_reach_has_nothing_to_judge() -> None:
    last = stages([asked(10, due=1)], PROFILES["soak"], 10, 100, LIMITS)[-1]
    assert (last.asked, last.checks) == (0, ())
    assert last.in_line == "75 to 100 s, 10 users: nothing was asked"


def test_steady_users_make_one_stage_which_is_the_run() -> None:
    assert stages([asked(10)], PROFILES["steady"], 10, 100, LIMITS) == ()
