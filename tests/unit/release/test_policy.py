"""What this repository itself promotes by: its targets, its tables and its page agree with each other."""

import ast
import json
import re
from pathlib import Path

import pytest

from raglite.release.allowances import matches, read_allowances, relied_on
from raglite.release.evidence import DEFAULT
from raglite.release.policy import LOCKS, STEPS, TESTED
from raglite.release.refusals import Why
from scripts.evidence import page
from scripts.evidence.measured import SOURCES
from scripts.evidence.surroundings import ENVIRONMENTS

ROOT = Path(__file__).resolve().parents[3]
RULES = read_allowances(ROOT)
TARGETS = {step.partition(" ")[0] for steps in STEPS.values() for step in steps}


def recipes() -> dict[str, str]:
    """Return the recipe of every make target that has one."""
    text = (ROOT / "Makefile").read_text()
    return dict(re.findall(r"^([a-z0-9-]+):.*\n((?:\t.*\n)*)", text, re.MULTILINE))


# The node ids of all test functions, without parameters.
NODE_IDS = [
    f"{path.relative_to(ROOT)}::{node.name}"
    for path in (ROOT / "tests").rglob("test_*.py")
    for node in ast.walk(ast.parse(path.read_text()))
    if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
]


def test_every_step_is_a_make_target_that_exists() -> None:
    assert recipes().keys() >= TARGETS


def test_steps_that_must_have_tests_run_pytest() -> None:
    assert {step for steps in STEPS.values() for step in steps} >= TESTED
    assert [step for step in TESTED if "pytest" not in recipes()[step.partition(" ")[0]]] == []


def test_what_is_measured_is_measured_by_a_target() -> None:
    assert SOURCES.keys() - recipes().keys() <= {"load"}


def test_every_lock_of_packages_is_compared_with_what_is_installed() -> None:
    assert {name for name in LOCKS if name.endswith("constraints.txt")} == ENVIRONMENTS.keys()


@pytest.mark.parametrize("pattern", [skip.test for skip in RULES.skips] + [one.test for one in RULES.reliances])
def test_every_pattern_names_tests_that_exist(pattern: str) -> None:
    assert [test for test in NODE_IDS if matches(pattern.partition("[")[0], test)] != []


def test_every_test_on_emulated_stores_says_what_it_rests_on() -> None:
    on_stores = ("tests/integration/", "tests/load/test_ingestion_benchmark.py")
    tests = [test for test in NODE_IDS if test.startswith(on_stores)]
    assert {test.partition("::")[0] for test in tests} > {"tests/load/test_ingestion_benchmark.py"}
    assert [test for test in tests if not relied_on([test], RULES.reliances)] == []


def test_what_tests_rest_on_is_real_or_waived() -> None:
    ledger = json.loads((ROOT / "local" / "capabilities.json").read_text())
    named = {name for one in RULES.reliances for name in one.on}
    assert named <= ledger.keys()
    assert {name for name in named if RULES.levels[name][DEFAULT] != "real"} == {
        one.capability for one in RULES.waivers
    }
    assert [one.capability for one in RULES.waivers if RULES.levels[one.capability][DEFAULT] != "shape"] == []


def test_a_waiver_ends_within_half_a_year() -> None:
    assert [one.capability for one in RULES.waivers if not 0 <= (one.expires - one.date).days <= 183] == []


def test_the_page_is_what_models_and_policy_say() -> None:
    assert set(page.WHEN) == set(Why)
    assert page.PAGE.read_text() == page.page(), "run `python -m scripts.evidence.page`"


def test_in_a_pattern_only_the_star_is_special() -> None:
    assert matches("a.py::test_b[*]", "a.py::test_b[x/y.pdf]")
    assert matches("a.py::*", "a.py::test_b[x]")
    assert not matches("a.py::test_b[x]", "a.py::test_bx")
    assert not matches("a.py::test_?", "a.py::test_b")
    assert not matches("a.py", "a.py::test_b")
