"""A second reader of DOCX, PPTX, XLSX and HTML, of the standard library alone: the text, and nothing of its layout.

It knows nothing of docling, so what docling loses on the way it still sees (pdfium is that for PDFs). As it walks
through a file first, and cheaply, it also refuses what would cost docling minutes or gigabytes.
"""

import re
import zipfile
from collections import Counter
from io import BytesIO
from xml.parsers import expat

from raglite.adapters.parse_format import Format
from raglite.adapters.parse_text import decoded
from raglite.adapters.second_html import text_of_html
from raglite.adapters.second_office import text_of_parts, text_of_workbook

_WORD = re.compile(r"\w+")


def text_of(content: bytes, found: Format) -> str | None:
    """Return a file's text; None if there is no second reader of its format, or it cannot read it.

    DocumentRejected if elements are nested too deeply, or the filled cells of a sheet lie too far apart.
    """
    if found is Format.HTML:
        return text_of_html(decoded(content))
    if found not in {Format.DOCX, Format.PPTX, Format.XLSX}:
        return None
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return text_of_workbook(archive) if found is Format.XLSX else text_of_parts(archive)
    except (expat.ExpatError, LookupError, ValueError, zipfile.BadZipFile):
        return None  # damaged, or written in a way of its own: the first reader will say so, or knows better


def share(kept: str, seen: str) -> float | None:
    """Return the share of the words seen that were kept (0 to 1); None if none were seen."""
    words = Counter(_WORD.findall(seen))
    return (words & Counter(_WORD.findall(kept))).total() / words.total() if words else None
