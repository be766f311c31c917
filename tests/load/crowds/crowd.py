"""The questions in the air. Needs gevent; all that can be told without it is told elsewhere."""

import time
from collections.abc import Callable
from itertools import count

import gevent
from gevent.lock import BoundedSemaphore
from gevent.pool import Group

from tests.load.crowds.measured import Asked
from tests.load.crowds.messages import GENERATOR, TIMEOUT
from tests.load.crowds.report import Run

LOOK_EVERY = 1.0  # seconds


class Crowd:
    """Asks for all users of a run and notes what became of it; `over` is set when the profile has come to its end."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.users, self.numbers = count(), count(1)
        self.over = False
        self._zero = time.monotonic()
        self._open = Group()
        self._watch = gevent.spawn(self._look)

    def now(self) -> float:
        """Return the seconds since the run began."""
        return time.monotonic() - self._zero

    def ask(self, due: float, send: Callable[[], str | None], room: BoundedSemaphore) -> None:
        """Send a question as soon as there is room, in a greenlet of its own; `send` returns the kind of failure."""
        self._open.spawn(self._one, due, self.now(), send, room)

    def end(self) -> None:
        """Wait for the last answers, as long as somebody would; whoever is left then has waited in vain."""
        self.run.seconds = self.now()
        self.run.broken_off = not self.over
        self._watch.kill()
        self._open.join(timeout=self.run.plan.timeout if self.over else 0)
        self._open.kill()

    def _one(self, due: float, woke: float, send: Callable[[], str | None], room: BoundedSemaphore) -> None:
        sent: float | None = None
        found: str | None = GENERATOR
        try:
            with room:
                sent = self.now()
                found = send()
        except gevent.GreenletExit:
            found = TIMEOUT
        finally:
            done = self.now()
            self.run.asked.append(Asked(due, woke, done if sent is None else sent, done, found))

    def _look(self) -> None:
        """Note the share of a core that this process takes, all its threads together."""
        while True:
            used, began = time.process_time(), time.monotonic()
            gevent.sleep(LOOK_EVERY)
            self.run.cpu.append(100 * (time.process_time() - used) / (time.monotonic() - began))
