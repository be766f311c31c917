"""Calls of many threads made together: who comes while a call runs is served by the next one, with all that came."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass
class _Turn(Generic[Given, Made]):
    """One thread's call, until it is `served` or has to lead the next one."""

    given: Given
    woken: threading.Event = field(default_factory=threading.Event)
    served: bool = False
    made: Made | None = None
    error: BaseException | None = None


class Batches(Generic[Given, Made]):
    """Runs `run` with at most `most` items at once and never twice at a time.

    Nobody waits for company: a call that finds nothing running starts at once. An exception reaches every thread whose
    item was in the call.
    """

    def __init__(self, run: Callable[[Sequence[Given]], Sequence[Made]], most: int) -> None:
        self._run = run
        self._most = most
        self._lock = threading.Lock()
        self._waiting: list[_Turn[Given, Made]] = []
        self._busy = False

    def __call__(self, given: Given) -> Made:
        """Return what `run` makes of one item."""
        mine: _Turn[Given, Made] = _Turn(given)
        with self._lock:
            self._waiting.append(mine)
            leads, self._busy = not self._busy, True
        if not leads:
            mine.woken.wait()
        if not mine.served:
            self._lead()
        if mine.error is not None:
            raise mine.error
        return mine.made  # type: ignore[return-value]  # served without an error

    def _lead(self) -> None:
        """Serve those who came first, then wake them, and who leads next."""
        with self._lock:
            turns, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        try:
            for turn, made in zip(turns, self._run([turn.given for turn in turns]), strict=True):
                turn.made = made
        except BaseException as error:  # noqa: BLE001  raised again in every thread that waits for it
            for turn in turns:
                turn.error = error
        for turn in turns:
            turn.served = True
        with self._lock:
            following = self._waiting[:1]
            self._busy = bool(following)
        for turn in (*turns, *following):
            turn.woken.set()
