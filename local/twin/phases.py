"""How long each phase of a start takes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from local.twin.layout import say


@dataclass
class Phases:
    """Seconds that each phase took, said as they pass."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str, sentence: str) -> Iterator[None]:
        """Time a phase."""
        say(f"- {sentence}")
        begun = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - begun, 2)
