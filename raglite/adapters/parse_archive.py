"""What an Office file may unpack to, found out from its directory and the first bytes of its parts.

Python's zipfile gives no more of a member than its directory says, so the directory can be held to. Archives inside
are never opened: nobody asks for what they hold.
"""

import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import IO
from xml.parsers import expat

from raglite.errors import DocumentRejected, ReasonCode

MOST_MEMBERS = 10_000
MOST_XML_BYTES = 256 * 1024**2  # of one part; read as a tree it takes about ten times as much memory
# Parts of real Office files unpack to at most 40 times their packed size; deflate can do 1,032 times.
MOST_RATIO = 100
RATIO_FROM = 16 * 1024**2  # unpacked bytes below which a ratio harms nobody
MOST_BEFORE_ELEMENTS = 64 * 1024  # bytes of an XML part before its first element
_PIECE = 4096  # bytes
# What zipfile and zlib raise; RuntimeError is theirs for a part that needs a password.
_DAMAGES = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError)


def members_of(path: Path, most_unpacked: int) -> list[str]:
    """Return the names of an archive's members; DocumentRejected if it is damaged, or made to harm its reader."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_sizes(entries, most_unpacked)
            for entry in entries:
                if _is_xml(entry.filename):
                    with archive.open(entry) as part:
                        _check_beginning(part, entry.filename)
    except _DAMAGES as error:
        sentence = "The file is packed like an Office file and cannot be unpacked: it is damaged. Upload it again."
        raise DocumentRejected(ReasonCode.UNREADABLE, sentence) from error
    return [entry.filename for entry in entries]


def _check_sizes(entries: list[zipfile.ZipInfo], most_unpacked: int) -> None:
    if len(entries) > MOST_MEMBERS:
        raise _too_large(f"The file is made of {len(entries):,} parts; {MOST_MEMBERS:,} are allowed.")
    sizes = [(entry.filename, entry.compress_size, entry.file_size) for entry in entries]
    packed, unpacked = sum(size for _, size, _ in sizes), sum(size for _, _, size in sizes)
    if unpacked > most_unpacked:
        raise _too_large(f"The file unpacks to {unpacked:,} bytes; {most_unpacked:,} are allowed.")
    for name, small, large in [*sizes, ("The file", packed, unpacked)]:
        if large > RATIO_FROM and large > MOST_RATIO * small:
            raise _too_large(
                f"{name} unpacks to {large / max(small, 1):,.0f} times its size; {MOST_RATIO} are allowed."
            )
        if large > MOST_XML_BYTES and _is_xml(name):
            raise _too_large(f"{name} has {large:,} bytes of XML; {MOST_XML_BYTES:,} are allowed.")


def _too_large(fault: str) -> DocumentRejected:
    return DocumentRejected(ReasonCode.TOO_LARGE, f"{fault} Split the document, or save it anew.")


def _is_xml(name: str) -> bool:
    return name.endswith((".xml", ".rels")) and not name.startswith("customXml/")


def _check_beginning(part: IO[bytes], name: str) -> None:
    """Refuse entities, which expand and fetch: no part may have a DTD (ECMA-376 part 2, XML usage, M1.18)."""
    met: list[str] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: met.append("DTD")
    parser.StartElementHandler = lambda *_: met.append("element")
    with suppress(expat.ExpatError):  # whoever reads the part will say so
        for _ in range(MOST_BEFORE_ELEMENTS // _PIECE):
            if met or not (piece := part.read(_PIECE)):
                break
            parser.Parse(piece)
        else:
            met.append("")
    if met and met[0] != "element":
        sentence = f"{name} begins with what no Office file has (a DTD or a long preface). Save the document anew."
        raise DocumentRejected(ReasonCode.UNREADABLE, sentence)
