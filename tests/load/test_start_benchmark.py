"""The benchmark `start`: from the start of the service's process until it is ready, beside what cannot be avoided.

Bare is a process that imports the same vendors as they come, loads the same model and answers `/readyz`
(tests/load/bare_start.py). Seconds are told beside the aim: they are this machine's.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from local.twin.programs import MODEL
from tests.load.bench.machine import Machine
from tests.load.bench.ratios import Bound, Ratio, order, written
from tests.load.bench.results import Result, save
from tests.load.estate import ROOT, Estate
from tests.load.filled import generated, holding, real
from tests.load.serving import serving
from tests.processes import end, free_port, until

ROUNDS = int(os.environ.get("ROUNDS") or 12)
OVER_BARE = Bound(at_most=1.0)
AIM = Bound(at_most=2.0)  # seconds: what was asked for, and told

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def estate() -> Iterator[Estate]:
    with holding(real() or generated()) as held:
        yield held


def ours(estate: Estate) -> float:
    with serving(estate) as service:
        return service.ready_seconds


def bare(estate: Estate) -> float:
    port = free_port()
    begun = time.monotonic()
    command = [sys.executable, "-m", "tests.load.bare_start", str(MODEL), str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=estate.environment)
    try:
        until(lambda: _ready(port), "the bare process is ready", within=60)
        return time.monotonic() - begun
    finally:
        end(process)


def _ready(port: int) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
    return False


def test_a_task_is_ready_about_as_soon_as_its_vendors_are_imported_and_its_model_is_read(estate: Estate) -> None:
    machine = Machine.before()
    arms = {"raglite": ours, "bare": bare}
    seconds: dict[str, list[float]] = {name: [] for name in arms}
    for arm in arms.values():
        arm(estate)  # files come into the machine's memory
    for number in range(ROUNDS):
        for name in order(list(arms), number):
            seconds[name].append(arms[name](estate))
    ratio = Ratio.of("start to ready / bare", seconds["raglite"], seconds["bare"])
    judged = OVER_BARE.judge(ratio)
    told = AIM.judge_number("start to ready, best, s", min(seconds["raglite"]))
    save(
        Result(
            name="start",
            measures="Seconds from the start of a process until it says that it is ready.",
            stand_in=True,
            series={name: tuple(each) for name, each in seconds.items()},
            machine=machine.after(),
            ratios=(ratio,),
            judged=(judged,),
            numbers={"start to ready, best, s": round(min(seconds["raglite"]), 2)},
        )
    )
    all_of_ours = ", ".join(written(one) for one in sorted(seconds["raglite"]))
    print(f"\n{judged.sentence}\nTold, as an aim: {told.sentence} All: {all_of_ours}")
    assert judged.holds, judged.sentence
