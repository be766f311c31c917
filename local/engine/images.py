"""Which images there are. An image is a default command; everything else lies on this machine already."""

from collections.abc import Sequence
from dataclasses import dataclass

SIDECAR_SAYS = b"This is no X-Ray daemon: segments go by UDP to the one the twin runs for all tasks.\n"


@dataclass(frozen=True)
class Image:
    """`command` runs if the container names none; an image without a process only waits to be stopped."""

    name: str
    command: tuple[str, ...] = ()
    has_process: bool = True


SERVICE = Image("raglite", ("python", "-m", "raglite.server"))
INGEST = Image("raglite-ingest", ("python", "-m", "raglite.ingestion.pipeline"))
SIDECAR = Image("xray-daemon", has_process=False)


def repository(reference: str) -> str:
    """Return the last path segment of an image reference, without tag or digest: `a.b/c/raglite:1` is `raglite`."""
    return reference.partition("@")[0].rsplit("/", 1)[-1].partition(":")[0]


def find(reference: str) -> Image | None:
    """Return the image a reference names; None if the twin has none of that name."""
    name = repository(reference)
    if "xray" in name:
        return SIDECAR
    if "raglite" in name:
        return INGEST if "ingest" in name else SERVICE
    return None


def command_of(image: Image, given: Sequence[str] | None) -> list[str]:
    """Return what a container runs."""
    return list(given or image.command)
