"""With what a gate runs: machine, tools, packages that are not as locked, and images that were built."""

import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from raglite.model import EmbeddingSpec
from raglite.release.checkout import normalized, pins

# Each lock file with the interpreter whose packages it locks.
ENVIRONMENTS = {"constraints.txt": sys.executable, "local/constraints.txt": ".venv-emulator/bin/python"}
INSTALLED = "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))"
GIB = 1024**3


def machine() -> dict[str, Any]:
    """Return the class of this machine."""
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "cpus": os.cpu_count() or 1,
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / GIB),
    }


def tools(root: Path) -> dict[str, str]:
    """Return the version of each tool; one that is not there has none."""
    emulator = _installed(root / ENVIRONMENTS["local/constraints.txt"]).get("ministack")
    found = {
        "python": platform.python_version(),
        "terraform": _terraform(root),
        "pytest": version("pytest"),
        "emulator": f"ministack {emulator}" if emulator else "",
        "vector store": f"qdrant-edge-py {version('qdrant-edge-py')}, a stand-in",
        "model": _model(root / "build/model/spec.json"),
    }
    return {name: told for name, told in found.items() if told}


def off_lock(root: Path) -> dict[str, list[str]]:
    """Return the installed packages whose version is not the locked one, by lock file."""
    return {lock: _differing(root / lock, root / interpreter) for lock, interpreter in ENVIRONMENTS.items()}


def images(build: Path, git_sha: str) -> dict[str, str]:
    """Return the id of each image that `make image` built from a commit; none if it built others, or none.

    The id is the SHA-256 of the image's configuration: a registry keeps it, and gives the pushed manifest another.
    """
    report = build / "image" / "report.json"
    built = json.loads(report.read_text(encoding="utf-8"))["images"] if report.exists() else []
    return {f"raglite-{image['stage']}": image["id"] for image in built if image["revision"] == git_sha}


def _differing(lock: Path, interpreter: Path) -> list[str]:
    locked = pins(lock)
    return sorted(
        f"{name} {found}"
        for name, found in _installed(interpreter).items()
        if found.partition("+")[0] != locked.get(normalized(name), found.partition("+")[0])
    )


def _installed(interpreter: Path) -> dict[str, str]:
    return dict(json.loads(_told(str(interpreter), "-c", INSTALLED) or "{}"))


def _terraform(root: Path) -> str:
    told = _told(str(root / "scripts" / "terraform"), "version", "-json")
    return str(json.loads(told)["terraform_version"]) if told else ""


def _model(path: Path) -> str:
    if not path.exists():
        return ""
    return EmbeddingSpec.model_validate(json.loads(path.read_text(encoding="utf-8"))["spec"]).digest


def _told(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
