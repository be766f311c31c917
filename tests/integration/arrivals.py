"""Questions that come at their own times, whether or not the ones before have been answered."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

AT_ONCE = 64  # questions that may be open; one that finds no room waits, and its waiting counts
IDLE = 0.05  # seconds


class Arrivals:
    """Arrivals are as far apart as a Poisson process's; `rate` is questions a second and may be changed at any time."""

    def __init__(self, ask: Callable[[int], int], seed: int = 1) -> None:
        """`ask` asks the question of that number and returns the HTTP status; it raises if there is no answer."""
        self._ask = ask
        self._random = random.Random(seed)  # noqa: S311  for a load, not for a secret
        self.rate = 0.0
        self.asked: list[tuple[float, float, int]] = []  # when it came (epoch), seconds until the answer, status or 0
        self.troubles: list[str] = []

    @contextmanager
    def coming(self) -> Iterator["Arrivals"]:
        """Let them come while the body runs, and wait for the last answers."""
        done = threading.Event()
        with ThreadPoolExecutor(AT_ONCE, "arrivals") as pool:
            clock = threading.Thread(target=self._run, args=(pool, done), daemon=True)
            clock.start()
            try:
                yield self
            finally:
                done.set()
                clock.join()

    def since(self, moment: float) -> list[tuple[float, float, int]]:
        """Return those that came since a moment."""
        return [one for one in list(self.asked) if one[0] >= moment]

    @property
    def failed(self) -> list[tuple[float, float, int]]:
        """Return those without an answer, or with a bad one."""
        return [one for one in list(self.asked) if one[2] != 200]

    def _run(self, pool: ThreadPoolExecutor, done: threading.Event) -> None:
        number, due = 0, time.time()
        while not done.is_set():
            if not self.rate:
                done.wait(IDLE)
                due = time.time()
                continue
            due += self._random.expovariate(self.rate)
            if done.wait(max(0.0, due - time.time())):
                return  # what is due later is not asked
            pool.submit(self._one, number, due)
            number += 1

    def _one(self, number: int, due: float) -> None:
        try:
            status = self._ask(number)
        except Exception as error:  # noqa: BLE001  whatever it is, the question has failed
            self.troubles.append(repr(error))
            status = 0
        self.asked.append((due, time.time() - due, status))
