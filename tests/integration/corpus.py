"""The documents and questions of a run: those a script generates (CORPUS=sample or gate), or DOCS= and QUESTIONS=."""

import hashlib
import json
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.integration.estate import ROOT, run

GENERATED = os.environ.get("CORPUS", "sample")
SUFFIXES = {".pdf", ".docx", ".xlsx", ".pptx", ".html", ".htm", ".md", ".csv", ".txt"}


@dataclass(frozen=True)
class Corpus:
    """`names` maps an opaque key to the document's own file name, so that nothing can be learnt from the key."""

    folder: Path  # copies under their opaque keys, ready to be uploaded
    names: dict[str, str]
    bad: frozenset[str]  # keys that must end quarantined
    questions: list[dict[str, Any]] = field(repr=False)
    is_sample: bool

    @property
    def keys(self) -> dict[str, str]:
        """Document name -> key."""
        return {name: key for key, name in self.names.items()}


def opaque_key(path: Path) -> str:
    """Name a document by its content; the suffix stays, because it tells the format."""
    return f"e2e/{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}{path.suffix.lower()}"


def corpus(build: Path) -> Corpus:
    """Return the corpus that the environment asks for."""
    given = os.environ.get("DOCS")
    source = Path(given).resolve() if given else _generated(build / GENERATED)
    questions = os.environ.get("QUESTIONS") or (None if given else str(source / "questions.jsonl"))
    folder = build / "upload"
    shutil.rmtree(folder, ignore_errors=True)
    good = sorted(path for path in source.iterdir() if path.suffix.lower() in SUFFIXES)
    bad = sorted((source / "bad").iterdir()) if (source / "bad").is_dir() else []
    names = {_copy(path, folder): path.name for path in (*good, *bad)}
    asked = [json.loads(line) for line in Path(questions).read_text().splitlines()] if questions else []
    return Corpus(
        folder,
        names,
        frozenset(opaque_key(path) for path in bad),
        asked,
        is_sample=not given and GENERATED == "sample",
    )


def _copy(path: Path, folder: Path) -> str:
    key = opaque_key(path)
    target = folder / key
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)
    return key


def _generated(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    run(sys.executable, "-m", f"scripts.{GENERATED}_corpus", "--out", str(folder.relative_to(ROOT)))
    return folder
