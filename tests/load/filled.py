"""Estates that hold documents already: filled once for each state of the documents and of the code that reads them.

The real filings where they are on this machine, else those of the accuracy gate, which are generated.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.twin.programs import MODEL
from tests.integration.corpus import SUFFIXES
from tests.load.estate import COLLECTION, ROOT, Estate, running

REAL = ROOT.parent / "shared" / "data" / "filings"
GENERATED = {"gate": ROOT / "build" / "gate-corpus", "sample": ROOT / "build" / "sample-corpus"}
ESTATES = ROOT / "build" / "bench" / "estates"
# What a document's points depend on.
READERS = (
    "raglite/ingestion/**/*.py",
    "raglite/adapters/docling*.py",
    "raglite/adapters/parse*.py",
    "raglite/adapters/qdrant_points.py",
)


@dataclass(frozen=True)
class Documents:
    """A folder of documents and the questions that are asked of them."""

    folder: Path
    questions: tuple[str, ...]
    asked: Path  # the file that holds them

    @property
    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.iterdir() if path.suffix.lower() in SUFFIXES)

    @classmethod
    def of(cls, folder: Path, questions: Path) -> "Documents":
        asked = [json.loads(line)["question"] for line in questions.read_text().splitlines()]
        return cls(folder, tuple(dict.fromkeys(asked)), questions)


def real() -> Documents | None:
    """Return the real filings; None where they are not."""
    return Documents.of(REAL / "docs", REAL / "questions.jsonl") if REAL.is_dir() else None


def generated(kind: str = "gate") -> Documents:
    """Return a corpus that is made anew: the gate's, or the small sample, which is ingested in half a minute."""
    folder = GENERATED[kind]
    command = [sys.executable, "-m", f"scripts.{kind}_corpus", "--out", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return Documents.of(folder, folder / "questions.jsonl")


@contextmanager
def holding(documents: Documents) -> Iterator[Estate]:
    """Start an estate in which all documents are searchable; the first time they are ingested, by a task."""
    place = ESTATES / _digest(documents)
    if not place.exists():
        _fill(documents, place)
    with running(place) as estate:
        yield estate


def _fill(documents: Documents, place: Path) -> None:
    unfinished = place.with_suffix(".unfinished")
    subprocess.run(["rm", "-rf", unfinished], check=True)
    unfinished.mkdir(parents=True)
    with running(unfinished) as estate:
        keys = [f"bench/{path.name}" for path in documents.files]
        for path, key in zip(documents.files, keys, strict=True):
            estate.upload(path, key)
        estate.drain(keys[0])
    unfinished.rename(place)


def _digest(documents: Documents) -> str:
    spec = json.loads((MODEL / "spec.json").read_text())["spec"]
    made_of = hashlib.sha256(json.dumps([COLLECTION, spec]).encode())
    readers = sorted(path for pattern in READERS for path in ROOT.glob(pattern))
    for path in (*documents.files, *readers):
        made_of.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return made_of.hexdigest()[:16]
