"""Hold checkov's findings in infra/ against the exceptions: `python -m scripts.checkov --program PATH`.

Fails on a finding that no exception names, and on an exception whose finding is gone.
"""

import argparse
import fnmatch
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
EXCEPTIONS = ROOT / "infra" / "checkov.toml"
# Nothing is fetched and nothing is told: neither rules nor usage.
ARGUMENTS = ("--framework", "terraform", "--skip-download", "--quiet", "--compact", "--output", "json")
OFFLINE = {"BC_API_KEY": "", "CKV_DISABLE_TELEMETRY": "1", "LOG_LEVEL": "ERROR"}


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that a resource fails."""

    check: str
    resource: str
    says: str

    def __str__(self) -> str:
        """Say it as a line."""
        return f"{self.resource}: {self.says} ({self.check})"


@dataclass(frozen=True, slots=True)
class Allowed:
    """One check on one pattern of resources, and why it may fail there."""

    check: str
    resources: str
    why: str

    def covers(self, finding: Finding) -> bool:
        """Whether it was written for this finding."""
        return self.check == finding.check and fnmatch.fnmatchcase(finding.resource, self.resources)


def findings(result: Mapping[str, Any]) -> list[Finding]:
    """Return what checkov found; ValueError if it did not read everything, or was told to skip some."""
    summary = result["summary"]
    if summary["parsing_errors"] or not summary["passed"]:
        raise ValueError(f"checkov did not read all of infra/: {summary}")
    if summary["skipped"]:
        raise ValueError(f"Comments in infra/ skip checks: say why in {EXCEPTIONS.name} instead. {summary}")
    failed = result["results"]["failed_checks"]
    return [Finding(one["check_id"], one["resource"], one["check_name"]) for one in failed]


def exceptions(text: str) -> list[Allowed]:
    """Return every exception of the file, one for each check and pattern; ValueError if one has no reason."""
    entries = tomllib.loads(text)["exception"]
    if unreasoned := [entry["checks"] for entry in entries if not entry["why"].strip()]:
        raise ValueError(f"These exceptions say no reason: {unreasoned}")
    return [Allowed(check, name, one["why"]) for one in entries for check in one["checks"] for name in one["resources"]]


def judged(found: Iterable[Finding], allowed: Iterable[Allowed]) -> list[str]:
    """Return a sentence for every finding without an exception, and for every check whose exception found nothing."""
    found, allowed = list(found), list(allowed)
    new = [finding for finding in found if not any(one.covers(finding) for one in allowed)]
    stale = [one for one in allowed if not _finds(one, allowed, found)]
    return [str(finding) for finding in new] + [
        f"{one.check} finds nothing in {one.resources} any more: remove its exception" for one in stale
    ]


def _finds(one: Allowed, allowed: list[Allowed], found: list[Finding]) -> bool:
    """Whether the check finds something that the entry lists: it may list several checks and several resources."""
    return any(other.why == one.why and other.check == one.check and any(map(other.covers, found)) for other in allowed)


def main() -> int:
    """Return 1 if there is something to say."""
    parser = argparse.ArgumentParser(prog="python -m scripts.checkov", description=__doc__)
    parser.add_argument("--program", required=True, help="checkov")
    parser.add_argument("--out", type=Path, required=True, help="where its own result is kept")
    chosen = parser.parse_args()
    command = (chosen.program, "--directory", "infra", *ARGUMENTS)
    done = subprocess.run(command, cwd=ROOT, env=os.environ | OFFLINE, capture_output=True, text=True, check=False)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(done.stdout)
    found = findings(json.loads(done.stdout))
    said = judged(found, exceptions(EXCEPTIONS.read_text()))
    print(
        "\n".join(said) or f"checkov finds {len(found)} things, all of them known and explained in infra/checkov.toml"
    )
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
