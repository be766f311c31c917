"""The ingest task under test: the product's own, but for what befalls it at some call of a port."""

import argparse
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from raglite.bootstrap import bootstrap
from raglite.ingestion.pipeline import key_of, policy_of, run
from raglite.model import ParsedDocument
from raglite.ports import Services
from raglite.settings import Settings
from tests.fakes.watched import Watched
from tests.faults.documents import POISON
from tests.faults.steps import Point, Then

SIGNALS = {Then.KILL: signal.SIGKILL, Then.STOP: signal.SIGTERM, Then.PAUSE: signal.SIGSTOP}
AT_WORK = "at work"
WATCHED = ("documents", "registry", "parser", "embedder", "index")


@dataclass(frozen=True)
class Trap:
    """Something that befalls the first task that comes to a crash point; that one touches the file `claim`."""

    point: Point
    then: Then
    claim: Path

    @classmethod
    def parse(cls, line: str) -> "Trap":
        """Read what `line` wrote."""
        code, then, claim = line.split(" ", 2)
        return cls(Point.parse(code), Then[then], Path(claim))

    @property
    def line(self) -> str:
        """The trap as a line of the file that every task watches."""
        return f"{self.point.code} {self.then.name} {self.claim}"

    def take(self) -> bool:
        """Whether the caller is the first to come."""
        try:
            self.claim.touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


class Traps:
    """Counts this task's calls of every port, and meets the traps that whoever started it has laid in a file."""

    def __init__(self, laid: Path, notes: Path) -> None:
        self._laid, self._notes = laid, notes
        self._calls: Counter[str] = Counter()
        self._lock = threading.Lock()  # leases are renewed by threads of their own

    def hear(self, when: str, part: str, method: str) -> None:
        """Hear of a call before or after it is made."""
        with self._lock:
            call = f"{when}:{part}.{method}"
            if not self._calls:
                self.note(AT_WORK)
            self._calls[call] += 1
            for trap in self._of(call):
                if trap.then in SIGNALS and self._calls[call] >= trap.point.nth and self.meet(trap):
                    os.kill(os.getpid(), SIGNALS[trap.then])

    def disk_is_full(self) -> bool:
        """Whether this fetch finds the disk full."""
        return any(trap.then is Then.FULL and self.meet(trap) for trap in self._of("before:documents.fetch"))

    def meet(self, trap: Trap) -> bool:
        """Take the trap, if nobody has, and leave word of it."""
        if not trap.take():
            return False
        self.note(f"reached {trap.then.name}")
        return True

    def _of(self, call: str) -> Iterator[Trap]:
        laid = [Trap.parse(line) for line in self._laid.read_text().splitlines()]
        yield from (trap for trap in laid if trap.point.code.startswith(f"{call}:"))

    def note(self, line: str) -> None:
        """Leave word for whoever started this task; it survives what comes next."""
        with self._notes.open("a") as notes:
            notes.write(line + "\n")


class PoisonedParser:
    """A parser that takes the whole task with it where a document says so."""

    def __init__(self, parser: Any, traps: Traps) -> None:
        self._parser, self._traps = parser, traps

    @property
    def version(self) -> str:
        """The real parser's."""
        return str(self._parser.version)

    def ready(self, name: str) -> AbstractContextManager[None]:
        """Make the real parser ready."""
        ready: AbstractContextManager[None] = self._parser.ready(name)
        return ready

    def parse(self, path: Path, name: str) -> ParsedDocument:
        """Parse, or die."""
        if POISON.encode() in path.read_bytes():
            self._traps.note("poisoned")
            os.kill(os.getpid(), signal.SIGKILL)
        parsed: ParsedDocument = self._parser.parse(path, name)
        return parsed


class FullDisk:
    """Documents that are fetched onto a full disk: /dev/full, where the kernel itself finds no space left."""

    def __init__(self, documents: Any, traps: Traps) -> None:
        self._documents, self._traps = documents, traps

    def __getattr__(self, name: str) -> Any:
        return getattr(self._documents, name)

    def fetch(self, key: str, version_id: str, into: Path) -> str:
        """Fetch into /dev/full, once."""
        if self._traps.disk_is_full():
            into.symlink_to("/dev/full")
        return str(self._documents.fetch(key, version_id, into))


def trapped(services: Services, traps: Traps) -> Services:
    """Return the services with traps in them."""
    parts: dict[str, Any] = {part.name: getattr(services, part.name) for part in fields(services)}
    parts["parser"] = PoisonedParser(parts["parser"], traps)
    parts["documents"] = FullDisk(parts["documents"], traps)
    for name in WATCHED:
        parts[name] = Watched(parts[name], partial(traps.hear, "before", name), partial(traps.hear, "after", name))
    return replace(services, **parts)


def main(argv: Sequence[str] | None = None) -> int:
    """Return the task's own exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.task", description=__doc__)
    parser.add_argument("--s3-path", required=True)
    parser.add_argument("--traps", type=Path, required=True, help="the file that traps are laid in")
    parser.add_argument("--notes", type=Path, required=True, help="the file to leave word in")
    chosen = parser.parse_args(argv)
    settings = Settings.from_environment()
    services = trapped(bootstrap(settings), Traps(chosen.traps, chosen.notes))
    return run(key_of(chosen.s3_path, settings.documents_bucket), services, policy_of(settings))


if __name__ == "__main__":
    sys.exit(main())
