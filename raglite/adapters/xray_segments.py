"""What is open in a trace, and what of it goes to the daemon.

The SDK's own contexts lose or mix up segments under concurrency. Here what is open is a tuple in a context variable:
every asyncio task, and every thread that is given a copy of the context, has its own and shares none.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Protocol

from raglite.adapters.xray_causes import blame
from raglite.adapters.xray_sdk import Subsegment

LONGEST_TEXT = 1000  # characters of an annotation that X-Ray takes
MOST_HELD = 50  # subsegments of a segment that is still open; then those that have ended are sent ahead
Annotations = Mapping[str, str | float | bool]
NONE: Annotations = MappingProxyType({})
_open: ContextVar[tuple[Any, ...]] = ContextVar("open", default=())  # segment, subsegment, its subsegment, ...
_lock = threading.Lock()  # on beginning and ending: the threads of one request end parts of one segment at once


class Sender(Protocol):
    """Where ended segments go."""

    remotes: Mapping[str, str]  # names of services by their hosts

    def send(self, entity: Any) -> None:
        """Send a segment, or a subsegment ahead of its segment; what is still open as being in progress."""


def segment() -> Any:
    """Return the segment that is open here; None outside a trace, and after its end."""
    opened = _open.get()
    return opened[0] if opened and opened[0].in_progress else None


def annotate(entity: Any, annotations: Annotations) -> None:
    """Annotate a segment or a subsegment."""
    for name, value in annotations.items():
        entity.annotations[name] = value[:LONGEST_TEXT] if isinstance(value, str) else value


@contextmanager
def within(segment: Any, sender: Sender, *, announced: bool) -> Iterator[None]:
    """Have `segment` open while the body runs, and send it when the last of its subsegments has ended too.

    `announced`: it is sent at once as well, so that something of it is known should this process be killed.
    """
    segment.sender, segment.has_begun_to_leave = sender, announced
    if announced and segment.sampled:
        sender.send(segment)
    before = _open.set((segment,))
    try:
        yield
    except BaseException as error:
        blame(segment, error)
        raise
    finally:
        _open.reset(before)
        _end(segment, segment, time.time())


@contextmanager
def subsegment(
    name: str,
    annotations: Annotations = NONE,
    namespace: str = "local",
    blame: Callable[[Any, BaseException], None] = blame,
) -> Iterator[Any]:
    """Open a subsegment of what is open here; yields None outside a trace, and in a thread that outlives its span."""
    begun = _begun(name, namespace)
    if begun is None:
        yield None
        return
    annotate(begun, annotations)
    before = _open.set((*_open.get(), begun))
    try:
        yield begun
    except BaseException as error:
        blame(begun, error)
        raise
    finally:
        _open.reset(before)
        _end(begun, begun.parent_segment, time.time())


def past(name: str, began: float, ended: float) -> None:
    """Add a subsegment for something that is over, by times since 1970; a no-op outside a trace."""
    begun = _begun(name, "local")
    if begun is not None:
        begun.start_time = began
        _end(begun, begun.parent_segment, ended)


def _begun(name: str, namespace: str) -> Any:
    opened = _open.get()
    if not opened or not opened[0].sampled or not opened[-1].in_progress:
        return None
    begun = Subsegment(name, namespace, opened[0])
    with _lock:
        if not opened[-1].in_progress:  # ended by another thread, just now
            return None
        opened[-1].add_subsegment(begun)
    return begun


def _end(ended: Any, segment: Any, moment: float) -> None:
    """End a segment or a subsegment of it, and send all of the segment if it was the last to end, else what may go."""
    with _lock:
        ended.close(max(moment, ended.start_time))  # a clock may have been set back, and X-Ray would not take that
        due = [segment] if segment.ready_to_send() else _taken_ahead(segment)
    if segment.sampled:
        for entity in due:
            segment.sender.send(entity)


def _taken_ahead(segment: Any) -> list[Any]:
    """Take out what has ended if much is held. The SDK counts a subtree that is taken as one: later ones go sooner."""
    if segment.get_total_subsegments_size() <= MOST_HELD:
        return []
    taken = list(_ended_below(segment))
    for entity, above in taken:
        above.remove_subsegment(entity)
    segment.has_begun_to_leave = segment.has_begun_to_leave or bool(taken)
    return [entity for entity, _ in taken]


def _ended_below(entity: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the largest subtrees that have ended, each with what it hangs on."""
    for child in list(entity.subsegments):
        if _has_ended(child):
            yield child, entity
        else:
            yield from _ended_below(child)


def _has_ended(entity: Any) -> bool:
    return not entity.in_progress and all(_has_ended(child) for child in entity.subsegments)
