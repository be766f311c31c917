"""Markdown that GitHub and the site draw alike."""

from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"


def head(title: str, sources: str, text: str) -> list[str]:
    """Return a page's first lines: its title, what it is made from, and a paragraph."""
    return [f"# {title}", "", f"<!-- Written by `make reference` from {sources}. -->", "", text, ""]


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """Return a table and an empty line."""
    heads = tuple(heads)
    lines = [heads, ("---",) * len(heads), *rows]
    return [*(f"| {' | '.join(map(_cell, cells))} |" for cells in lines), ""]


def code(text: str) -> str:
    """Return text as code; nothing for nothing."""
    return f"`{text}`" if text else ""


def _cell(text: str) -> str:
    """Return text as it may stand in a table: in one line, and without the mark between cells."""
    return " ".join(text.split()).replace("|", "\\|")
