"""The history that the last run on main kept as its artifact, fetched from GitHub.

Nobody's word is taken for what an artifact is: it must belong to a run of main of this repository, and of its files
only those are read that are evidence (digest and form, raglite/release/reading.py).
"""

import io
import json
import urllib.request
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ARTIFACT, MAIN = "drill-history", "main"
SECONDS = 60
LARGEST = 64 * 1024**2  # bytes unpacked: twenty years of weekly runs are less


def fetch(environment: Mapping[str, str], into: Path) -> str:
    """Write the files of the newest history into a folder and say so; ValueError or OSError if that cannot be done."""
    listed = json.loads(_asked(environment, f"{_api(environment)}/actions/artifacts?name={ARTIFACT}&per_page=100"))
    usable = [one for one in listed["artifacts"] if is_ours(one)]
    if not usable:
        return "No earlier run on main has kept drills: this is the first."
    newest = max(usable, key=lambda one: str(one["created_at"]))
    unpack(_asked(environment, f"{_api(environment)}/actions/artifacts/{int(newest['id'])}/zip"), into)
    return f"Earlier drills are those that run {newest['workflow_run']['id']} kept."


def is_ours(artifact: Mapping[str, Any]) -> bool:
    """Whether an artifact is there still, and of a run of this repository's own main."""
    run = artifact.get("workflow_run") or {}
    own = run.get("repository_id") is not None and run.get("repository_id") == run.get("head_repository_id")
    return bool(artifact["name"] == ARTIFACT and not artifact["expired"] and own and run.get("head_branch") == MAIN)


def unpack(archive: bytes, into: Path) -> None:
    """Write the JSON files of an archive into a folder, by their last names alone; ValueError if they are too large."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        chosen = [one for one in files.infolist() if one.filename.endswith(".json")]
        if sum(one.file_size for one in chosen) > LARGEST:
            raise ValueError(f"The kept history unpacks to more than {LARGEST} bytes.")
        for one in chosen:
            (into / Path(one.filename).name).write_bytes(files.read(one))


def _api(environment: Mapping[str, str]) -> str:
    return f"{environment['GITHUB_API_URL']}/repos/{environment['GITHUB_REPOSITORY']}"


def _asked(environment: Mapping[str, str], url: str) -> bytes:
    headers = {"Accept": "application/vnd.github+json"}
    asked = urllib.request.Request(url, headers=headers)  # noqa: S310  the address is GitHub's own
    # Not sent on when GitHub redirects to where artifacts lie: that address carries a right of its own.
    asked.add_unredirected_header("Authorization", f"Bearer {environment['GITHUB_TOKEN']}")
    with urllib.request.urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310  the same
        found: bytes = answer.read()
    return found
