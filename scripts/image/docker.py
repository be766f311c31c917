"""The docker command, as far as images need it."""

import json
import subprocess
from pathlib import Path
from typing import Any

LAST_WORDS = 2000  # characters of what a failed command said


class ImageError(Exception):
    """Says, for a person, why there is no image and what to do."""


def docker(*arguments: str, given: str | None = None) -> str:
    """Run docker, with `given` as its input, and return what it printed; ImageError if it fails or is not there."""
    command = ["docker", *arguments]
    try:
        ended = subprocess.run(command, check=False, text=True, input=given, capture_output=True)
    except FileNotFoundError:
        raise ImageError("There is no docker command: install Docker, such as Debian's docker.io.") from None
    if ended.returncode:
        raise ImageError(f"docker {arguments[0]} failed: {(ended.stdout + ended.stderr).strip()[-LAST_WORDS:]}")
    return ended.stdout.strip()


def inspect(image: str) -> Any:
    """Return Docker's record of an image; None if there is none of that name."""
    try:
        return json.loads(docker("image", "inspect", image))[0]
    except ImageError as error:
        if "no such image" in str(error).lower():
            return None
        raise


def labels(image: str) -> dict[str, str]:
    """Return the labels of an image; none if it has none or is not there."""
    found = inspect(image)
    return (found or {}).get("Config", {}).get("Labels") or {}


def copy_out(image: str, inside: str, outside: Path) -> None:
    """Copy a file out of an image."""
    container = docker("create", image)
    try:
        docker("cp", f"{container}:{inside}", str(outside))
    finally:
        docker("rm", container)
