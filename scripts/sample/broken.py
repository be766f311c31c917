"""Files that can never be indexed, one for each way in which people's files are broken."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import letter
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

SCAN_SIZE = (1275, 1650)  # pixels: letter paper at 150 dots an inch
PASSWORD = "granary"  # noqa: S105  of a sample that nobody is to open


def files() -> Mapping[str, bytes]:
    """Return each broken file by its name."""
    return {
        "empty.pdf": b"",
        "not-a-pdf.pdf": b"Minutes of the audit committee, saved under the wrong name.\n" * 20,
        "password.pdf": _locked(),
        "scan.pdf": _scanned(),
        "something.xyz": b"\x00\x01a format that nobody has heard of\xff\xfe" * 40,
    }


def _locked() -> bytes:
    out = BytesIO()
    encryption = StandardEncryption(PASSWORD, ownerPassword=f"{PASSWORD}-owner", strength=128)
    canvas = Canvas(out, pagesize=letter, invariant=1, encrypt=encryption)
    canvas.drawString(72, 720, "Halvorsen Tidewater Instruments, Inc.: draft of the proxy statement, confidential.")
    canvas.save()
    return out.getvalue()


def _scanned() -> bytes:
    """Return a page that is one picture, as a copier makes it: a person can read it, a parser finds no text."""
    image = Image.new("L", SCAN_SIZE, 245)
    draw = ImageDraw.Draw(image)
    font: Any = ImageFont.load_default(size=34)
    for row in range(24):
        draw.text((150, 160 + 55 * row), f"Invoice line {row + 1}: canoe paddles, {12 + row} pieces", 40, font)
    out = BytesIO()
    canvas = Canvas(out, pagesize=letter, invariant=1)
    canvas.drawImage(ImageReader(image.rotate(1.2, fillcolor=245)), 0, 0, *letter)
    canvas.save()
    return out.getvalue()
