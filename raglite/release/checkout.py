"""The checked-out tree: its commit, what differs from it, and its lock files."""

import hashlib
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from raglite.errors import ConfigurationError
from raglite.model import Frozen
from raglite.release.policy import LOCKS

STATUS = ("status", "--porcelain", "--untracked-files=normal", "--ignore-submodules=none")  # whatever is configured
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;#]+)", re.MULTILINE)


class Checkout(Frozen):
    """A tree at a moment; `changed` are paths that differ from the commit, untracked ones included."""

    git_sha: str
    changed: tuple[str, ...]
    locks: Mapping[str, str]


def look_at(root: Path) -> Checkout:
    """Return what is checked out at `root`; ConfigurationError if that is no git tree with our lock files."""
    return Checkout(
        git_sha=_git(root, "rev-parse", "HEAD").strip(),
        changed=tuple(line[3:] for line in _git(root, *STATUS).splitlines()),
        locks={name: _sha256(root / name) for name in LOCKS},
    )


def pins(lock: Path) -> dict[str, str]:
    """Return the version of each package that a pip constraints file locks, by its normalized name."""
    return {normalized(name): version for name, version in PIN.findall(lock.read_text(encoding="utf-8"))}


def normalized(package: str) -> str:
    """Return a package's name as PyPI compares it: https://packaging.python.org/specifications/name-normalization."""
    return re.sub(r"[-_.]+", "-", package).lower()


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        raise ConfigurationError(
            f"{root} is no git tree with a commit ({said.strip()}): name one with --root."
        ) from error
    return done.stdout


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error.strerror}): name the repository with --root."
        ) from error
