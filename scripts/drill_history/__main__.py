"""`python -m scripts.drill_history`: add this run's drills to those of earlier runs, and draw all of them.

Evidence of kind `drill` in build/evidence joins build/drill-history, one file a run; the page is its index.html. On
GitHub (GITHUB_TOKEN is set) what the last run of main kept is fetched first. The exit code is 1 if there is nothing to
show, or if what was kept could not be fetched: a history must not begin anew unnoticed.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from raglite.errors import RagliteError
from raglite.release.evidence import Evidence, Kind, write
from raglite.release.reading import read_folder
from scripts.drill_history.kept import fetch
from scripts.drill_history.page import page

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE, HISTORY = ROOT / "build" / "evidence", ROOT / "build" / "drill-history"
PAGE = "index.html"


def main() -> int:
    """Return an exit code."""
    HISTORY.mkdir(parents=True, exist_ok=True)
    try:
        if os.environ.get("GITHUB_TOKEN"):
            print(fetch(os.environ, HISTORY))
        runs, refused = gathered((EVIDENCE, HISTORY))
    except (RagliteError, OSError, ValueError) as error:
        print(f"The drills of earlier runs could not be read: {error}")
        return 1
    for sentence in refused:
        print(f"left out: {sentence}")
    if not runs:
        print("There are no drills to show: `make evidence KINDS=drill` runs them.")
        return 1
    for run in runs:
        write(HISTORY / name_of(run), run)
    (HISTORY / PAGE).write_text(page(runs, datetime.now(UTC)), encoding="utf-8")
    print(f"runs of drills: {len(runs)}, drawn in {(HISTORY / PAGE).relative_to(ROOT)}")
    return 0


def gathered(folders: Iterable[Path]) -> tuple[Sequence[Evidence], list[str]]:
    """Return the runs in these folders that drilled, each once, the oldest first, and why other files are left out."""
    found: dict[str, Evidence] = {}
    refused: list[str] = []
    for folder in folders:
        if folder.is_dir():
            evidence, others = read_folder(folder)
            found |= {one.digest: one for one in evidence if one.kind is Kind.DRILL and one.drills}
            refused += [str(one.sentence) for one in others]
    return sorted(found.values(), key=lambda one: one.started), refused


def name_of(run: Evidence) -> str:
    """Return the file name that a run is kept under."""
    return f"{run.started.astimezone(UTC):%Y%m%dT%H%M%SZ}-{run.git_sha[:12]}.json"


if __name__ == "__main__":
    sys.exit(main())
