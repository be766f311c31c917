"""Which format a file is: told by its first bytes, and only where those leave it open by its name."""

import re
from enum import StrEnum
from pathlib import Path, PurePosixPath

from raglite.adapters.parse_archive import members_of
from raglite.errors import DocumentRejected, ReasonCode

LOOKED_AT = 4096  # bytes
PDF_HEADER_WITHIN = 1024  # bytes, as readers have always allowed
OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # the container of Office before 2007, and of encrypted Office files since
ENCRYPTED_ENTRY = "EncryptedPackage".encode("utf-16-le")


class Format(StrEnum):
    """The formats that are read, by the suffix they are known by."""

    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    HTML = "html"
    MARKDOWN = "md"
    CSV = "csv"
    TEXT = "txt"


MEDIA_TYPES = {
    Format.PDF: "application/pdf",
    Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PPTX: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    Format.HTML: "text/html",
    Format.MARKDOWN: "text/markdown",
    Format.CSV: "text/csv",
    Format.TEXT: "text/plain",
}
_PARTS = {"word/": Format.DOCX, "xl/": Format.XLSX, "ppt/": Format.PPTX}
_BY_SUFFIX = {
    "html": Format.HTML,
    "htm": Format.HTML,
    "xhtml": Format.HTML,
    "md": Format.MARKDOWN,
    "markdown": Format.MARKDOWN,
    "csv": Format.CSV,
    "tsv": Format.CSV,
    "txt": Format.TEXT,
    "text": Format.TEXT,
    "": Format.TEXT,
}
READ_BY_DOCLING = frozenset(Format) - {Format.CSV, Format.TEXT}
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_MARKUP = re.compile(rb"^\s*(?:<\?xml|\{\\rtf)", re.IGNORECASE)
_SUPPORTED = "PDF, DOCX, XLSX, PPTX, HTML, Markdown, CSV and plain text"


def format_of(path: Path, name: str, most_unpacked: int) -> Format:
    """Return the format of the file at `path`, called `name`.

    DocumentRejected if it is none that is read, or an Office file that is damaged or unpacks to too many bytes.
    """
    with path.open("rb") as file:
        start = file.read(LOOKED_AT)
    suffix = _suffix(name)
    if b"%PDF-" in start[:PDF_HEADER_WITHIN]:
        return Format.PDF
    if start.startswith(OLE):
        raise _old_office(path)
    if start.startswith(b"PK"):
        return _packed(path, most_unpacked)
    if _HTML.search(start):
        return Format.HTML
    if _is_binary(start) or _MARKUP.match(start) or suffix not in _BY_SUFFIX:
        raise _not_read(suffix)
    return _BY_SUFFIX[suffix]


def expected_format(name: str) -> Format | None:
    """Return the format that a file's name promises; None if it is none that is read."""
    suffix = _suffix(name)
    return _BY_SUFFIX.get(suffix) or next((found for found in Format if found == suffix), None)


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower().lstrip(".")


def _old_office(path: Path) -> DocumentRejected:
    if ENCRYPTED_ENTRY in path.read_bytes():
        sentence = "The file opens only with a password. Remove the password and upload it again."
        return DocumentRejected(ReasonCode.PASSWORD_PROTECTED, sentence)
    sentence = "This is an Office file from before 2007 (.doc, .xls, .ppt). Save it as .docx, .xlsx or .pptx."
    return DocumentRejected(ReasonCode.UNSUPPORTED_FORMAT, sentence)


def _packed(path: Path, most_unpacked: int) -> Format:
    """Tell Office formats apart by the parts they are made of."""
    names = members_of(path, most_unpacked)
    found = {known for name in names for part, known in _PARTS.items() if name.startswith(part)}
    if len(found) != 1:
        raise _not_read("zip")
    return found.pop()


def _is_binary(start: bytes) -> bool:
    """Tell whether a file is no text: zero bytes that no UTF-16 mark at its beginning explains."""
    return b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff"))


def _not_read(suffix: str) -> DocumentRejected:
    if suffix in set(Format) - set(_BY_SUFFIX):
        sentence = (
            f"The file is named .{suffix} and is not one: it is damaged, or misnamed. Check it and upload it again."
        )
        return DocumentRejected(ReasonCode.UNREADABLE, sentence)
    sentence = f"This format is not read. Read are {_SUPPORTED}: save the document as one of these."
    return DocumentRejected(ReasonCode.UNSUPPORTED_FORMAT, sentence)
