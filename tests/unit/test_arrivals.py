"""The questions of a load: each at its own time, none before."""

import time

from tests.integration.arrivals import Arrivals
from tests.processes import until


def test_no_question_is_asked_before_it_is_due() -> None:
    arrivals = Arrivals(lambda _: 200)
    arrivals.rate = 0.001  # the next is due in many minutes
    with arrivals.coming():
        pass
    assert arrivals.asked == []


def test_a_question_counts_from_when_it_was_due() -> None:
    arrivals = Arrivals(lambda number: 200 if number % 2 else 1 // 0)
    began = time.time()
    arrivals.rate = 200.0
    with arrivals.coming():
        until(lambda: len(arrivals.asked) > 20, "twenty questions are asked")
    assert min(seconds for _, seconds, _ in arrivals.asked) >= 0
    assert min(due for due, _, _ in arrivals.asked) >= began
    assert {status for _, _, status in arrivals.asked} == {0, 200}
    assert len(arrivals.failed) == len(arrivals.troubles) > 0
