"""The service with a fault on purpose, to show that the gates notice: `python -m tests.load.slowed`.

SLOWED_PERCENT makes every request take so much longer, whatever it does: before its answer leaves, the event loop works
for that part of the time it took. STALL_AT and STALL_SECONDS let the question of that number hold up all others.
"""

import os
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from raglite.retrieval.query import Retriever
from raglite.server import __main__ as service
from raglite.server import app as application
from raglite.server.app import create_app

PERCENT = float(os.environ.get("SLOWED_PERCENT") or 0)
STALL_AT = int(os.environ.get("STALL_AT") or 0)
STALL_SECONDS = float(os.environ.get("STALL_SECONDS") or 0)
MARK = b"x-slowed-by"  # shows that the fault is there: a proof without one would accuse the gate

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

_answer = Retriever.query
_passing = threading.Lock()
_asked = 0


@dataclass
class Slowed:
    """An application of which every request takes `share` (0.2: a fifth) longer.

    Requests at once wait for each other, so that their times together are more than has passed: each second counts for
    all in flight in equal parts. So the service is busy a fifth longer, not a fifth for each who waited. What one works
    in addition holds the event loop, where no two can do so at once, and is counted for nobody.
    """

    app: App
    share: float
    clock: Callable[[], float] = time.perf_counter
    _flying: int = 0
    _each: float = 0.0  # seconds, of a request that was there all the time
    _looked: float = 0.0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass everything through; an answer's beginning waits."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begun = self._look()
        self._flying += 1

        async def later(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (MARK, str(self.share).encode())]
                self._work((self._look() - begun) * self.share)
            await send(message)

        try:
            await self.app(scope, receive, later)
        finally:
            self._look()
            self._flying -= 1

    def _look(self) -> float:
        now = self.clock()
        self._each += (now - self._looked) / max(1, self._flying)
        self._looked = now
        return self._each

    def _work(self, seconds: float) -> None:
        until = self.clock() + seconds
        while self.clock() < until:
            pass
        self._looked = self.clock()


def slowed(*given: Any) -> App:
    """Return the service's application, slowed."""
    return Slowed(create_app(*given), PERCENT / 100)


def stalling(retriever: Retriever, *given: Any) -> Any:
    """Answer, one after the other through a door at which one of them takes its time."""
    global _asked  # noqa: PLW0603  there is one service in a process
    with _passing:
        _asked += 1
        if _asked == STALL_AT:
            time.sleep(STALL_SECONDS)
    return _answer(retriever, *given)


if __name__ == "__main__":
    Retriever.query = stalling  # type: ignore[assignment, method-assign]  # the one fault
    application.create_app = slowed  # type: ignore[assignment]  # the other
    raise SystemExit(service.main())
