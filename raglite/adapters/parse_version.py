"""What makes two parses of the same bytes comparable."""

from importlib.metadata import version

from raglite.ingestion.pages.layout import LAYOUT_VERSION

READERS_VERSION = 1  # rises with every change to the readers in this folder that gives other pages of the same bytes
READERS = ("docling-slim", "docling-parse", "pypdfium2")


def parser_version() -> str:
    """Return the versions of everything that has a say in what is on a page."""
    return ", ".join(
        [*(f"{name} {version(name)}" for name in READERS), f"layout {LAYOUT_VERSION}", f"readers {READERS_VERSION}"]
    )
