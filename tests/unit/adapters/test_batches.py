import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from raglite.adapters.batches import Batches
from tests.processes import until


class Gate:
    """A call that waits until it may go on, and notes what it was given."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.open = threading.Event()

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.calls.append(list(items))
        assert self.open.wait(10)
        if -1 in items:
            raise ZeroDivisionError
        return [item * 10 for item in items]


def waiting(batches: Batches[int, int]) -> int:
    return len(batches._waiting)


def test_who_comes_while_a_call_runs_is_served_together_by_the_next_one() -> None:
    gate = Gate()
    batches = Batches(gate, most=16)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(batches, 0)
        until(lambda: gate.calls == [[0]], "the first call runs, alone")
        others = [pool.submit(batches, number) for number in range(1, 8)]
        until(lambda: waiting(batches) == 7, "the others wait")
        gate.open.set()
        assert [first.result(10), *(other.result(10) for other in others)] == list(range(0, 80, 10))
    assert [len(call) for call in gate.calls] == [1, 7]


def test_a_call_takes_no_more_than_the_most() -> None:
    gate = Gate()
    batches = Batches(gate, most=3)
    with ThreadPoolExecutor(8) as pool:
        pool.submit(batches, 0)
        until(lambda: gate.calls == [[0]], "the first call runs")
        others = [pool.submit(batches, number) for number in range(1, 8)]
        until(lambda: waiting(batches) == 7, "the others wait")
        gate.open.set()
        assert sorted(other.result(10) for other in others) == list(range(10, 80, 10))
    assert [len(call) for call in gate.calls] == [1, 3, 3, 1]


def test_a_failure_reaches_all_who_shared_the_call_and_nobody_after() -> None:
    gate = Gate()
    batches = Batches(gate, most=16)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(batches, 0)
        until(lambda: gate.calls == [[0]], "the first call runs")
        others = [pool.submit(batches, number) for number in (1, -1)]
        until(lambda: waiting(batches) == 2, "the others wait")
        gate.open.set()
        assert first.result(10) == 0
        for other in others:
            with pytest.raises(ZeroDivisionError):
                other.result(10)
    assert batches(4) == 40


def test_a_thousand_calls_from_many_threads_each_get_their_own() -> None:
    batches: Batches[int, int] = Batches(lambda items: [item + 1 for item in items], most=4)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(batches, range(1000))) == list(range(1, 1001))
