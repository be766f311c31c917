"""Parts of a backup on their way into the bucket: written, read back, and remembered for the manifest."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from raglite.errors import DependencyUnavailable
from raglite.ports.recovery import BackupStore
from raglite.recovery.lines import write_lines
from raglite.recovery.manifest import Part


class Writer:
    """Writes the parts of one backup. What is in `folder` is removed as soon as it is kept."""

    def __init__(self, store: BackupStore, backup: str, folder: Path) -> None:
        self._store = store
        self.backup = backup
        self.folder = folder
        self.parts: list[Part] = []
        self._entries: dict[str, int] = {}  # lines of the lists that are written and not kept yet

    def write(self, name: str, rows: Iterable[Any]) -> None:
        """Write a list to a file of that name in `folder`, to be kept later."""
        self._entries[name] = write_lines(self.folder / name, rows)

    def keep_written(self) -> None:
        """Keep what was written as parts."""
        for name, entries in self._entries.items():
            self.keep(name, self.folder / name, entries)
        self._entries.clear()

    def keep_bytes(self, name: str, body: bytes) -> Part:
        """Keep bytes as a part."""
        path = self.folder / name
        path.write_bytes(body)
        return self.keep(name, path)

    def keep(self, name: str, path: Path, entries: int = 0) -> Part:
        """Keep a file as a part; DependencyUnavailable if the bucket gives other bytes back."""
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        part = Part(name=name, sha256=sha256, size=path.stat().st_size, entries=entries)
        self._store.put(self.backup, name, path)
        found = self._store.fetch(self.backup, name, path)  # over the file itself: the disk holds it once
        path.unlink()
        if found != sha256:
            raise DependencyUnavailable("S3", f"gives other bytes back than were kept of {name}; try again.")
        self.parts.append(part)
        return part
