"""Following an ingestion, for a caller who would otherwise ask again and again."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

import anyio
from mcp.server.mcpserver import Context

from raglite.errors import TransientError
from raglite.model import IngestionStatus, VersionState

PERIOD = 1.0  # seconds between two looks
PLACES = 32  # followed at once by each task: so many looks at the registry and the bucket in a PERIOD
SHARE = 8  # of these, at most for one caller
STEPS = {VersionState.RECEIVED: 1, VersionState.PROCESSING: 2}  # every other state is the last
LAST = 3
Look = Callable[[], Awaitable[IngestionStatus]]
Tell = Callable[[IngestionStatus], Awaitable[None]]


async def nobody(_: IngestionStatus) -> None:
    """Tell nobody."""


class Following:
    """Looks again until nothing more will happen. Used from the event loop only, since its places have no lock."""

    def __init__(self, places: int = PLACES, share: int = SHARE) -> None:
        self._places = places
        self._share = share
        self._taken: Counter[str] = Counter()

    async def follow(self, look: Look, seconds: float, caller: str, tell: Tell = nobody) -> IngestionStatus:
        """Return what was found last when it is done, or when the time is up; each look is told.

        Without a place it is looked once, and the caller has to ask again: nobody queues for waiting.
        """
        status = await look()
        await tell(status)
        if status.done or self._is_full(caller):
            return status
        with self._place(caller), anyio.move_on_after(seconds):  # also of a caller that does not take what it is told
            while not status.done:
                await anyio.sleep(PERIOD)
                with suppress(TransientError):  # what was seen before still stands; the next look may be answered
                    status = await look()
                await tell(status)
        return status

    def _is_full(self, caller: str) -> bool:
        return self._taken.total() >= self._places or self._taken[caller] >= self._share

    @contextmanager
    def _place(self, caller: str) -> Iterator[None]:
        self._taken[caller] += 1
        try:
            yield
        finally:
            self._taken[caller] -= 1
            self._taken += Counter()  # forgets who has none


def progress(context: Context) -> Tell:
    """Return what tells an MCP caller of each step forward, once; nothing, if it did not ask to be told.

    A step back, when a task gave up and another takes over, is not told: MCP's progress only grows.
    https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/progress
    """
    reached = 0

    async def tell(status: IngestionStatus) -> None:
        nonlocal reached
        step = STEPS.get(status.state, LAST)
        if step > reached:
            reached = step
            await context.report_progress(step, LAST, f"{status.key} is {status.state.value}.")

    return tell
