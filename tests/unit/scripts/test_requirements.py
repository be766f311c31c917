"""The ledger of requirements names what there is, claims no more than it names, and leaves nothing out."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from raglite.release.evidence import Kind
from raglite.release.policy import STEPS
from raglite.release.validation.criteria import CRITERIA
from scripts.reference.requirements import (
    LEDGER,
    ON_AN_ESTATE,
    PAGE,
    ROOT,
    SECTIONS,
    Requirement,
    Status,
    decision,
    ids,
    page,
    read,
)

IDS = (ROOT / "tests" / "data" / "specification" / "ids.txt").read_text().split("\n")[:-1]
SPECIFICATION = ROOT.parent / "shared" / "design" / "spec-epic-5.md"
ROWS = read(LEDGER.read_text())
TARGETS = {
    name
    for line in re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for name in line.split()
}
OF_UNIT = ("tests/unit/", "tests/contracts/")
TWIN, UNIT = "tests/integration/test_made.py::test_a", "tests/unit/test_made.py::test_a"
GOOD: dict[str, Any] = {"id": "FR1", "words": "Something is asked for", "status": "proven", "tests": [UNIT]}


def functions(path: Path) -> set[str]:
    """Return the names of a file's test functions, without running it."""
    found = ast.walk(ast.parse(path.read_text()))
    return {node.name for node in found if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def recipes() -> dict[str, str]:
    """Return what each make target runs, the lists of files that it takes from variables written out."""
    text = (ROOT / "Makefile").read_text()
    made = dict(re.findall(r"^([a-z0-9_-]+):.*\n((?:\t.*\n)*)", text, re.MULTILINE))
    [parts] = re.findall(r"^PARTS \?= (.*)$", text, re.MULTILINE)
    [benchmarks] = re.findall(r"^BENCHMARKS := .*addsuffix .py,(.*?)\)", text, re.MULTILINE)
    made["e2e"] += " ".join(f"tests/integration/test_{part}.py" for part in parts.split())
    made["bench"] += " ".join(f"tests/load/test_{name}.py" for name in benchmarks.split())
    return made


def runs(row: Requirement) -> set[Kind]:
    """Return the kinds of evidence of which a row names a target, or tests that the kind `unit` runs."""
    targets = {*row.make} | ({"test"} if any(test.startswith(OF_UNIT) for test in row.tests) else set())
    return {kind for kind, steps in STEPS.items() if targets & {step.split()[0] for step in steps}}


RECIPES = recipes()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_whatever_a_row_names_is_there(row: Requirement) -> None:
    for test in row.tests:
        path, _, name = test.partition("::")
        assert re.fullmatch(r"tests/.+/test_\w+\.py|tests/unit/test_\w+\.py", path)
        assert name.startswith("test_")
        assert name in functions(ROOT / path), test
    assert {*row.make} <= TARGETS
    assert [name for name in row.files if not (ROOT / name).is_file()] == []
    assert [decision(number).name[:4] for number in row.adrs] == [*row.adrs]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_evidence_is_of_a_kind_that_runs_what_the_row_names(row: Requirement) -> None:
    assert {*row.evidence} <= runs(row)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_test_on_the_twin_is_run_by_a_target_that_the_row_names(row: Requirement) -> None:
    run = " ".join(RECIPES[target] for target in row.make)
    needing = {test.partition("::")[0] for test in row.tests if test.startswith(ON_AN_ESTATE)}
    assert [path for path in needing if path not in run] == []


def test_every_id_of_the_specification_has_one_row_in_its_section() -> None:
    assert [row.id for row in ROWS] == IDS
    assert [name for name in IDS if sum(bool(re.fullmatch(pattern, name)) for _, pattern in SECTIONS) != 1] == []


def test_the_list_of_ids_is_the_specifications() -> None:
    if not SPECIFICATION.exists():
        pytest.skip("the specification lies outside of the repository, and is not on this machine")
    assert ids(SPECIFICATION.read_text()) == IDS


def test_every_go_criterion_that_is_validated_is_in_the_ledger() -> None:
    listed = {
        name.removeprefix("GO") for name in IDS if name.startswith("GO") and name != "GO8"
    }  # whose parts these are
    assert {one.number for one in CRITERIA} == listed


def test_the_page_in_the_repository_is_what_the_ledger_says() -> None:
    assert PAGE.read_text() == page(), "run `python -m scripts.reference.requirements`"


def test_the_page_has_every_row_once() -> None:
    lines = page().splitlines()
    assert [
        line.split(" | ")[0].removeprefix("| ") for line in lines if re.match(r"\| (N?FR|\d|St|W16|GO|GA)", line)
    ] == IDS


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"tests": []}, "by no test"),
        ({"tests": [UNIT, TWIN]}, "by tests on the twin"),
        ({"status": "proven on the twin"}, "do not run there"),
        ({"status": "partly"}, "say what is missing"),
        ({"status": "partly", "missing": "All of it.", "tests": []}, "by no test"),
        ({"status": "not measured"}, "say what is missing"),
        ({"status": "deviated"}, "without a decision"),
        ({"status": "nearly"}, "Input should be"),
        ({"evidence": ["rumour"]}, "Input should be"),
        ({"proof": "mine"}, "Extra inputs"),
    ],
)
def test_a_row_that_claims_more_than_it_names_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Requirement.model_validate(GOOD | change)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"status": "proven on the twin", "tests": [TWIN]},
        {"status": "partly", "missing": "The rest."},
        {"status": "not measured", "tests": [], "missing": "There is nobody to ask."},
        {"status": "deviated", "adrs": ["0006"]},
    ],
)
def test_a_row_that_says_what_it_shows_is_taken(change: dict[str, Any]) -> None:
    assert Requirement.model_validate(GOOD | change).status in Status


def test_ids_are_told_by_where_they_stand() -> None:
    text = (
        "### 3.1 A part (Terraform)\n\n**NFRs:**\n- NFR7: Fast\n- Small\n\n**Testing:**\n- By hand\n\n---\n\n"
        "### 3.2 Other\n\n"
        "**NFRs:**\n- FR3: Whole\n\n## 4. Plan\n\n- Story 5.2: B\n- Story 5.10: C\n\n**Success Criteria:**\n- Ready\n\n"
        "1. \u2705 Up\n2. \u2705 Good:\n   - Right\n   - Liked\n\n- **IF** all\n- **IF** not\n"
    )
    assert ids(text) == [
        "FR3", "NFR7", "3.1-N2", "3.1-T1", "Story 5.2", "Story 5.10", "W16-S1", "GO1", "GO2",
        "GO2a", "GO2b", "GATE-1", "GATE-2",
    ]  # fmt: skip
