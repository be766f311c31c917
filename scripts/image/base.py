"""The image that ours are built on: the one base.txt names, or a stand-in where no registry can be reached."""

from dataclasses import dataclass
from pathlib import Path

from scripts.image import standin
from scripts.image.docker import ImageError, docker, inspect

TAG = "raglite-base:local"
REFERENCE = Path(__file__).with_name("base.txt")  # NAME:TAG, or NAME:TAG@sha256:DIGEST once somebody has pinned it
STAND_IN = "stand-in"
PINNED = "pinned"
UNPINNED = "unpinned"


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
    try:
        docker("pull", wanted)
    except ImageError as error:
        if "@sha256:" in wanted and "not found" in str(error):
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
    return pulled(reference(), found.get("RepoDigests") or [])


def pulled(wanted: str, digests: list[str]) -> Base | None:
    """Return the base that was pulled as `wanted`; None if the image has another digest than the pinned one."""
    _, _, digest = wanted.partition("@")
    have = {known.partition("@")[2] for known in digests}
    if not digest:
        exact = f"{wanted}@{min(have)}" if have else wanted
        return Base(exact, UNPINNED)
    return Base(wanted, PINNED) if digest in have else None


def _vanished() -> Base:
    raise ImageError(f"{TAG} is not the image that base.txt names: run `make base-image` again.")
