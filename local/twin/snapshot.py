"""The freshly applied, empty estate, kept so that only the first start waits for Terraform.

A twin always starts from its snapshot and gives its data up when it goes down: the emulator saves its state only when
it stops cleanly, so keeping documents there, their records and their vectors from disagreeing would need all of them to
stop well. What a snapshot depends on is hashed into its name; one that does not fit is not used.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.files import write_json
from local.twin.keys import Keys
from local.twin.layout import ROOT, Layout, read_json
from local.twin.terraform import STATE

SOURCES = {  # what the applied estate is made from, and what teaches the emulator
    "infra/terraform": {".tf", ".hcl", ".tfvars", ".json", ".tftpl"},
    "dashboards": {".json"},
    "lambda": {".py"},
    "local/emulator": {".py"},
    "local/autoscaling": {".py"},
}
FILES = ("local/constraints.txt", "scripts/terraform", "scripts/package_lambda.py")


@dataclass(frozen=True)
class Snapshot:
    """A directory with the emulator's state, the small services' and Terraform's, and what it was made from."""

    layout: Layout
    fingerprint: str

    @property
    def fits(self) -> bool:
        """Whether there is a finished snapshot made from the same things."""
        return bool(self._described().get("fingerprint") == self.fingerprint)

    @property
    def outputs(self) -> dict[str, Any]:
        """The root module's outputs."""
        return dict(self._described()["outputs"])

    def save(self, outputs: dict[str, Any]) -> None:
        """Keep what lies in `live` and Terraform's state; the description comes last, so that half of it never fits."""
        target = self.layout.snapshot
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.layout.live, target / "live")
        shutil.copy2(self.layout.terraform / STATE, target / STATE)
        write_json(target / "snapshot.json", {"fingerprint": self.fingerprint, "outputs": outputs})

    def restore(self) -> None:
        """Put it back, whatever lies there now."""
        empty(self.layout.live)
        shutil.copytree(self.layout.snapshot / "live", self.layout.live, dirs_exist_ok=True)
        shutil.copy2(self.layout.snapshot / STATE, self.layout.terraform / STATE)

    def _described(self) -> dict[str, Any]:
        return dict(read_json(self.layout.snapshot / "snapshot.json"))


def empty(folder: Path) -> None:
    """Leave an empty directory."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)


def fingerprint(port: int, keys: Keys) -> str:
    """Hash what an applied estate depends on; the emulator's port is in the addresses it hands out."""
    digest = hashlib.sha256(json.dumps([port, keys.api_keys_secret(), keys.qdrant_api_key]).encode())
    for path in sorted(_sources()):
        digest.update(f"\0{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterable[Path]:
    for folder, suffixes in SOURCES.items():
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in suffixes and not {".terraform", "tests"} & {*path.relative_to(ROOT).parts}:
                yield path
    yield from (ROOT / name for name in FILES if (ROOT / name).exists())
