"""What is decided during a deployment, and how a stopping task waits for its last requests."""

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.emulator.draining import Flights
from local.emulator.rollout_rules import Patience, Standing
from local.emulator.rollouts import alarms_in
from local.emulator.theirs import Theirs

TARGET = ("127.0.0.1", 8000)
counts = st.integers(0, 20)


def may_go(desired, new, old, percent=100.0):
    return Standing(desired, percent, new, old).may_go


def test_an_old_task_goes_for_each_new_one_that_is_healthy():
    assert [may_go(2, new, 2) for new in (0, 1, 2)] == [0, 1, 2]
    assert [may_go(4, new, 4, percent=50) for new in (0, 1, 3)] == [0, 3, 4]


@given(st.integers(1, 20), counts, counts, st.integers(0, 100))
def test_what_goes_leaves_as_many_healthy_as_are_asked_for(desired, new, old, percent):
    gone = may_go(desired, new, old, percent)
    assert 0 <= gone <= old
    if gone:
        assert new + old - gone >= desired * percent / 100


def test_a_task_is_given_up_when_its_grace_and_its_checks_are_over():
    patience = Patience.of(
        {"healthCheckGracePeriodSeconds": 60}, {"UnhealthyThresholdCount": 3, "HealthCheckIntervalSeconds": 10}
    )
    assert not patience.is_over(ran=59, failing=59)
    assert patience.is_over(ran=60, failing=60)
    assert not patience.is_over(ran=500, failing=29)
    assert patience.is_over(ran=500, failing=30)


def test_alarms_are_told_by_name_with_the_longest_of_their_evaluation_ranges():
    def alarm(name, state, period, periods):
        metric = {"Namespace": "N", "MetricName": name, "Statistic": "Sum"}
        return {"AlarmName": name, "StateValue": state, "Period": period, "EvaluationPeriods": periods, **metric}

    one, two, other = alarm("one", "ALARM", 300, 2), alarm("two", "OK", 60, 3), alarm("other", "ALARM", 3600, 9)
    both = {"AlarmName": "both", "StateValue": "ALARM", "AlarmRule": "ALARM(one)"}
    told = alarms_in({"one": one, "two": two, "other": other}, {"both": both})(["one", "two", "both", "gone"])
    assert (told.on, told.look_back) == ({"one", "both"}, 600.0)


def test_a_target_that_has_answered_everything_is_waited_for_no_longer():
    flights = Flights()
    for _ in range(2):
        flights.begin(TARGET)
    flights.end(TARGET)
    assert not flights.await_end([TARGET], within=0.6)
    threading.Timer(0.7, flights.end, [TARGET]).start()
    began = time.monotonic()
    assert flights.await_end([TARGET], within=10)
    assert time.monotonic() - began < 5


def test_a_name_that_the_emulator_has_lost_is_told_at_once():
    with pytest.raises(SystemExit, match="has no lost"):
        Theirs(threading, "Thread lost")
