"""Which pages of a document are financial statements: those that are titled so, and those that one goes on over."""

from collections.abc import Sequence

from raglite.ingestion.pages.continued import is_below, meeting
from raglite.ingestion.pages.statements import is_part_of, statement_of, statement_title
from raglite.model import Page, Statement


def statement_pages(pages: Sequence[Page]) -> dict[int, Statement]:
    """Return the statement of each page that is one or goes on with one, by the page's number."""
    found: dict[int, Statement] = {}
    before: Page | None = None
    for page in pages:
        statement = statement_of(page.text)
        if statement is None and before is not None and before.number in found:
            statement = _continued(page, before, found[before.number])
        if statement:
            found[page.number] = statement
        before = page
    return found


def _continued(page: Page, before: Page, statement: Statement) -> Statement | None:
    """Return the statement of the page before if this one goes on with its table under no title of its own."""
    tables = meeting(before, page)
    if tables is None or statement_title(page.text.splitlines()):
        return None
    goes_on = is_below(page.tables[tables[1]], tables[0]) and is_part_of(page.text, statement)
    return statement if goes_on else None
