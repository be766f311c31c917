"""Many things done at once, few at a time, in threads: what waits for the network waits together."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")

THREADS = 8
AHEAD = 4 * THREADS  # begun before the first of them is waited for: memory stays flat


def abreast(do: Callable[[Given], Made], given: Iterable[Given]) -> Iterator[Made]:
    """Yield what `do` makes of each, in their order; the first error ends it, and nothing further is begun."""
    with ThreadPoolExecutor(THREADS) as pool:
        begun: deque[Future[Made]] = deque()
        try:
            for one in given:
                begun.append(pool.submit(do, one))
                if len(begun) >= AHEAD:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for future in begun:
                future.cancel()
