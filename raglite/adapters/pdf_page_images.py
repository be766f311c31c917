"""PageImages by pdfium: every page is drawn in a process of its own, which may hang, crash or take too much alone."""

import os
from pathlib import Path

from raglite.adapters.parse_child import Terms
from raglite.adapters.parse_limits import ParseLimits
from raglite.adapters.parse_sandbox import Apart
from raglite.errors import DependencyUnavailable, NotFound
from raglite.model import Frozen

CHILD = "raglite.adapters.page_image_child"
ABSENT = 3  # its exit status where there is no such page
# A page of a filing takes a tenth of a second and 60 MB; the address space is mostly libraries that are not touched.
# The characters are those whose JSON would be as long as the longest picture: 8 MB.
LIMITS = ParseLimits(max_bytes=0, max_pages=1, max_characters=160_000, seconds=10, memory_bytes=1024**3)


class Drawing(Frozen):
    """What to draw: the 1-based page of a file."""

    path: Path
    page: int


class PdfPageImages:
    """Draws pages of PDF files. Safe to use from threads."""

    def __init__(self, limits: ParseLimits = LIMITS) -> None:
        self._limits = limits

    def draw(self, path: Path, page: int) -> bytes:
        """Return the page as WebP; NotFound if there is none, or if it cannot be drawn within the limits."""
        terms = Terms(parent=os.getpid(), limits=self._limits)
        with Apart(CHILD, terms) as process:
            ended = process.run(Drawing(path=path.resolve(), page=page))
        if ended.status == 0 and ended.result:
            return ended.result
        if ended.status in {ABSENT, None} or ended.status < 0 or "MemoryError" in ended.said:
            raise NotFound(f"Page {page} cannot be drawn. Read its text instead.")
        raise DependencyUnavailable("pdfium", f"no page can be drawn (exit status {ended.status}): {ended.said[-300:]}")
