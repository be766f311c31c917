"""The service with a fault on purpose, to show that the gates notice: `python -m tests.load.slowed`.

SLOWED_PERCENT makes every question take so much longer, by work on the processor; STALL_AT and STALL_SECONDS let the
question of that number hold up all others for a while.
"""

import os
import threading
import time
from typing import Any

from raglite.retrieval.query import Retriever
from raglite.server.__main__ import main

PERCENT = float(os.environ.get("SLOWED_PERCENT") or 0)
STALL_AT = int(os.environ.get("STALL_AT") or 0)
STALL_SECONDS = float(os.environ.get("STALL_SECONDS") or 0)

_answer = Retriever.query
_passing = threading.Lock()
_asked = 0


def slowed(retriever: Retriever, *given: Any) -> Any:
    _pass()
    begun = time.perf_counter()
    answer = _answer(retriever, *given)
    until = time.perf_counter() + (time.perf_counter() - begun) * PERCENT / 100
    while time.perf_counter() < until:
        pass
    return answer


def _pass() -> None:
    """Go through one after the other; one of them takes its time."""
    global _asked  # noqa: PLW0603  there is one service in a process
    with _passing:
        _asked += 1
        if _asked == STALL_AT:
            time.sleep(STALL_SECONDS)


if __name__ == "__main__":
    Retriever.query = slowed  # type: ignore[method-assign]  # the fault
    raise SystemExit(main())
