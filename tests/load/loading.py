"""Users whom Locust puts on a service, as the process that it is."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.load.crowds.plan import VARIABLES
from tests.load.crowds.verdict import Code
from tests.load.estate import ROOT
from tests.load.serving import KEY, Service

LOCUSTFILE = "tests/load/locustfile.py"
USERS = 10  # the specification's
TRIES = 3  # a void load says nothing of the service


@dataclass(frozen=True)
class Loaded:
    """How a load ended, in Locust's exit code and words; its files lie in `folder`."""

    code: int
    said: str
    folder: Path

    @property
    def report(self) -> dict[str, Any]:
        """What was measured; there is none of a load that could not begin."""
        return dict(json.loads((self.folder / "steady.json").read_text()))


def command(url: str, users: int = USERS, spawn_rate: int = USERS) -> list[str]:
    """Return the words that put users on the service at `url`, `spawn_rate` of them more every second."""
    words = [sys.executable, "-m", "locust", "-f", LOCUSTFILE, "--headless", "--only-summary", "-H", url]
    return [*words, "--users", str(users), "--spawn-rate", str(spawn_rate)]


def under_load(service: Service, questions: Path, folder: Path, seconds: float, tries: int = TRIES) -> Loaded:
    """Put ten users on the service until the generator was fit to say how it fared; dashboards/slo.json promises."""
    given = {
        "RAGLITE_API_KEY": KEY,
        "QUESTIONS": str(questions),
        "DURATION": str(seconds),
        "LOAD_FOLDER": str(folder),
    }
    loaded = _once(service.url, given, folder)
    for _ in range(tries - 1):
        if loaded.code != Code.VOID:
            break
        loaded = _once(service.url, given, folder)
    return loaded


def _once(url: str, given: Mapping[str, str], folder: Path) -> Loaded:
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES.values()}
    done = subprocess.run(command(url), cwd=ROOT, env=kept | given, capture_output=True, text=True, check=False)
    return Loaded(done.returncode, done.stdout + done.stderr, folder)
