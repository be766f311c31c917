"""How a parsed document is built up: its headings by depth, its statements and tables by page."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from raglite.ingestion.pages import sections
from raglite.ingestion.pages.primary import primary
from raglite.ingestion.pages.statement_pages import statement_pages
from raglite.model import OutlinedHeading, OutlinedStatement, Page, Statement

NOTE_LEVEL = 3
MOST_HEADINGS = 200  # that are shown: some 4,000 tokens of a model's window

_NOTE = re.compile(r"NOTE\s+\d{1,2}\b\W+[A-Z]")  # printed so; "Note 4 to the statements" in a sentence is none


def headings(pages: Sequence[Page]) -> tuple[OutlinedHeading, ...]:
    """Return every heading in reading order, as passages are headed by them; running lines and contents left out."""
    return tuple(_headings(pages))


def shallowest(every: Sequence[OutlinedHeading], most: int = MOST_HEADINGS) -> tuple[OutlinedHeading, ...]:
    """Return all headings down to the greatest depth at which at most `most` are left, or the first of the top ones."""
    for depth in range(sections.DEEPEST, 0, -1):
        kept = tuple(one for one in every if one.level <= depth)
        if len(kept) <= most and (kept or depth == 1):
            return kept
    top = min((one.level for one in every), default=1)
    return tuple(one for one in every if one.level == top)[:most]


def statements(pages: Sequence[Page]) -> tuple[OutlinedStatement, ...]:
    """Return the primary financial statements in the order of their first pages."""
    found: defaultdict[Statement, list[int]] = defaultdict(list)
    for page, statement in sorted(primary(statement_pages(pages)).items()):
        found[statement].append(page)
    return tuple(OutlinedStatement(statement=one, pages=tuple(numbers)) for one, numbers in found.items())


def with_tables(pages: Sequence[Page]) -> tuple[int, ...]:
    """Return the pages that have a table."""
    return tuple(page.number for page in pages if page.tables)


def _headings(pages: Sequence[Page]) -> Iterator[OutlinedHeading]:
    running = sections.running_lines(pages)
    for page in pages:
        for one in [] if sections.is_contents(page) else _of_page(page, running):
            yield OutlinedHeading(text=one.text, level=one.level, page=page.number)


def _of_page(page: Page, running: frozenset[str]) -> list[sections.Heading]:
    """Return what the parser marked, and the parts, Items and notes that it did not mark, as they stand on the page."""
    lines = [" ".join(line.split()) for line in page.text.splitlines()]
    own = [(place, line) for place, line in enumerate(lines) if sections.without_digits(line) not in running]
    structural = {one.text: (place, one) for place, line in reversed(own) if (one := _structural(line))}
    marked = {one.text: (_place(one.text, lines), one) for one in sections.page_headings(page, running)}
    return [one for _, one in sorted((marked | structural).values(), key=lambda placed: placed[0])]


def _structural(line: str) -> sections.Heading | None:
    if _NOTE.match(line) and len(line) <= sections.LONGEST_HEADING:
        return sections.Heading(line, NOTE_LEVEL)
    found = sections.heading(line)
    return found if found and found.level < NOTE_LEVEL else None


def _place(text: str, lines: Sequence[str]) -> int:
    return next((place for place, line in enumerate(lines) if line.startswith(text)), 0)
