"""The second reader of Office Open XML (ECMA-376): what stands in the parts' text elements and cells, by expat."""

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from posixpath import join, normpath
from xml.parsers import expat

from raglite.errors import DocumentRejected, ReasonCode

# Docling makes a cell of every place between the first and the last that is filled, of about 300 bytes.
MOST_PLACES = 5_000_000
_PART = re.compile(r"word/document\.xml|ppt/slides/slide\d+\.xml")
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_ENDS_A_WORD = {"p", "tab", "br", "tc", "si"}
_HIDDEN = {"hidden", "veryHidden"}


@dataclass
class _Elements:
    """Walks through one part, calling by local names, so that both flavours of the format are read alike."""

    begin: Callable[[str, dict[str, str]], None] = lambda _name, _attributes: None
    end: Callable[[str], None] = lambda _name: None
    data: Callable[[str], None] = lambda _text: None

    def walk(self, archive: zipfile.ZipFile, name: str) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = lambda tag, attributes: self.begin(tag.rpartition(":")[2], attributes)
        parser.EndElementHandler = lambda tag: self.end(tag.rpartition(":")[2])
        parser.CharacterDataHandler = self.data
        with archive.open(name) as part:
            parser.ParseFile(part)


@dataclass
class _Text:
    """Collects the text of `t` elements; a paragraph's pieces are one word where nothing parts them."""

    pieces: list[str] = field(default_factory=list)
    depth_of_t: int = 0
    in_fallback: int = 0  # of AlternateContent: the same again for older programs

    def begin(self, name: str, _attributes: dict[str, str]) -> None:
        self.depth_of_t += name == "t"
        self.in_fallback += name == "Fallback"

    def end(self, name: str) -> None:
        self.depth_of_t -= name == "t"
        self.in_fallback -= name == "Fallback"
        if name in _ENDS_A_WORD:
            self.pieces.append("\n")

    def data(self, text: str) -> None:
        if self.depth_of_t and not self.in_fallback:
            self.pieces.append(text)

    def read(self, archive: zipfile.ZipFile, name: str) -> str:
        _Elements(self.begin, self.end, self.data).walk(archive, name)
        return "".join(self.pieces)


def text_of_parts(archive: zipfile.ZipFile) -> str:
    """Return the text of a document's body, or of all slides."""
    return "\n".join(_Text().read(archive, name) for name in archive.namelist() if _PART.fullmatch(name))


def text_of_workbook(archive: zipfile.ZipFile) -> str:
    """Return the text of the sheets that are shown; numbers as they are stored."""
    strings = _shared_strings(archive)
    return "\n".join(_Sheet(strings).read(archive, name) for name in _shown_sheets(archive))


def _shared_strings(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    strings: list[str] = []
    text = _Text()

    def end(name: str) -> None:
        text.end(name)
        if name == "si":
            strings.append("".join(text.pieces))
            text.pieces.clear()

    _Elements(text.begin, end, text.data).walk(archive, "xl/sharedStrings.xml")
    return strings


def _shown_sheets(archive: zipfile.ZipFile) -> list[str]:
    targets: dict[str, str] = {}
    sheets: list[str] = []

    def link(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            targets[attributes["Id"]] = normpath(join("/xl", attributes["Target"])).lstrip("/")

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet" and attributes.get("state") not in _HIDDEN:
            identity = next(value for key, value in attributes.items() if key.rpartition(":")[2] == "id")
            sheets.append(targets[identity])

    _Elements(begin=link).walk(archive, "xl/_rels/workbook.xml.rels")
    _Elements(begin=sheet).walk(archive, "xl/workbook.xml")
    return [name for name in sheets if "worksheets/" in name]  # a chart has a sheet of its own kind


class _Sheet:
    """Reads the cells of one sheet."""

    def __init__(self, strings: list[str]) -> None:
        self._strings = strings
        self._texts: list[str] = []
        self._is_shared = False
        self._place = ""
        self._value: list[str] | None = None
        self._rows: tuple[int, int] | None = None
        self._columns: tuple[int, int] | None = None

    def read(self, archive: zipfile.ZipFile, name: str) -> str:
        _Elements(self._begin, self._end, self._data).walk(archive, name)
        return "\n".join(self._texts)

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._is_shared, self._place = attributes.get("t") == "s", attributes.get("r", "")
        elif name in {"v", "t"}:
            self._value = []

    def _data(self, text: str) -> None:
        if self._value is not None:
            self._value.append(text)

    def _end(self, name: str) -> None:
        if self._value is None or name not in {"v", "t"}:
            return
        value, self._value = "".join(self._value), None
        self._texts.append(self._strings[int(value)] if self._is_shared else value)
        self._reach()

    def _reach(self) -> None:
        """Note how far apart the filled cells are."""
        place = _PLACE.fullmatch(self._place)
        if place is None:
            return
        row, column = int(place[2]), _column(place[1])
        self._rows, self._columns = _widened(self._rows, row), _widened(self._columns, column)
        places = (self._rows[1] - self._rows[0] + 1) * (self._columns[1] - self._columns[0] + 1)
        if places > MOST_PLACES:
            sentence = (
                f"A sheet reaches over {places:,} cells from the first to the last that is filled; {MOST_PLACES:,} are "
                f"allowed. Delete what stands far out, such as {self._place}, or split the sheet."
            )
            raise DocumentRejected(ReasonCode.TOO_LARGE, sentence)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _widened(span: tuple[int, int] | None, at: int) -> tuple[int, int]:
    return (at, at) if span is None else (min(span[0], at), max(span[1], at))
