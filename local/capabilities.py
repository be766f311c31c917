"""The ledger of what the twin does as AWS does, as a page: `python -m local.capabilities` writes it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LEDGER = ROOT / "local" / "capabilities.json"
PAGE = ROOT / "docs" / "reference" / "capabilities.md"
TARGETS = ("docker", "localstack")  # beside the emulator with processes, which each entry's own level is about
HEAD = """# What the twin does as AWS does

Made from `local/capabilities.json` by `python -m local.capabilities`. **real**: behaves as AWS does, and the linked
test shows it. **shape**: the API answers, nothing happens. **absent**: not served. A dash: nothing has been shown on
that target. *emulator* is the twin as `make up` starts it, *docker* with `ENGINE=docker`, *localstack* with
`TWIN=localstack`.

| behaviour | emulator | docker | localstack | what to know |
|---|---|---|---|---|
"""


def read() -> dict[str, dict[str, Any]]:
    """Return the ledger."""
    ledger: dict[str, dict[str, Any]] = json.loads(LEDGER.read_text())
    return ledger


def page(ledger: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the page, a row for each behaviour."""
    return HEAD + "".join(_row(name, entry) for name, entry in sorted(ledger.items()))


def _row(name: str, entry: Mapping[str, Any]) -> str:
    columns = {target: entry.get("targets", {}).get(target, {}) for target in TARGETS}
    notes = [f"{target}: {column['note']}" for target, column in columns.items() if "note" in column]
    levels = [_level(entry), *map(_level, columns.values())]
    return f"| {' | '.join([name, *levels, ' '.join([entry['note'], *notes])])} |\n"


def _level(column: Mapping[str, Any]) -> str:
    if "test" not in column:
        return str(column.get("level", "-"))
    file = column["test"].partition("::")[0]
    return f"[{column['level']}](../../{file})"


if __name__ == "__main__":
    PAGE.write_text(page(read()))
