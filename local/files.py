"""Files that are replaced at once: a reader, or the next start after a kill, sees the old content or the new."""

import json
from pathlib import Path
from typing import Any


def write_json(path: Path, content: Any) -> None:
    """Replace a file by `content`; only its owner can read it."""
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(content, indent=1))
    new.replace(path)
