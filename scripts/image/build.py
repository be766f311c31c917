"""Builds both images, keeps their SBOMs beside the measurements, and holds each against what it may weigh."""

import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scripts.image import base, wheels
from scripts.image.docker import ImageError, copy_out, docker, inspect
from scripts.image.wheels import OUT, ROOT

MB = 1_000_000  # as docker counts
SBOM = "/opt/venv/sbom.cdx.json"
REPORT = OUT / "report.json"
DIGESTS = OUT / "digests.json"


@dataclass(frozen=True)
class Target:
    """`stage` is the Dockerfile's name, `repository` the one that Terraform gives ECR; `limit` is bytes, unpacked."""

    stage: str
    repository: str
    limit: int

    @property
    def tag(self) -> str:
        """The image's name on this machine."""
        return f"{self.name}:local"

    @property
    def name(self) -> str:
        """The tag without its version, as evidence calls it."""
        return f"raglite-{self.stage}"


TARGETS = (Target("service", "raglite", 480 * MB), Target("ingest", "raglite-ingest", 850 * MB))


@dataclass(frozen=True)
class Source:
    """What the images are built from: the commit, `-dirty` if files differ from it, and when it was made."""

    revision: str
    created: str

    @classmethod
    def of(cls, root: Path) -> "Source":
        """Read it from the repository at `root`."""
        changed = _git(root, "status", "--porcelain", "--untracked-files")
        revision = _git(root, "rev-parse", "HEAD") + ("-dirty" if changed else "")
        return cls(revision, _git(root, "show", "--no-patch", "--format=%cI", "HEAD"))


def build() -> list[dict[str, Any]]:
    """Build both images and return what was measured of each.

    That is written to build/image/report.json, too, and the images' digests to digests.json. ImageError if an image
    cannot be built or weighs too much.
    """
    began = time.monotonic()
    foundation = base.existing() or base.make()
    based = time.monotonic()
    wheels.gather()
    gathered = time.monotonic()
    source = Source.of(ROOT)
    found = [_built(target, foundation, source) for target in TARGETS]
    seconds = {"base": based - began, "wheels": gathered - based}
    REPORT.write_text(json.dumps({"base": asdict(foundation), "seconds": seconds, "images": found}, indent=1))
    DIGESTS.write_text(json.dumps(digests(), indent=1))
    refuse_heavy(found)
    return found


def digests() -> dict[str, str]:
    """Return the id of each image on this machine, the SHA-256 of its configuration, by the image's name."""
    images = {target.name: inspect(target.tag) for target in TARGETS}
    return {name: str(image["Id"]) for name, image in images.items() if image is not None}


def refuse_heavy(found: Sequence[dict[str, Any]]) -> None:
    """Raise ImageError that names every image above its limit."""
    limits = {target.stage: target.limit for target in TARGETS}
    heavy = [image for image in found if image["bytes"] > limits[image["stage"]]]
    if heavy:
        said = "; ".join(
            f"{image['stage']} {image['bytes'] / MB:.0f} MB, at most {limits[image['stage']] / MB:.0f}"
            for image in heavy
        )
        raise ImageError(f"Too large: {said}. See what grew with `docker history`, and scripts/image/finish.py.")


def _built(target: Target, foundation: base.Base, source: Source) -> dict[str, Any]:
    labels = {
        "org.opencontainers.image.revision": source.revision,
        "org.opencontainers.image.created": source.created,
        "org.opencontainers.image.base.name": foundation.name,
        "raglite.base": foundation.kind,
    }
    said = [part for name, value in labels.items() for part in ("--label", f"{name}={value}")]
    how = ("--force-rm", "--network", "none", "--build-arg", f"BASE={base.TAG}")
    began = time.monotonic()
    docker("build", *how, "--target", target.stage, "--tag", target.tag, *said, str(ROOT))
    seconds = time.monotonic() - began
    sbom = OUT / f"{target.stage}.cdx.json"
    copy_out(target.tag, SBOM, sbom)
    image = inspect(target.tag)
    return {
        "stage": target.stage,
        "tag": target.tag,
        "id": image["Id"],
        "bytes": image["Size"],
        "limit_bytes": target.limit,
        "revision": source.revision,
        "build_seconds": seconds,
        "sbom_components": len(json.loads(sbom.read_text())["components"]),
    }


def _git(root: Path, *arguments: str) -> str:
    ended = subprocess.run(["git", "-C", str(root), *arguments], check=False, text=True, capture_output=True)
    if ended.returncode:
        raise ImageError(f"An image says which commit it was built from, and git does not: {ended.stderr.strip()}")
    return ended.stdout.strip()
