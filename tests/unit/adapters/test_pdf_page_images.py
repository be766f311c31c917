"""Pages are drawn by pdfium in a process of its own, and whatever a file does stays in it."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from raglite.adapters.page_image_child import LONGEST, WIDTH
from raglite.adapters.pdf_page_images import LIMITS, PdfPageImages
from raglite.errors import NotFound
from tests.faulty_files import DATA

A4 = (595, 842)
NASTY = DATA / "nasty" / "pdf"


@pytest.fixture
def drawing(tmp_path: Path) -> Callable[..., Path]:
    """Return a file of pages, each with a black square as far from its left as its number says."""

    def draw(*sizes: tuple[float, float]) -> Path:
        path = tmp_path / "document.pdf"
        canvas = Canvas(str(path))
        for number, size in enumerate(sizes, 1):
            canvas.setPageSize(size)
            canvas.rect(100 * number, size[1] - 200, 50, 50, fill=1)
            canvas.showPage()
        canvas.save()
        return path

    return draw


def picture(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content)).convert("L")


def is_black(image: Image.Image, left: float, top: float, width: float) -> bool:
    """Whether the print is there: points from the page's top left corner, of a page so wide."""
    scale = image.width / width
    return bool(image.getpixel((round(left * scale), round(top * scale))) < 50)


def test_a_page_is_drawn_as_it_is_printed(drawing: Callable[..., Path]) -> None:
    path = drawing(A4, A4)
    for number in (1, 2):
        image = picture(PdfPageImages().draw(path, number))
        assert image.width == WIDTH
        assert image.height / image.width == pytest.approx(A4[1] / A4[0], rel=0.01)
        assert [is_black(image, 100 * page + 25, 175, A4[0]) for page in (1, 2)] == [number == 1, number == 2]


def test_a_turned_page_is_drawn_as_a_reader_sees_it(drawing: Callable[..., Path], tmp_path: Path) -> None:
    document = pypdfium2.PdfDocument(drawing(A4))
    document[0].set_rotation(90)
    document.save(tmp_path / "turned.pdf")
    image = picture(PdfPageImages().draw(tmp_path / "turned.pdf", 1))
    assert image.width > image.height


@pytest.mark.parametrize("size", [(14_000, 20), (20, 14_000), (1, 1)])
def test_no_page_makes_a_picture_that_is_too_large(drawing: Callable[..., Path], size: tuple[float, float]) -> None:
    image = picture(PdfPageImages().draw(drawing(size), 1))
    assert max(image.size) <= LONGEST


@pytest.mark.parametrize("page", [0, -1, 2, 10**9])
def test_a_page_that_there_is_not_cannot_be_drawn(drawing: Callable[..., Path], page: int) -> None:
    with pytest.raises(NotFound, match="Read its text instead"):
        PdfPageImages().draw(drawing(A4), page)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 and nothing", b"<html></html>", b"PK\x03\x04"])
def test_what_is_no_pdf_cannot_be_drawn(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "document"
    path.write_bytes(content)
    with pytest.raises(NotFound):
        PdfPageImages().draw(path, 1)


def test_a_page_that_takes_too_long_is_given_up(drawing: Callable[..., Path]) -> None:
    with pytest.raises(NotFound):
        PdfPageImages(replace(LIMITS, seconds=0.01)).draw(drawing(A4), 1)


@pytest.mark.skipif(not NASTY.is_dir(), reason=f"{NASTY} is not on this machine")
def test_every_hostile_file_is_drawn_or_refused() -> None:
    outcomes = set()
    for path in sorted(NASTY.glob("*.pdf")):
        try:
            outcomes.add(picture(PdfPageImages().draw(path, 1)).width <= LONGEST)
        except NotFound:
            outcomes.add(None)
    assert outcomes == {True, None}
