"""The image that ours are built on: the one base.txt names, or a stand-in where no registry can be reached."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.image import standin
from scripts.image.docker import ImageError, docker, inspect

TAG = "raglite-base:local"
REFERENCE = Path(__file__).with_name("base.txt")  # NAME:TAG@sha256:DIGEST; NAME:TAG alone until somebody has pinned it
STAND_IN = "stand-in"
PINNED = "pinned"
UNPINNED = "unpinned"
REFUSALS = ("manifest unknown", "pull access denied", "toomanyrequests")  # of a registry that did answer


@dataclass(frozen=True)
class Base:
    """`kind` is pinned, unpinned or stand-in; only what stands on a pinned base may be pushed."""

    name: str
    kind: str


def reference() -> str:
    """Return what base.txt names."""
    return REFERENCE.read_text().strip()


def make() -> Base:
    """Make the local base image anew, from the registry if it answers."""
    wanted = reference()
    docker("version")  # without an engine there is no stand-in either
    try:
        docker("pull", wanted)
    except ImageError as error:
        if any(word in str(error) for word in REFUSALS) or ("@sha256:" in wanted and "not found" in str(error)):
            raise
        print(f"NO REGISTRY ({error}): a stand-in is made from Debian's packages and this Python, and never pushed.")
        standin.make(TAG)
    else:
        docker("tag", wanted, TAG)
    return existing() or _vanished()


def existing() -> Base | None:
    """Return the local base image; None if there is none, or one that base.txt no longer names."""
    found = inspect(TAG)
    if found is None:
        return None
    labels = found["Config"].get("Labels") or {}
    if labels.get("raglite.base") == STAND_IN:
        return Base(labels["org.opencontainers.image.title"], STAND_IN)
    return pulled(reference(), found)


def pulled(wanted: str, image: Mapping[str, Any]) -> Base | None:
    """Return the base that was pulled as `wanted`; None if Docker's record is of an image of another tag or digest."""
    _, _, digest = wanted.partition("@")
    have = {known.partition("@")[2] for known in image.get("RepoDigests") or ()}
    if digest:
        return Base(wanted, PINNED) if digest in have else None
    named = wanted.removeprefix("docker.io/").removeprefix("library/")  # as Docker itself says it
    if named not in image["RepoTags"]:
        return None
    return Base(f"{wanted}@{min(have)}" if have else wanted, UNPINNED)


def _vanished() -> Base:
    raise ImageError(f"{TAG} is not the image that base.txt names: run `make base-image` again.")
