"""What a measurement was made on: numbers of two classes of machine are never compared."""

import os
import platform
import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field

from raglite.errors import ConfigurationError
from raglite.model import Frozen
from raglite.release.checkout import look_at
from scripts.evidence.surroundings import machine

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("onnxruntime", "qdrant-client", "qdrant-edge-py", "mcp", "uvicorn")
CPUINFO = Path("/proc/cpuinfo")
NAMED = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)
MARKS = re.compile(r"\((?:r|tm)\)", re.IGNORECASE)

MachineClass = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*-[0-9]+x[0-9]+$")]


class Machine(Frozen):
    """A machine, what ran on it, and how busy it was (load average over a minute)."""

    cpu: str
    cores: int
    memory_gib: int
    python: str
    kernel: str
    packages: Mapping[str, str]
    git_commit: str | None  # unknown where there is no git tree
    dirty: bool | None
    load_before: float
    load_after: float | None = None

    @classmethod
    def before(cls, root: Path = ROOT) -> Self:
        """Return this machine as it is before anything is measured."""
        hardware = machine()
        commit, dirty = _commit(root)
        return cls(
            cpu=cpu_model(CPUINFO.read_text() if CPUINFO.exists() else ""),
            cores=hardware["cpus"],
            memory_gib=hardware["memory_gib"],
            python=platform.python_version(),
            kernel=f"{platform.system()} {platform.release()}",
            packages=_packages(),
            git_commit=commit,
            dirty=dirty,
            load_before=round(os.getloadavg()[0], 2),
        )

    def after(self) -> Self:
        """Return it with the load after all was measured."""
        return self.model_copy(update={"load_after": round(os.getloadavg()[0], 2)})

    @property
    def machine_class(self) -> MachineClass:
        """Model, cores and GiB as the name of a file; never whose machine it is."""
        plain = MARKS.sub(" ", self.cpu).lower()
        model = "-".join(re.findall(r"[a-z0-9]+", plain)) or "unknown"
        return f"{model}-{self.cores}x{self.memory_gib}"


def cpu_model(cpuinfo: str) -> str:
    """Return the model that /proc/cpuinfo names, else the architecture: ARM's has no names."""
    named = NAMED.search(cpuinfo)
    return named[1].strip() if named else platform.machine()


def _packages() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _commit(root: Path) -> tuple[str | None, bool | None]:
    try:
        checkout = look_at(root)
    except ConfigurationError:
        return None, None
    return checkout.git_sha, bool(checkout.changed)
