"""Questions in the air: none waits for another's answer, and none is forgotten, however the run ends."""

from collections.abc import Callable
from datetime import UTC, datetime

import gevent
import pytest
from gevent.event import Event
from gevent.lock import BoundedSemaphore

from tests.load.crowds.crowd import Crowd
from tests.load.crowds.measured import Asked
from tests.load.crowds.messages import GENERATOR, TIMEOUT
from tests.load.crowds.plan import Plan
from tests.load.crowds.report import Run


def crowd_that_waits(seconds: float) -> Crowd:
    return Crowd(Run(Plan(timeout=seconds), "http://service", 1, datetime.now(UTC)))


@pytest.fixture
def crowd() -> Crowd:
    return crowd_that_waits(0.2)


def after(event: Event) -> Callable[[], str | None]:
    def send() -> str | None:
        event.wait()
        return None

    return send


def ended(crowd: Crowd, *, over: bool = True) -> list[Asked]:
    crowd.over = over
    crowd.end()
    return sorted(crowd.run.asked)


def test_who_asks_does_not_wait_for_the_answer(crowd: Crowd) -> None:
    free, room = Event(), BoundedSemaphore(2)
    for due in (0.0, 0.001):
        crowd.ask(due, after(free), room)
    gevent.idle()
    assert crowd.run.asked == []
    free.set()
    first, second = ended(crowd)
    assert second.sent < first.done


def test_a_question_without_room_waits_and_its_waiting_counts(crowd: Crowd) -> None:
    free, room = Event(), BoundedSemaphore(1)
    crowd.ask(0.0, after(free), room)
    crowd.ask(0.0001, lambda: None, room)
    gevent.idle()
    free.set()
    first, second = ended(crowd)
    assert second.woke <= first.done <= second.sent <= second.done
    assert second.from_due_ms > second.service_ms
    assert second.late_ms < second.from_due_ms
    assert [one.failure for one in (first, second)] == [None, None]


def test_who_is_left_when_the_run_is_over_has_waited_in_vain(crowd: Crowd) -> None:
    room = BoundedSemaphore(1)
    for _ in range(2):  # the second has never been sent
        crowd.ask(0.0, after(Event()), room)
    assert [one.failure for one in ended(crowd)] == [TIMEOUT, TIMEOUT]
    assert min(one.from_due_ms for one in crowd.run.asked) >= 200


def test_a_run_that_is_broken_off_does_not_wait_and_says_so() -> None:
    crowd = crowd_that_waits(60)
    crowd.ask(0.0, after(Event()), BoundedSemaphore(1))
    gevent.idle()
    [left] = ended(crowd, over=False)
    assert left.done - left.sent < 60
    assert crowd.run.generator.broken_off


def test_what_is_wrong_with_the_generator_is_not_the_service_s(crowd: Crowd) -> None:
    crowd.ask(0.0, lambda: str(1 // 0), BoundedSemaphore(1))
    [one] = ended(crowd)
    assert one.failure == GENERATOR
