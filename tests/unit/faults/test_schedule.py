"""Schedules are a pure function of their seed, and together they leave nothing out."""

from collections import Counter
from itertools import product

import pytest

from tests.faults.documents import Nature
from tests.faults.schedule import CRASHES, FREEZES, KILLING, RARE_CRASHES, Schedule, schedule
from tests.faults.steps import Crash, Deliver, Fate, KillAfter, Mode, Order, Outage, Point, Rest, Service, Then, Upload

SEEDS = range(1, 1001)


@pytest.fixture(scope="module")
def schedules() -> list[Schedule]:
    return [schedule(seed) for seed in SEEDS]


def test_a_seed_gives_the_same_schedule_every_time(schedules):
    assert schedules == [schedule(seed) for seed in SEEDS]
    assert len({one.steps for one in schedules}) == len(SEEDS)


def test_every_step_tells_itself_and_a_story_has_them_all(schedules):
    story = str(schedules[0])
    assert story.startswith("seed 1 ")
    assert all(str(step) in story for step in schedules[0].steps)


def test_nothing_is_left_out(schedules):
    steps = [step for one in schedules for step in one.steps]
    kinds = Counter(type(step).__name__ for step in steps)
    assert set(kinds) == {
        *("Upload", "Delete", "Erase", "Rename"),
        *("Crash", "KillAfter", "Outage", "IndexDies", "NoTasks"),
        *("Deliver", "Rest"),
    }
    crashes = [step for step in steps if isinstance(step, Crash)]
    killed = {(crash.point.call, crash.point.before) for crash in crashes if crash.then is Then.KILL}
    assert killed >= set(product(CRASHES, (True, False)))
    assert {call for call, _ in killed} >= set(RARE_CRASHES)
    assert {crash.point.call for crash in crashes if crash.then is Then.PAUSE} == set(FREEZES)
    assert {crash.then for crash in crashes} == set(Then)
    outages = {(step.service, step.mode) for step in steps if isinstance(step, Outage)}
    assert outages == set(product(Service, Mode))
    assert {step.order for step in steps if isinstance(step, Deliver)} == set(Order)
    assert {step.fate for step in steps if hasattr(step, "fate")} == set(Fate)
    assert {step.document.nature for step in steps if isinstance(step, Upload)} == set(Nature)


def test_a_good_document_is_never_killed_as_often_as_a_poisonous_one(schedules):
    for one in schedules:
        deaths = sum(isinstance(s, KillAfter) or (isinstance(s, Crash) and s.then in KILLING) for s in one.steps)
        assert deaths < one.max_attempts


def test_every_round_ends_with_a_delivery_and_a_rest(schedules):
    assert all(isinstance(one.steps[-2], Deliver) and isinstance(one.steps[-1], Rest) for one in schedules)


def test_a_point_is_read_as_it_was_written():
    point = Point("registry.record", before=False, nth=3)
    assert Point.parse(point.code) == point
    assert str(point) == "after registry.record (call 3)"
