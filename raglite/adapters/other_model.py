"""A model of the same vectors that cuts documents into other chunks."""

import json
import os
import shutil
import tempfile
from pathlib import Path

SPEC = "spec.json"


def other_model(model_dir: Path) -> Path:
    """Make a model's directory with half the window and return it. Its other files take no room if they can be linked.

    Not by symbolic links: onnxruntime reads no weights outside the model's directory.
    """
    folder = Path(tempfile.mkdtemp(prefix="raglite-drill-model-"))
    files = json.loads((model_dir / SPEC).read_text())
    files["spec"]["max_tokens"] //= 2
    (folder / SPEC).write_text(json.dumps(files))
    for one in model_dir.iterdir():
        if one.name != SPEC:
            _link(one.resolve(), folder / one.name)
    return folder


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)
