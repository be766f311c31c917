"""House rules for the Terraform files themselves."""

import re
from pathlib import Path

from tests.unit.infra.estate import MODULE


def test_every_variable_is_typed_and_described() -> None:
    def blocks(path: Path) -> list[str]:
        return re.findall(r'^variable "\w+" \{.*?^\}', path.read_text(), re.MULTILINE | re.DOTALL)

    found = [(path, block) for path in MODULE.rglob("variables.tf") for block in blocks(path)]
    assert found
    assert [
        (str(p), b) for p, b in found if not re.search(r"^  type\s+=", b, re.MULTILINE) or "description" not in b
    ] == []
