"""No line of any commit may hold a secret: `python -m scripts.checkers.secrets [--staged]`.

Reads every line that any commit of any branch added, by detect-secrets; or only those that the next commit would add.
What looks like a secret and is none stands in allowed_secrets.toml with the reason; an entry there that allows nothing
in the whole history is an error, too.
"""

import argparse
import fnmatch
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from detect_secrets.core.potential_secret import PotentialSecret
from detect_secrets.core.scan import scan_diff
from detect_secrets.settings import default_settings

ALLOWED = Path(__file__).with_name("allowed_secrets.toml")
# The first leaves out files that are no longer there, the second lines whose own comment asks for it, without a reason.
UNWANTED = ("detect_secrets.filters.common.is_invalid_file", "detect_secrets.filters.allowlist.is_line_allowlisted")
PLAIN = ("--patch", "--unified=0", "--no-color", "--no-ext-diff")
HISTORY = ("git", "log", "--all", "--diff-merges=separate", *PLAIN)
STAGED = ("git", "diff", "--cached", *PLAIN)


@dataclass(frozen=True, slots=True)
class Finding:
    """What looks like a secret: which kind, in which file, and the line it had there when it was added."""

    kind: str
    file: str
    line: int

    @classmethod
    def of(cls, found: PotentialSecret) -> "Finding":
        """Return where a secret is, without it."""
        return cls(found.type, found.filename, found.line_number)


@dataclass(frozen=True, slots=True)
class Allowance:
    """A kind of finding that is no secret in some files."""

    files: str
    kind: str
    why: str

    def covers(self, finding: Finding) -> bool:
        """Whether this explains a finding."""
        return self.kind == finding.kind and fnmatch.fnmatchcase(finding.file, self.files)


def findings(repository: Path, lines: Sequence[str] = HISTORY) -> list[Finding]:
    """Return what looks like a secret in the lines that a git command shows as added."""
    diff = subprocess.run(lines, cwd=repository, capture_output=True, check=True).stdout.decode(errors="replace")
    with default_settings() as settings:
        settings.disable_filters(*UNWANTED)
        return [Finding.of(found) for found in scan_diff(diff)]


def is_shallow(repository: Path) -> bool:
    """Whether commits are left out of a clone."""
    asked = ("git", "rev-parse", "--is-shallow-repository")
    return subprocess.run(asked, cwd=repository, capture_output=True, text=True, check=True).stdout.strip() == "true"


def allowances(path: Path) -> list[Allowance]:
    """Return the explained findings; ValueError for one without a reason."""
    read = [Allowance(**entry) for entry in tomllib.loads(path.read_text())["allowed"]]
    for one in read:
        if not one.why.strip():
            raise ValueError(f"{path}: {one.files} ({one.kind}) has no reason.")
    return read


def complaints(found: Iterable[Finding], allowed: Iterable[Allowance]) -> list[str]:
    """Return a sentence for every finding that nothing explains."""
    allowed = list(allowed)
    return [
        f"{finding.file}, line {finding.line} of a commit: {finding.kind}. Revoke it if it is one: what was committed "
        f"stays in the history. If it is none, say why in {ALLOWED.name}."
        for finding in found
        if not any(one.covers(finding) for one in allowed)
    ]


def idle(found: Iterable[Finding], allowed: Iterable[Allowance]) -> list[str]:
    """Return a sentence for every explanation of nothing."""
    found = list(found)
    return [
        f"{ALLOWED.name}: {one.files} ({one.kind}) allows nothing any more: remove it."
        for one in allowed
        if not any(one.covers(finding) for finding in found)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 if there is something to complain of."""
    parser = argparse.ArgumentParser(prog="python -m scripts.checkers.secrets", description=__doc__)
    parser.add_argument("--staged", action="store_true", help="only what the next commit would add")
    staged = parser.parse_args(arguments).staged
    allowed, found = allowances(ALLOWED), findings(Path.cwd(), STAGED if staged else HISTORY)
    said = complaints(found, allowed)
    if is_shallow(Path.cwd()):
        print("SHALLOW: most of the history is not here, and nothing is said of it. `git fetch --unshallow` brings it.")
    elif not staged:
        said += idle(found, allowed)
    print("\n".join(said) or f"{len(found)} lines look like secrets, and all are explained")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
