"""The ledger of what the twin does as AWS does: whatever is called real names the test that shows it, on its target."""

import ast
import re
from pathlib import Path

import pytest

from local.capabilities import PAGE, TARGETS, page, read

ROOT = Path(__file__).resolve().parents[3]
LEDGER = read()
COLUMNS = {
    (behaviour, target): column
    for behaviour, entry in LEDGER.items()
    for target, column in {"emulator": entry, **entry.get("targets", {})}.items()
}
REAL = {at: column["test"] for at, column in COLUMNS.items() if column["level"] == "real"}
MAKEFILE = (ROOT / "Makefile").read_text()
(PARTS,) = re.findall(r"^PARTS \?= (.*)$", MAKEFILE, re.MULTILINE)
(LEFT_OUT,) = re.findall(r"filter-out \$\(if \$\(TWIN\),([a-z ]*)\),\$\(PARTS\)", MAKEFILE)
# Tests that run on a target: of their own, and those that `make e2e` runs with ENGINE= or TWIN=.
RUNS_ON = {
    "docker": {"task_engines"}.union(PARTS.split()),
    "localstack": {"localstack", *PARTS.split()}.difference(LEFT_OUT.split()),
}


@pytest.mark.parametrize("at", REAL, ids="-".join)
def test_what_is_real_names_a_test_that_exists(at):
    file, _, name = REAL[at].partition("::")
    functions = [
        node.name for node in ast.walk(ast.parse((ROOT / file).read_text())) if isinstance(node, ast.FunctionDef)
    ]
    assert name in functions


@pytest.mark.parametrize("at", [at for at in REAL if at[1] in TARGETS], ids="-".join)
def test_what_is_real_on_a_target_is_shown_by_a_test_that_runs_there(at):
    file = REAL[at].partition("::")[0]
    assert file.startswith(("tests/contracts/", "tests/integration/"))
    assert Path(file).stem.removeprefix("test_") in RUNS_ON[at[1]]


@pytest.mark.parametrize("behaviour", LEDGER)
def test_every_entry_has_a_level_and_a_sentence_and_only_the_real_ones_a_proof(behaviour):
    entry = LEDGER[behaviour]
    assert entry["note"].endswith(".")
    assert entry.get("targets", {}).keys() <= {*TARGETS}
    for column in (entry, *entry.get("targets", {}).values()):
        assert column["level"] in {"real", "shape", "absent"}
        assert ("test" in column) == (column["level"] == "real")
        assert column.get("note", ".").endswith(".")


def test_the_page_is_what_the_ledger_says():
    assert PAGE.read_text() == page(LEDGER), "run `python -m local.capabilities`"
