"""The commit that this one is compared with, checked out beside it, with a model directory that its own code made."""

import os
import subprocess
import sys
from pathlib import Path

from tests.load.estate import ROOT

CHECKOUTS = ROOT / "build" / "bench" / "base"


def base_commit() -> str | None:
    """Return the commit that BASE names, else the one before this; None where there is none."""
    named = os.environ.get("BASE") or "HEAD^"
    found = _git("rev-parse", "--verify", "--quiet", f"{named}^{{commit}}")
    return found.stdout.strip() or None


def checked_out(commit: str) -> Path:
    """Return a checkout of a commit, made if it is not there."""
    place = CHECKOUTS / commit
    if not (place / "build" / "model" / "spec.json").exists():
        subprocess.run(["rm", "-rf", place], check=True)
        place.mkdir(parents=True)
        packed = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", place], input=packed, check=True)
        export = [sys.executable, "-m", "raglite.adapters.sentence_embedder", "--out", "build/model"]
        subprocess.run(export, cwd=place, check=True, capture_output=True)
    return place


def _git(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
