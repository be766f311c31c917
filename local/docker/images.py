"""Which local image a task definition's reference means: the registry's names are AWS's, the images are built here."""

from local.engine import images

REPOSITORIES = {images.SERVICE: "raglite-service", images.INGEST: "raglite-ingest"}
DEFAULT_TAG = "local"
# The sidecar's image cannot be had without a registry; any image of ours has a Python that can wait in its place.
WAITS = "import signal, sys; sys.stdout.write(sys.argv[1]); sys.stdout.flush(); signal.pause()"
SIDECAR_ENTRY = ["python", "-c", WAITS, images.SIDECAR_SAYS.decode()]


def is_sidecar(reference: str) -> bool:
    """Whether a reference means the X-Ray daemon, which the twin runs once for all tasks."""
    return images.find(reference) is images.SIDECAR


def local_name(reference: str) -> str:
    """Return the name an image has here; a name that the twin does not know stays as it is."""
    image = images.find(reference)
    if image not in REPOSITORIES:
        return reference
    _, _, digest = reference.partition("@")
    return digest or f"{REPOSITORIES[image]}:{_tag(reference)}"


def needed(tag: str = DEFAULT_TAG) -> list[str]:
    """Return the images without which no task can start."""
    return [f"{repository}:{tag}" for repository in REPOSITORIES.values()]


def absent(name: str) -> str:
    """Say that an image is not there, and what to do."""
    return f"No such image: {name}. Build the images on this Docker Engine with `make image`."


def _tag(reference: str) -> str:
    return reference.rsplit("/", 1)[-1].partition(":")[2] or "latest"
