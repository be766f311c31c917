"""Plain text and CSV, with the standard library alone.

Text filings lay out their tables with spaces, so they are read by the same geometry as a printed page.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator

from raglite.adapters.parse_format import MEDIA_TYPES, Format
from raglite.adapters.parse_version import parser_version
from raglite.errors import DocumentRejected, ReasonCode
from raglite.ingestion.pages.grids import Spot, table_of
from raglite.ingestion.pages.layout import page_of
from raglite.ingestion.pages.lines import Word
from raglite.model import Block, BlockKind, Page, ParsedDocument

CHARACTER = 5.0  # points
LINE = 12.0  # points
HEIGHT = 8.0  # points of a letter: the rest is leading
SPACE = 2.0  # points that one space leaves between two words; a second one adds a character
SNIFFED = 16_384  # characters that tell a CSV's delimiter
DELIMITERS = ",;\t|"
LONGEST_FIELD = 1_000_000  # characters
MOST_COLUMNS = 2_000  # of a table whose columns are compared with one another
WHITE = " \t\r\n\f\v\xa0"
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_WORD = re.compile(r"\S+")


def decoded(content: bytes) -> str:
    """Return the text: UTF-16 by its mark, else UTF-8, else Windows-1252, and Latin-1 where that is undefined."""
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def letters(text: str) -> int:
    """Count the characters of a text that are no white space."""
    return len(text) - sum(text.count(white) for white in WHITE)


def parse_text(text: str, found: Format) -> ParsedDocument:
    """Return the one page of a text or a CSV; DocumentRejected if there is nothing on it."""
    page = _table_page(text) if found is Format.CSV else page_of(1, _words(text))
    if not page.text.strip():
        raise DocumentRejected(ReasonCode.NO_TEXT, "The file holds nothing but white space. Upload one with text.")
    return ParsedDocument(
        media_type=MEDIA_TYPES[found],
        parser="raglite-text",
        parser_version=parser_version(),
        pages=(page,),
        pages_total=1,
    )


def _words(text: str) -> Iterator[Word]:
    for number, line in enumerate(text.splitlines()):
        top = number * LINE
        for match in _WORD.finditer(line.expandtabs()):
            left, right = (CHARACTER * at for at in match.span())
            yield Word(match[0], left, top, right + CHARACTER - SPACE, top + HEIGHT)


def _table_page(text: str) -> Page:
    csv.field_size_limit(LONGEST_FIELD)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error as error:
        sentence = f"The file cannot be read as CSV ({error}). Check its quotes and its delimiter, and upload it again."
        raise DocumentRejected(ReasonCode.UNREADABLE, sentence) from error
    widest = max(map(len, rows), default=0)
    if widest > MOST_COLUMNS:
        sentence = f"The table has {widest:,} columns; {MOST_COLUMNS:,} are allowed. Split it."
        raise DocumentRejected(ReasonCode.TOO_LARGE, sentence)
    first = next((number for number, row in enumerate(rows) if any(field.strip() for field in row)), 0)
    table = table_of(
        Spot(number, at, at + 1, field, is_header=number == first)
        for number, row in enumerate(rows)
        for at, field in enumerate(row)
    )
    if table is None:
        return Page(number=1, text="")
    block = Block(kind=BlockKind.TABLE, text=table.text, table=0)
    return Page(number=1, text=table.text, blocks=(block,), tables=(table,))


def _delimiter(text: str) -> str:
    """Return the delimiter that most evenly divides the first lines; a comma where none does."""
    lines = [line for line in text[:SNIFFED].splitlines() if line.strip()]
    least = {delimiter: min((line.count(delimiter) for line in lines), default=0) for delimiter in DELIMITERS}
    most = {delimiter: sum(line.count(delimiter) for line in lines) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: (least[delimiter], most[delimiter]))
