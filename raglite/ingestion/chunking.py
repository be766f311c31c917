"""Pages into chunks: passages that fit the embedding model, whole pages for the lexical leg, and headings.

A chunk never spans two pages, because a citation names one. Sentences and rows are never split, except where one alone
is longer than a chunk. Nothing of a page's text is lost.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from raglite.ingestion.pages import sections
from raglite.ingestion.pages.primary import FEWEST_TOGETHER, primary
from raglite.ingestion.pages.statement_pages import statement_pages
from raglite.ingestion.passages import Piece, pieces, split
from raglite.model import Chunk, ChunkKind, Filing, Page, ParsedDocument, Statement

CHUNKER_VERSION = 3  # rises with every change that gives other texts: part of the embedding spec
HEADER_VERSION = 1  # the same for headers
SPECIAL_TOKENS = 2  # the model puts one before and one after every text; count_tokens leaves them out
HEADER_SHARE = 4  # at most a quarter of the window is header
ALWAYS_BREAK = 3  # parts, Items and Notes start a new passage
BREAK_AT_HEADING = 3  # any other heading starts one once the current one is a third full
PAGE_CHARACTERS = 20_000  # a page longer than this (HTML and DOCX have but one) becomes several page chunks
LONGEST_HEADER_PART = 90  # characters
DEEPEST_IN_A_STATEMENT = 3  # what stands out on a statement's page is a row label, unless it is an Item or a Note


def chunk(
    parsed: ParsedDocument, filing: Filing, count_tokens: Callable[[str], int], max_tokens: int
) -> tuple[Chunk, ...]:
    """Return every chunk of a document: by page, and on a page its passages, then the page itself, then its headings.

    `max_tokens` is the model's window with its special tokens; header and text of a passage fit it together.
    `count_tokens` is asked about once per sentence or row. Ordinals count from 0 within each kind.
    """
    running, statements = sections.running_lines(parsed.pages), primary(statement_pages(parsed.pages))
    reading = _Reading(filing, count_tokens, max_tokens - SPECIAL_TOKENS, running, statements)
    return tuple(found for page in parsed.pages for found in reading.chunks(page))


def header(filing: Filing, section: Sequence[str], statement: Statement | None, title: str) -> str:
    """Return a passage's context: `company | form FY2022 | section | statement | page title`, the unknown left out."""
    year = f"FY{filing.fiscal_year}" if filing.fiscal_year else ""
    quarter = f"Q{filing.fiscal_quarter}" if filing.fiscal_quarter else ""
    what = " ".join(part for part in (filing.form, quarter, year) if part)
    where = " > ".join(part[:LONGEST_HEADER_PART] for part in section[-2:] if part != title)
    named = statement.value.replace("_", " ") if statement else ""
    parts = (filing.company or "", what, where, named, title[:LONGEST_HEADER_PART])
    return " | ".join(part for part in parts if part)


@dataclass
class _Passage:
    """The passage that is being filled, up to `limit` tokens."""

    limit: int
    section: tuple[str, ...]
    pieces: list[Piece] = field(default_factory=list)
    tokens: int = 0

    def takes(self, piece: Piece) -> bool:
        if not self.pieces:
            return True
        if piece.heading and not self.pieces[-1].heading and self._is_full_enough(piece.heading):
            return False
        return self.tokens + self._cost(piece) <= self.limit

    def add(self, piece: Piece) -> None:
        self.tokens += self._cost(piece)
        self.pieces.append(piece)

    def text(self) -> str:
        before = [None, *self.pieces]
        lines = [
            [piece.lead, piece.text] if _needs_lead(last, piece) else [piece.text]
            for last, piece in zip(before, self.pieces, strict=False)
        ]
        return "\n".join(line for group in lines for line in group)

    def statement(self) -> Statement | None:
        return next((piece.statement for piece in self.pieces if piece.statement), None)

    def _is_full_enough(self, heading: sections.Heading) -> bool:
        return heading.level <= ALWAYS_BREAK or self.tokens > self.limit // BREAK_AT_HEADING

    def _cost(self, piece: Piece) -> int:
        last = self.pieces[-1] if self.pieces else None
        return piece.tokens + (piece.lead_tokens if _needs_lead(last, piece) else 0)


def _needs_lead(last: Piece | None, piece: Piece) -> bool:
    """Tell whether a row's header rows are to be put before it: unless the row above is of the same table."""
    return bool(piece.lead) and (last is None or last.lead != piece.lead)


@dataclass
class _Reading:
    """A document while its pages are read one after the other: the open sections and the ordinals given so far."""

    filing: Filing
    count_tokens: Callable[[str], int]
    window: int
    running: frozenset[str]
    statements: Mapping[int, Statement]
    outline: sections.Outline = field(default_factory=sections.Outline)
    ordinals: Counter[ChunkKind] = field(default_factory=Counter)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def has_primary(self) -> bool:
        """Whether the primary statements are known: then what a note's table looks like does not count."""
        return len(set(self.statements.values())) >= FEWEST_TOGETHER

    def chunks(self, page: Page) -> Iterator[Chunk]:
        title = sections.page_title(page.text.splitlines(), self.running) or (page.label or "")
        statement = self.statements.get(page.number)
        if statement:
            self._enter(sections.Heading(title, DEEPEST_IN_A_STATEMENT))
        opening = self.outline.titles
        passages = list(self._passages(page, statement))
        for passage in passages:
            found = passage.statement() if statement or not self.has_primary else None
            yield self._chunk(ChunkKind.CHUNK, page, passage.text(), (passage.section, found or statement, title))
        place = (passages[0].section if passages else opening, statement, title)
        for start in range(0, len(page.text), PAGE_CHARACTERS):
            text = page.text[start : start + PAGE_CHARACTERS]
            if text.strip():
                yield self._chunk(ChunkKind.PAGE, page, text, place)
        for text in self._headings(page):
            yield self._chunk(ChunkKind.HEADING, page, text, place)

    def _passages(self, page: Page, statement: Statement | None) -> Iterator[_Passage]:
        limit = self.window - self.window // HEADER_SHARE
        deepest = 0 if sections.is_contents(page) else DEEPEST_IN_A_STATEMENT if statement else sections.DEEPEST
        passage = _Passage(limit, self.outline.titles)
        for piece in pieces(page, self.count_tokens, limit):
            if piece.heading and piece.heading.level <= deepest:
                self._enter(piece.heading)
            if not passage.takes(piece):
                yield passage
                passage = _Passage(limit, self.outline.titles)
            elif not any(not earlier.heading for earlier in passage.pieces):
                passage.section = self.outline.titles  # headings at its top belong to the section they open
            passage.add(piece)
        if passage.pieces:
            yield passage

    def _enter(self, heading: sections.Heading) -> None:
        if sections.without_digits(heading.text) not in self.running:
            self.outline.enter(heading)

    def _headings(self, page: Page) -> Iterator[str]:
        found = [] if sections.is_contents(page) else sections.page_headings(page, self.running)
        text = "\n".join(dict.fromkeys(heading.text for heading in found))
        limit = self.window - self.window // HEADER_SHARE
        return (part for part, _ in split(text, self.count_tokens, limit)) if text else iter(())

    def _chunk(
        self, kind: ChunkKind, page: Page, text: str, place: tuple[tuple[str, ...], Statement | None, str]
    ) -> Chunk:
        section, statement, title = place
        ordinal = self.ordinals[kind]
        self.ordinals[kind] += 1
        context = self._header(section, statement, title)
        return Chunk(
            ordinal=ordinal,
            kind=kind,
            page=page.number,
            text=text,
            header=context,
            section=section,
            statement=statement,
        )

    def _header(self, section: tuple[str, ...], statement: Statement | None, title: str) -> str:
        """Return the header within its share of the window: without the section, or cut, if it must be."""
        whole = header(self.filing, section, statement, title)
        if whole not in self.headers:
            share = self.window // HEADER_SHARE
            shorter = header(self.filing, (), statement, title)
            fits = next((text for text in (whole, shorter) if self.count_tokens(text) <= share), None)
            self.headers[whole] = next(split(shorter, self.count_tokens, share))[0] if fits is None else fits
        return self.headers[whole]
