"""Gathers what goes into the images, so that building them needs no network: build/image/{wheels,tools,project}.

Each image gets a list of exact versions with the sha256 of each wheel: pip installs nothing else inside the build.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from scripts.image.docker import ImageError

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "build" / "image"
WHEELS, TOOLS, PROJECT = OUT / "wheels", OUT / "tools", OUT / "project"
GATHERED = OUT / "gathered"  # what the first two were filled for
PRODUCT_PINS, SBOM_PINS = ROOT / "constraints.txt", Path(__file__).with_name("constraints.txt")
NAME = "raglite-aws"
FIRST_PROCESS = "dumb-init==1.2.5.post1"  # passes signals on
INSTALLER = "pip==26.1"  # inside the build only
SBOM = "cyclonedx-bom"
# How tokenizers downloads what it tokenizes with, 23 MB. Ours lies beside the model, and no service may fetch another.
HUB = frozenset({"huggingface-hub", "hf-xet", "fsspec", "filelock", "tqdm"})
EPOCH = "315532800"  # 1980, the earliest time a zip can hold: the same source gives the same wheel


def gather() -> None:
    """Fill the folders and write what is to be installed. Only raglite's own wheel is made every time."""
    for folder in (WHEELS, TOOLS, PROJECT):
        folder.mkdir(parents=True, exist_ok=True)
    product = build_project()
    write(PROJECT / "project.txt", resolved(PROJECT, PRODUCT_PINS, ["--no-deps", str(product)]))
    asked = _sha256_of(ROOT / "pyproject.toml", PRODUCT_PINS, SBOM_PINS, Path(__file__))
    if not GATHERED.exists() or GATHERED.read_text() != asked:
        GATHERED.unlink(missing_ok=True)
        _gather_others(product)
        GATHERED.write_text(asked)


def _gather_others(product: Path) -> None:
    _pip("wheel", "--wheel-dir", WHEELS, "-c", PRODUCT_PINS, f"{product}[service,ingest]")
    _pip("wheel", "--wheel-dir", WHEELS, "--no-deps", FIRST_PROCESS, INSTALLER)
    _pip("wheel", "--wheel-dir", TOOLS, "-c", SBOM_PINS, SBOM)
    service, ingest = (
        resolved(WHEELS, PRODUCT_PINS, [f"{product}[{extra}]", FIRST_PROCESS]) for extra in ("service", "ingest")
    )
    write(WHEELS / "service.txt", [item for item in service if name_of(item) not in {NAME, *HUB}])
    write(WHEELS / "ingest.txt", [item for item in ingest if name_of(item) != NAME])
    write(TOOLS / "sbom.txt", resolved(TOOLS, SBOM_PINS, [SBOM]))
    tidy(WHEELS, [item for item in (*service, *ingest) if name_of(item) != NAME])


def build_project() -> Path:
    """Build raglite's own wheel from a copy of its source and return where it lies."""
    for old in PROJECT.glob("*.whl"):
        old.unlink()
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("pyproject.toml", "README.md"):
            shutil.copy2(ROOT / name, scratch)
        shutil.copytree(ROOT / "raglite", Path(scratch) / "raglite", ignore=shutil.ignore_patterns("__pycache__"))
        _pip("wheel", "--wheel-dir", PROJECT, "--no-deps", scratch)
    return next(PROJECT.glob("*.whl"))


def resolved(folder: Path, pins: Path, requirements: Iterable[str]) -> list[Any]:
    """Return pip's report (https://pip.pypa.io/en/stable/reference/installation-report/) of what it would install."""
    offline = ("--no-index", "--find-links", folder, "--dry-run", "--ignore-installed", "--report", "-")
    report = json.loads(_pip("install", *offline, "-c", pins, *requirements))
    return sorted(report["install"], key=name_of)


def name_of(item: Any) -> str:
    """Return the normalized name (PEP 503) of what one entry of the report installs."""
    return re.sub(r"[-_.]+", "-", str(item["metadata"]["name"])).lower()


def write(path: Path, items: Iterable[Any]) -> None:
    """Write a requirements file: one exact version a line, with the hash of its wheel."""
    lines = [
        f"{name_of(item)}=={item['metadata']['version']}"
        f" --hash=sha256:{item['download_info']['archive_info']['hashes']['sha256']}\n"
        for item in items
    ]
    path.write_text("".join(lines))


def tidy(folder: Path, items: Collection[Any]) -> None:
    """Remove wheels of earlier versions: the whole folder goes into the build, and changes there build anew."""
    wanted = {Path(item["download_info"]["url"]).name for item in items}
    for wheel in folder.glob("*.whl"):
        if wheel.name not in wanted and not wheel.name.startswith(INSTALLER.replace("==", "-")):
            wheel.unlink()


def _sha256_of(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _pip(*arguments: str | Path) -> str:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *map(str, arguments)]
    environment = os.environ | {"SOURCE_DATE_EPOCH": EPOCH}
    ended = subprocess.run(command, check=False, text=True, capture_output=True, env=environment)
    if ended.returncode:
        raise ImageError(f"pip {arguments[0]} failed: {ended.stderr.strip()[-2000:]}")
    return ended.stdout
