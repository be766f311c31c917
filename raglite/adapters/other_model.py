"""A model of the same vectors that cuts documents into other chunks."""

import json
import tempfile
from pathlib import Path

SPEC = "spec.json"


def other_model(model_dir: Path) -> Path:
    """Make a model's directory with half the window, its other files by links, and return it."""
    folder = Path(tempfile.mkdtemp(prefix="raglite-drill-model-"))
    files = json.loads((model_dir / SPEC).read_text())
    files["spec"]["max_tokens"] //= 2
    (folder / SPEC).write_text(json.dumps(files))
    for one in model_dir.iterdir():
        if one.name != SPEC:
            (folder / one.name).symlink_to(one.resolve())
    return folder
