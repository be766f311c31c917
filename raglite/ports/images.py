"""Pages as pictures."""

from pathlib import Path
from typing import Protocol

IMAGE_TYPE = "image/webp"


class PageImages(Protocol):
    """Draws pages, in a process that can be killed."""

    def draw(self, path: Path, page: int) -> bytes:
        """Return the 1-based page of a PDF file as an IMAGE_TYPE file, upright, as wide as a screen can show.

        NotFound if the file has no such page, or is no PDF that can be drawn; ResourceExhausted or
        DependencyUnavailable if there is no room to draw in.
        """
