"""Packs lambda/ingestion_trigger.py for Terraform: the same source gives the same bytes on every machine.

The archive provider would do, but it is one more thing to download and its zip differs between versions.
"""

import os
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "lambda" / "ingestion_trigger.py"
ARCHIVE = ROOT / "build" / "lambda" / "ingestion_trigger.zip"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold
READABLE = 0o100644 << 16


def package(source: Path, archive: Path) -> None:
    """Write `archive` with `source` at its top, unless it is there already."""
    if archive.exists() and archive.stat().st_mtime > source.stat().st_mtime:
        return
    archive.parent.mkdir(parents=True, exist_ok=True)
    entry = zipfile.ZipInfo(source.name, EPOCH)
    entry.external_attr = READABLE
    partial = archive.with_suffix(f".{os.getpid()}")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as file:
        file.writestr(entry, source.read_bytes())
    partial.replace(archive)


if __name__ == "__main__":
    package(SOURCE, ARCHIVE)
