"""Which of the pages that look like a financial statement are the primary statements.

Filings repeat statements in miniature: selected data, a guarantor's or a segment's condensed statements, the effect of
a new accounting standard. The primary ones stand together, each kind once, within a few pages.
"""

from collections.abc import Mapping

from raglite.model import Statement

REACH = 6  # pages: five statements, some over two pages, stand within this of each other
FEWEST_TOGETHER = 3  # fewer kinds in one place decide nothing: a release may print two of them


def primary(statements: Mapping[int, Statement]) -> dict[int, Statement]:
    """Return those of `statements` (by page number) that stand where most kinds of statement stand together.

    Where no three kinds stand together, all are returned as they came.
    """
    together = {
        page: len({statements[near] for near in statements if abs(near - page) <= REACH}) for page in statements
    }
    most = max(together.values(), default=0)
    if most < FEWEST_TOGETHER:
        return dict(statements)
    return {page: statement for page, statement in statements.items() if together[page] >= most - 1}
