"""A part with somebody watching: `before` and `after` hear the name of every call, and `before` may refuse it."""

from collections.abc import Callable
from typing import Any

from raglite.errors import DependencyUnavailable


def nothing(_call: str) -> None:
    """Let every call pass."""


class Watched:
    def __init__(
        self, part: Any, before: Callable[[str], None] = nothing, after: Callable[[str], None] = nothing
    ) -> None:
        self._part = part
        self._before = before
        self._after = after

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._part, name)
        if not callable(member):
            return member

        def call(*given: Any, **named: Any) -> Any:
            self._before(name)
            answer = member(*given, **named)
            self._after(name)
            return answer

        return call


def failing(call: str, times: int = 1, error: BaseException | None = None) -> Callable[[str], None]:
    """Return a `before` that refuses the first `times` of one call."""
    left = [times]

    def before(name: str) -> None:
        if name == call and left[0] > 0:
            left[0] -= 1
            raise error or DependencyUnavailable("Fake", f"{call} did not answer; try again.")

    return before
