"""Somebody who uploads reports at a steady pace, and notes what was promised to him and when."""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from raglite.errors import RagliteError
from raglite.model import VersionState
from raglite.recovery.drills import made_up
from raglite.recovery.drills.ground import Ground
from raglite.recovery.drills.journal import Write


@dataclass
class Writer:
    """A thread's work while `ground.writing` is set; `write` may be called by the drill itself while it is not."""

    ground: Ground
    _number: int = 0
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = self.ground.thread("writer", self.write_on)

    def write_on(self) -> None:
        """Write until the drill is over."""
        while not self.ground.over.is_set():
            if self.ground.writing.is_set():
                self.write()
            self.look()
            self.ground.over.wait(self.ground.pace.write)

    def write(self) -> Write | None:
        """Upload one more report; None if it was refused."""
        with self._one_at_a_time:
            self._number += 1
            made = made_up.report(self.ground.run, self._number)
            try:
                with tempfile.NamedTemporaryFile(suffix=made_up.SUFFIX) as file:
                    file.write(made.body)
                    file.flush()
                    version = self.ground.estate.services.documents.upload(Path(file.name), made.key)
            except RagliteError as error:
                self.ground.journal.could_not_write(str(error))
                return None
            now = self.ground.clock.now()
            write = Write(made.key, version.version_id, made.sha256, now, made.question, made.figure)
            self.ground.journal.wrote(write)
            return write

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Let nothing be written while the body runs."""
        with self._one_at_a_time:
            yield

    def look(self) -> None:
        """Note which of the writes are searchable by now; the store may be away."""
        for one in self.ground.journal.writes:
            if one.searchable is None:
                try:
                    self._look_at(one)
                except RagliteError:  # it is looked for again; that it never came is an assertion's business
                    return

    def _look_at(self, write: Write) -> None:
        record = self.ground.estate.services.registry.find(write.key, write.version_id)
        if record is not None and record.state is VersionState.SEARCHABLE:
            self.ground.journal.found(write.key, self.ground.clock.now())

    def all_found(self) -> bool:
        """Whether every write is searchable."""
        self.look()
        return all(one.searchable for one in self.ground.journal.writes)
