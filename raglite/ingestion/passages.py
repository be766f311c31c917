"""A page as a run of pieces that are never split further: sentences, headings and rows of tables, with their tokens."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from raglite.ingestion.pages.sections import Heading, heading
from raglite.ingestion.pages.statements import statement_of
from raglite.model import Block, BlockKind, Cell, Page, Statement, Table

CHARACTERS_A_TOKEN = 8  # text longer than this per token is no language: a piece is bounded in characters too
MOST_HEADER_ROWS = 7  # a statement of changes in equity heads its columns with so many
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+(?=[A-Z0-9(\"\u201c\u2022$])")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
CountTokens = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Piece:
    """One sentence, heading or row. `lead` is the table's header rows, repeated where a chunk starts with this row."""

    text: str
    tokens: int
    heading: Heading | None = None
    lead: str = ""
    lead_tokens: int = 0
    statement: Statement | None = None


def pieces(page: Page, count_tokens: CountTokens, limit: int) -> Iterator[Piece]:
    """Yield a page's pieces in reading order, each of at most `limit` tokens; whatever no block holds comes last."""
    if not page.blocks:
        yield from _lines(page.text, count_tokens, limit)
        return
    seen: set[str] = set()
    for block in page.blocks:
        for piece in _of_block(block, page.tables, count_tokens, limit):
            seen.update(piece.text.split())
            seen.update(piece.lead.split())
            yield piece
    yield from _lines("\n".join(_unseen(page.text, seen)), count_tokens, limit)


def rows(table: Table) -> tuple[list[str], list[str]]:
    """Return a table's header rows and its other rows as lines, cells parted by " | "; layout text if it has no cells.

    A table whose geometry contradicts itself is given as printed: a wrong column is worse than none.
    """
    if not table.cells or any(cell.low_confidence for cell in table.cells):
        lines = [line.strip() for line in table.text.splitlines() if line.strip()]
        if lines:
            return [], lines
    by_row: dict[int, list[Cell]] = {}
    for cell in sorted(table.cells, key=lambda cell: (cell.row, cell.column)):
        row = by_row.setdefault(cell.row, [])
        if cell.text.strip() and not (row and _spans_on(row[-1], cell)):
            row.append(cell)
    ordered = [[(cell.column, " ".join(cell.text.split()), cell.is_header) for cell in row] for row in by_row.values()]
    ordered = [row for row in ordered if row]
    heads = _header_count(ordered)
    lines = [" | ".join(text for _, text, _ in row) for row in ordered]
    return lines[:heads], lines[heads:]


def _spans_on(before: Cell, cell: Cell) -> bool:
    """Tell whether a header is the one to its left again: it stands in every column that it spans."""
    return cell.is_header and before.is_header and (cell.text, cell.box) == (before.text, before.box)


def split(text: str, count_tokens: CountTokens, limit: int) -> Iterator[tuple[str, int]]:
    """Yield `text` with its tokens, cut into even parts (between words if it can be) where it is longer than `limit`.

    Every part is counted about once: the number of parts is reckoned from the whole's tokens and characters.
    """
    longest = limit * CHARACTERS_A_TOKEN
    tokens = count_tokens(text) if len(text) <= longest else limit * math.ceil(len(text) / (longest / 2))
    if tokens <= limit or len(text) == 1:
        yield text, tokens
        return
    words = text.split()
    parts: Sequence[str] = words if len(words) > 1 else text
    number = min(len(parts), math.ceil(1.1 * tokens / limit))
    for index in range(number):
        part = parts[len(parts) * index // number : len(parts) * (index + 1) // number]
        yield from split(part if isinstance(part, str) else " ".join(part), count_tokens, limit)


def _of_block(block: Block, tables: Sequence[Table], count_tokens: CountTokens, limit: int) -> Iterator[Piece]:
    if block.kind is BlockKind.TABLE and block.table is not None and block.table < len(tables):
        yield from _of_table(tables[block.table], block.text, count_tokens, limit)
        return
    marked = block.kind is BlockKind.HEADING
    found = heading(block.text, (block.level or 1) if marked else 0)
    for sentence in [block.text] if found else _SENTENCE_END.split(block.text):
        for part, tokens in split(" ".join(sentence.split()), count_tokens, limit):
            if part:
                yield Piece(part, tokens, found)


def _of_table(table: Table, text: str, count_tokens: CountTokens, limit: int) -> Iterator[Piece]:
    heads, others = rows(table)
    lead = "\n".join(heads)
    lead_tokens = count_tokens(lead) if lead else 0
    if lead_tokens > limit // 2:  # repeating it would leave no room for rows
        others, lead, lead_tokens = [*heads, *others], "", 0
    statement = statement_of("\n".join([*heads, *others])) if others else None
    for row in others or ([lead] if lead else text.splitlines()):
        repeated = "" if row == lead else lead
        for part, tokens in split(row, count_tokens, limit - (lead_tokens if repeated else 0)):
            if part.strip():
                yield Piece(part, tokens, None, repeated, lead_tokens if repeated else 0, statement)


def _lines(text: str, count_tokens: CountTokens, limit: int) -> Iterator[Piece]:
    """Take lines as pieces, where nothing tells paragraphs from rows."""
    for line in text.splitlines():
        plain = " ".join(line.split())
        if plain:
            found = heading(plain)
            yield from (Piece(part, tokens, found) for part, tokens in split(plain, count_tokens, limit))


def _unseen(text: str, seen: set[str]) -> Iterable[str]:
    """Yield the lines of the page's text that have a word no block has."""
    return (line for line in text.splitlines() if not seen.issuperset(line.split()))


def _header_count(ordered: Sequence[Sequence[tuple[int, str, bool]]]) -> int:
    """Count the rows at the top that head columns: marked so, or nothing but years and words beside them."""
    count = 0
    for row in ordered[:MOST_HEADER_ROWS]:
        marked = any(is_header for _, _, is_header in row)
        if not marked and not (count == 0 and _heads_years(row)):
            break
        count += 1
    return count if count < len(ordered) else 0


def _heads_years(row: Sequence[tuple[int, str, bool]]) -> bool:
    values = [text for column, text, _ in row if column > 0]
    return bool(values) and all(_YEAR.search(text) for text in values)
