"""The ledger of what the twin does as AWS does: whatever is called real names the test that shows it."""

import ast
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LEDGER = json.loads((ROOT / "local" / "capabilities.json").read_text())
REAL = {behaviour: entry["test"] for behaviour, entry in LEDGER.items() if entry["level"] == "real"}


@pytest.mark.parametrize("behaviour", REAL)
def test_what_is_real_names_a_test_that_exists(behaviour):
    file, _, name = REAL[behaviour].partition("::")
    functions = [
        node.name for node in ast.walk(ast.parse((ROOT / file).read_text())) if isinstance(node, ast.FunctionDef)
    ]
    assert name in functions


@pytest.mark.parametrize("behaviour", LEDGER)
def test_every_entry_has_a_level_and_a_sentence_and_only_the_real_ones_a_proof(behaviour):
    entry = LEDGER[behaviour]
    assert entry["level"] in {"real", "shape", "absent"}
    assert entry["note"].endswith(".")
    assert ("test" in entry) == (entry["level"] == "real")
