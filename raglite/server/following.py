"""Following an ingestion, for a caller who would otherwise ask again and again."""

from collections.abc import Awaitable, Callable

import anyio
from mcp.server.mcpserver import Context

from raglite.model import IngestionStatus, VersionState

PERIOD = 1.0  # seconds between two looks
PLACES = 32  # followed at once by each task: so many looks at the registry and the bucket in a PERIOD
STEPS = {VersionState.RECEIVED: 1, VersionState.PROCESSING: 2}  # every other state is the last
LAST = 3
Look = Callable[[], Awaitable[IngestionStatus]]
Tell = Callable[[IngestionStatus], Awaitable[None]]


async def nobody(_: IngestionStatus) -> None:
    """Tell nobody."""


class Following:
    """Looks again until nothing more will happen. Used from the event loop only, since its places have no lock."""

    def __init__(self, places: int = PLACES) -> None:
        self._free = places

    async def follow(self, look: Look, seconds: float, tell: Tell = nobody) -> IngestionStatus:
        """Return what is found when it is done, or when the time is up; each look is told.

        If all places are taken it is looked once, and the caller has to ask again: nobody queues for waiting.
        """
        ends = anyio.current_time() + seconds
        status = await self._looked(look, tell)
        if status.done or not self._free:
            return status
        self._free -= 1
        try:
            while not status.done and (left := ends - anyio.current_time()) > 0:
                await anyio.sleep(min(PERIOD, left))
                status = await self._looked(look, tell)
        finally:
            self._free += 1
        return status

    async def _looked(self, look: Look, tell: Tell) -> IngestionStatus:
        status = await look()
        await tell(status)
        return status


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
