"""How a parsed document is built up: its headings by depth, its statements and tables by page."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from raglite.ingestion.pages import sections
from raglite.ingestion.pages.primary import primary
from raglite.ingestion.pages.statement_pages import statement_pages
from raglite.model import OutlinedHeading, OutlinedStatement, Page, Statement

MOST_HEADINGS = 200  # that are shown: some 4,000 tokens of a model's window


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
        found = [] if sections.is_contents(page) else sections.page_headings(page, running)
        for one in dict.fromkeys(found):
            yield OutlinedHeading(text=one.text, level=one.level, page=page.number)
