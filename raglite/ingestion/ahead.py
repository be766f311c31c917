"""One step ahead: the next item is made in a thread while the last one is worked on."""

from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar, cast

Item = TypeVar("Item")
_END = object()


def ahead(made: Generator[Item, None, None]) -> Generator[Item, None, None]:
    """Yield what `made` does, which runs in a thread of its own up to the item after the one that was yielded.

    No more than two items are there at once. What `made` raises is raised here; it is closed, in its thread, when this
    iterator is: whoever stops waits for the item that is being made. It sees the caller's context, so that what it logs
    and traces belongs to the same document.
    """
    context = copy_context()
    with ThreadPoolExecutor(1) as beside:

        def step() -> Future[object]:
            return beside.submit(lambda: context.run(lambda: next(made, _END)))

        try:
            coming = step()
            while (item := coming.result()) is not _END:
                coming = step()
                yield cast("Item", item)
        finally:
            beside.submit(context.run, made.close).result()
