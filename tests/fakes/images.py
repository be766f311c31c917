"""PageImages that draw nothing: the picture says which page of which contents it would show."""

from pathlib import Path

from raglite.errors import NotFound


class FakeImages:
    def __init__(self) -> None:
        self.drawn: list[int] = []

    def draw(self, path: Path, page: int) -> bytes:
        pages = path.read_bytes().split(b"\f")
        if not 1 <= page <= len(pages):
            raise NotFound(f"Page {page} cannot be drawn. Read its text instead.")
        self.drawn.append(page)
        return b"RIFF" + pages[page - 1]
