"""Packs lambda/ for Terraform, each function with what it imports: the same source gives the same bytes everywhere.

The archive provider would do, but it is one more thing to download and its zip differs between versions.
"""

import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES, ARCHIVES = ROOT / "lambda", ROOT / "build" / "lambda"
PACKAGES = {
    "ingestion_trigger": ("ingestion_trigger.py", "delivery.py", "lines.py", "tracing.py"),
    "canary": ("canary.py", "lines.py", "tracing.py"),
}
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold
READABLE = 0o100644 << 16


def package(sources: Sequence[Path], archive: Path) -> None:
    """Write `archive` with the sources at its top, unless it is newer than they and this file are."""
    newest = max(path.stat().st_mtime for path in (*sources, Path(__file__)))
    if archive.exists() and archive.stat().st_mtime > newest:
        return
    archive.parent.mkdir(parents=True, exist_ok=True)
    partial = archive.with_suffix(f".{os.getpid()}")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as file:
        for source in sources:
            entry = zipfile.ZipInfo(source.name, EPOCH)
            entry.external_attr = READABLE
            file.writestr(entry, source.read_bytes())
    partial.replace(archive)


if __name__ == "__main__":
    for name, files in PACKAGES.items():
        package([SOURCES / file for file in files], ARCHIVES / f"{name}.zip")
