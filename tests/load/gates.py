"""What a commit must not do to the service: break what is promised under load, or take longer than its base."""

import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.load.asking import Connection, timed
from tests.load.bench.ratios import FOR_A_BOUND, Bound, Ratio, order
from tests.load.crowds.plan import VARIABLES
from tests.load.estate import ROOT
from tests.load.serving import KEY, Service

SLOWER = Bound(at_most=1.1)
ROUNDS = int(os.environ.get("ROUNDS") or FOR_A_BOUND)
TURN = 16  # questions
LOAD_SECONDS = 40
LOCUST = "tests/load/locustfile.py"


def against_base(ours: Service, base: Service, questions: tuple[str, ...]) -> Ratio:
    """Ask both the same questions in turns, one client at a time; return the ratio of the turns' medians."""
    services = {"this commit": ours, "its base": base}
    for service in services.values():
        timed(_client(service), questions[: 2 * TURN], 1)
    seconds: dict[str, list[float]] = {name: [] for name in services}
    for number in range(ROUNDS):
        asked = [questions[(number * TURN + at) % len(questions)] for at in range(TURN)]
        for name in order(list(services), number):
            seconds[name].append(statistics.median(timed(_client(services[name]), asked, 1).each))
    return Ratio.of("a question / its base's", seconds["this commit"], seconds["its base"])


def _client(service: Service) -> Callable[[int], Callable[[str], object]]:
    return lambda _: Connection(service.mcp, KEY).ask


@dataclass(frozen=True)
class Loaded:
    """How a load ended, in Locust's exit code and words."""

    code: int
    said: str


def under_load(service: Service, questions: Path, folder: Path) -> Loaded:
    """Put ten users on the service for a while; the promises are those of dashboards/slo.json."""
    words = [sys.executable, "-m", "locust", "-f", LOCUST, "--headless", "--only-summary", "-H", service.url]
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES.values()}
    given = {
        "RAGLITE_API_KEY": KEY,
        "QUESTIONS": str(questions),
        "DURATION": str(LOAD_SECONDS),
        "LOAD_FOLDER": str(folder),
    }
    command = [*words, "--users", "10", "--spawn-rate", "10"]
    done = subprocess.run(command, cwd=ROOT, env=kept | given, capture_output=True, text=True, check=False)
    return Loaded(done.returncode, done.stdout + done.stderr)
