"""What stands above a table and says what its figures are: title, period, units."""

import re
from dataclasses import dataclass

from raglite.ingestion.figures.units import Units, units_in_prose, units_of
from raglite.model import Block, BlockKind, Page

BLOCKS_ABOVE = 8
LONGEST_CAPTION = 140  # characters of a line that is no prose
PROSE_TAIL = 300  # characters of a paragraph's end that may introduce a table
TOP_LINES = 10
LINES_OF_TITLE = 4
_NOTES = re.compile(
    r"(?:condensed )?notes (?:to|on) (?:the |group |company |condensed |consolidated |interim )*(?:financial|accounts)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Caption:
    """The lines above a table from the top down, and the end of a paragraph that leads over to it."""

    lines: tuple[str, ...] = ()
    lead: str = ""

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)

    def units(self) -> Units:
        """Return what the caption says of units: the line nearest to the table first."""
        found = Units()
        for line in reversed(self.lines):
            found = found.over(units_of(line))
        return found.over(units_in_prose(self.lead))


def caption_of(page: Page, table: int) -> Caption:
    """Return what stands above a page's table, down from the table before it."""
    at = next(
        (i for i, block in enumerate(page.blocks) if block.kind is BlockKind.TABLE and block.table == table), None
    )
    if at is None:
        return Caption()
    lines: list[str] = []
    lead = ""
    for block in reversed(page.blocks[max(0, at - BLOCKS_ABOVE) : at]):
        if block.kind is BlockKind.TABLE:
            break
        if _is_prose(block):
            lead = lead or block.text[-PROSE_TAIL:]
            break
        lines.insert(0, " ".join(block.text.split()))
    return Caption(tuple(lines), lead)


def page_units(page: Page) -> Units:
    """Return what the first lines of a page say of units in all its tables."""
    lines = [line for raw in page.text.splitlines() if (line := " ".join(raw.split()))][:TOP_LINES]
    found = Units()
    for line in lines:
        if len(line) <= LONGEST_CAPTION:
            found = found.over(units_of(line))
    return found


def notes_units(page: Page) -> Units:
    """Return what a page that begins the notes, or heads them so, says of units in all their tables."""
    lines = [" ".join(raw.split()) for raw in page.text.splitlines() if raw.strip()][:TOP_LINES]
    for index, line in enumerate(lines):
        if _NOTES.match(line):
            near = "\n".join(lines[index : index + LINES_OF_TITLE])
            return units_in_prose(near)
    return Units()


def _is_prose(block: Block) -> bool:
    text = block.text.strip()
    return len(text) > LONGEST_CAPTION or text.endswith((".", ";"))
