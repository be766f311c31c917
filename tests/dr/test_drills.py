"""Disasters on the twin, mended by the runbook's own commands, in order on one estate; those that move it come last.

`make drill`: the smoke set; `make drill ALL=1`: every scenario. The table lies in build/drill/report.md.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest

from raglite.recovery.drills.scenarios import SCENARIOS
from tests.dr.conftest import LIMIT, Played

SMOKE = ("task-lost", "index-lost")
MOVING = ("registry-lost", "documents-lost", "environment-lost")
OTHERS = tuple(name for name in SCENARIOS if name not in {*SMOKE, *MOVING})
# Not marked to be skipped: what a smoke set leaves out is no test that was not run.
PLAYED = (*SMOKE, *OTHERS, *MOVING) if os.environ.get("ALL") else SMOKE

MAY_BE_SKIPPED = {"the plan is as before"}  # by a drill that changes nothing that is planned

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("name", PLAYED)
def test_the_estate_comes_back_in_time_and_nothing_wrong_was_answered(name: str, drills: Played) -> None:
    code, report = drills.drill(name)
    assert (report["faults"], code, report["green"]) == ([], 0, True)
    assert report["wrong"] == 0
    assert {one["name"] for one in report["assertions"] if one["skipped"]} <= MAY_BE_SKIPPED
    assert report["right"] > 0
    assert report["rto_seconds"] < float(LIMIT)
    assert report["rpo_seconds"] < float(LIMIT)


def test_the_plan_is_what_is_known_of_the_emulator_after_all_that(
    drills: Played, drift: Callable[[], dict[str, Any]]
) -> None:
    found = drift()
    assert (found["new"], found["missing"]) == ([], [])
