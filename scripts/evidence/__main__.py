"""`python -m scripts.evidence [KIND ...]`: run gates and write what they showed to build/evidence, one file a kind.

Without a kind all run whose make targets exist. The exit code is 1 if a step failed; its evidence is written, too.
"""

import re
import sys
from pathlib import Path

from raglite.errors import InvalidRequest, RagliteError
from raglite.release.evidence import Evidence, Kind, write
from raglite.release.policy import STEPS
from scripts.evidence.gates import Gate, make_at

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "evidence"


def main(words: list[str]) -> int:
    """Run the gates."""
    failed = False
    for kind in _asked(words):
        path = FOLDER / f"{kind}.json"
        path.unlink(missing_ok=True)
        if missing := sorted({step.split()[0] for step in STEPS[kind]} - _targets()):
            print(f"no evidence of kind {kind}: there is no `make {missing[0]}` yet")
            failed |= bool(words)
            continue
        evidence = Gate(ROOT, make_at(ROOT)).run(kind, STEPS[kind])
        write(path, evidence)
        print(_told(path, evidence))
        failed |= any(step.exit_code for step in evidence.steps)
    return int(failed)


def _asked(words: list[str]) -> list[Kind]:
    try:
        return [Kind(word) for word in words] or list(STEPS)
    except ValueError as error:
        raise InvalidRequest(f"{error}: say {', '.join(Kind)}.") from error


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z0-9_-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def _told(path: Path, evidence: Evidence) -> str:
    codes = ", ".join(f"make {step.name} ended with {step.exit_code}" for step in evidence.steps)
    return f"{path.relative_to(ROOT)}: {codes}; {len(evidence.tests)} tests; of {evidence.git_sha[:12]}"


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except RagliteError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
