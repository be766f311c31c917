"""What a parser returns.

Coordinates are PDF points (1/72 inch) from the page's top left corner. Pages are 1-based physical pages.
"""

from enum import StrEnum

from pydantic import Field
from pydantic.dataclasses import dataclass

from raglite.model.value import SLOTTED, Frozen


@dataclass(frozen=True, slots=True, kw_only=True, config=SLOTTED)
class Box:
    """A rectangle on a page, in points from its top left corner."""

    left: float
    top: float
    right: float
    bottom: float


class Cell(Frozen):
    """One cell of a table. Rows and columns are 0-based; `low_confidence` marks geometry that contradicts itself.

    `verified` says that a second reader of the file, which knows only the box, reads the same text there.
    """

    row: int
    column: int
    text: str
    box: Box | None = None
    is_header: bool = False
    low_confidence: bool = False
    verified: bool = False


class Table(Frozen):
    """A table on one page. `text` is its layout text as printed; `box` covers all its cells."""

    rows: int
    columns: int
    cells: tuple[Cell, ...]
    text: str = ""
    box: Box | None = None


class BlockKind(StrEnum):
    """What a block of a page is, in reading order."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    TABLE = "table"


class Block(Frozen):
    """A piece of a page in reading order. `level` is a heading's depth (1 = top); `table` indexes `Page.tables`."""

    kind: BlockKind
    text: str
    level: int = 0
    table: int | None = None
    box: Box | None = None


class Page(Frozen):
    """One page: physical page of a PDF, slide of a PPTX, sheet of an XLSX; formats without pages have one page, 1.

    `text` is the page's whole layout text. Width and height are points (0 where the format has no pages).
    """

    number: int = Field(ge=1)
    text: str
    blocks: tuple[Block, ...] = ()
    tables: tuple[Table, ...] = ()
    width: float = 0
    height: float = 0
    label: str | None = None  # sheet name or slide title, where the format has one


class ParsedDocument(Frozen):
    """Everything later steps know about a document. Stored compressed; figures and reindexing read it back.

    `pages_failed` could not be read. Of `pages_without_text`, `pages_pictured` show something all the same: a scan, a
    picture, drawn letters; the others are blank. `coverage` is the share of what a second reader of the file sees that
    was kept (0 to 1, None where there is no second reader).
    """

    media_type: str
    parser: str
    parser_version: str
    pages: tuple[Page, ...]
    pages_total: int
    pages_without_text: tuple[int, ...] = ()
    pages_failed: tuple[int, ...] = ()
    pages_pictured: tuple[int, ...] = ()
    coverage: float | None = Field(default=None, ge=0, le=1)

    @property
    def pages_missing(self) -> tuple[int, ...]:
        """The pages whose content no question can find: unreadable ones, and those that are only to be looked at."""
        return tuple(sorted({*self.pages_failed, *self.pages_pictured}))
