"""Files made to harm their reader are read, or refused with a reason, within the limits.

Those that only a limit ends take as long as that: they go the whole path in tests/integration/test_hostile.py.
"""

from pathlib import Path

import pytest

from raglite.adapters.docling_parser import DoclingParser, ParseLimits
from raglite.errors import DocumentRejected, ReasonCode
from tests.hostile_files import HOSTILE, Hostile

PARSER = DoclingParser(
    ParseLimits(200 * 2**20, max_pages=2_000, max_characters=1_000_000, seconds=120, memory_bytes=2**30)
)
CERTAIN = [hostile for hostile in HOSTILE if len(hostile.ends) == 1]


@pytest.mark.parametrize("hostile", CERTAIN, ids=lambda hostile: hostile.name)
def test_a_hostile_file_is_read_or_refused_for_its_reason(hostile: Hostile, tmp_path: Path) -> None:
    path = tmp_path / "document"
    path.write_bytes(hostile.make())
    assert (end(path, hostile.name),) == hostile.ends


def end(path: Path, name: str) -> ReasonCode | None:
    try:
        parsed = PARSER.parse(path, name)
    except DocumentRejected as rejection:
        return rejection.reason
    assert any(page.text for page in parsed.pages)
    return None
