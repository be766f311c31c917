"""Secrets in the history: found wherever they are, explained one by one."""

import subprocess
from pathlib import Path

import pytest

from scripts.checkers.secrets import (
    ALLOWED,
    STAGED,
    Allowance,
    Finding,
    allowances,
    complaints,
    findings,
    idle,
    is_shallow,
)

KEY = "AKIA" + "QYLPMN5HHHFPZAM2"  # made up, in two halves: this file is read, too
FOUND = Finding("AWS Access Key", "settings.ini", 1)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    run(tmp_path, "init", "-q", "-b", "main")
    for name, content in (("settings.ini", f"aws_key = {KEY}\n"), ("settings.ini", "\n"), ("other.txt", "nothing\n")):
        (tmp_path / name).write_text(content)
        run(tmp_path, "add", ".")
        run(tmp_path, "commit", "-q", "-m", "a commit")
    return tmp_path


def run(folder: Path, *words: str) -> None:
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *author, *words], cwd=folder, check=True)


def test_a_secret_that_a_later_commit_removed_is_found(repository: Path) -> None:
    assert findings(repository) == [FOUND]


def test_a_secret_on_another_branch_is_found(repository: Path) -> None:
    run(repository, "switch", "-q", "-c", "side")
    (repository / "other.txt").write_text(f"{KEY[::-1]} {KEY}\n")
    run(repository, "commit", "-q", "-a", "-m", "another commit")
    run(repository, "switch", "-q", "main")
    assert Finding("AWS Access Key", "other.txt", 1) in findings(repository)


def test_a_clone_without_its_history_is_known(repository: Path, tmp_path: Path) -> None:
    run(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", "part")
    assert is_shallow(tmp_path / "part")
    assert not is_shallow(repository)


def test_a_finding_is_told_without_the_secret(repository: Path) -> None:
    (told,) = complaints(findings(repository), [])
    assert told.startswith("settings.ini, line 1 of a commit: AWS Access Key. Revoke it")
    assert KEY not in told


@pytest.mark.parametrize(
    ("files", "kind", "covers"),
    [("settings.*", FOUND.kind, True), ("other.*", FOUND.kind, False), ("settings.*", "Secret Keyword", False)],
)
def test_an_allowance_is_for_one_kind_in_some_files(files: str, kind: str, covers: bool) -> None:
    allowed = [Allowance(files, kind, "made up")]
    assert bool(complaints([FOUND], allowed)) is not covers
    assert bool(idle([FOUND], allowed)) is not covers


def test_what_is_about_to_be_committed_is_read_alone(repository: Path) -> None:
    assert findings(repository, STAGED) == []
    (repository / "new.txt").write_text(f"{KEY}\n")
    run(repository, "add", ".")
    assert findings(repository, STAGED) == [Finding("AWS Access Key", "new.txt", 1)]


def test_no_comment_hides_a_secret(repository: Path) -> None:
    (repository / "new.txt").write_text(f"{KEY}  # pragma: allowlist secret\n")
    run(repository, "add", ".")
    assert findings(repository, STAGED) == [Finding("AWS Access Key", "new.txt", 1)]


def test_an_allowance_without_a_reason_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "allowed.toml"
    path.write_text('[[allowed]]\nfiles = "a"\nkind = "b"\nwhy = " "\n')
    with pytest.raises(ValueError, match="a \\(b\\) has no reason"):
        allowances(path)


def test_ours_have_reasons() -> None:
    assert allowances(ALLOWED)
