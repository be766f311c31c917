"""Where the twin keeps what it makes: one directory that git ignores and only its owner can read."""

import fcntl
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LONGEST_SOCKET_PATH = 100  # bytes; the kernel allows 107


class TwinError(Exception):
    """Something a person has to know, as a sentence; the command exits with 1."""


@dataclass(frozen=True)
class Layout:
    """Paths under the twin's home. `live` is what the running emulator works on, `snapshot` what it starts from."""

    home: Path

    @property
    def state(self) -> Path:
        """What runs, and on which ports."""
        return self.home / "twin.json"

    @property
    def keys(self) -> Path:
        """The keys that were made for this twin."""
        return self.home / "keys.json"

    @property
    def logs(self) -> Path:
        """One file per process and task."""
        return self.home / "logs"

    @property
    def terraform(self) -> Path:
        """The root module by links, with a local backend."""
        return self.home / "terraform"

    @property
    def live(self) -> Path:
        """Everything a running twin holds; given up when it goes down."""
        return self.home / "live"

    @property
    def snapshot(self) -> Path:
        """The freshly applied, empty estate."""
        return self.home / "snapshot"

    @property
    def scratch(self) -> Path:
        """The tasks' own directories and temporary files."""
        return self.home / "scratch"

    @property
    def socket(self) -> Path:
        """The process engine's socket; elsewhere if the home lies too deep for a socket's address."""
        here = self.home / "engine.sock"
        if len(os.fsencode(here)) <= LONGEST_SOCKET_PATH:
            return here
        short = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"raglite-{os.getuid()}-{short}" / "engine.sock"

    def make(self) -> None:
        """Make the directories that processes expect."""
        for folder in (self.home, self.logs, self.live, self.scratch, self.socket.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one `up` or `down` work at a time; the kernel gives the lock back however its holder ends."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.home / "lock").open("w") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("another `local up` or `local down` is at work here: waiting for it")
                fcntl.flock(held, fcntl.LOCK_EX)
            yield


HERE = Layout(ROOT / ".local")


def say(sentence: str) -> None:
    """Tell a person how far things are; stdout is for results."""
    print(sentence, file=sys.stderr, flush=True)


def read_json(path: Path) -> Any:
    """Return what a file holds; an empty record if there is none or it was never finished."""
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
