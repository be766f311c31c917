"""Tables set at random: rows stay whole, figures stand under their period, and none under another unmarked."""

from collections import Counter

from raglite.ingestion.pages.layout import page_of
from raglite.model import Page
from tests.unit.ingestion.pages.typeset import Typeset, typeset

SEEDS = range(120)
LEAST_WHOLE = 0.99
LEAST_RIGHT = 0.99


def judged(table: Typeset, page: Page) -> Counter[str]:
    """Count the rows that are whole, and of their figures those under their period, under another, and under none."""
    count = Counter(rows=len(table.rows), figures=len(table.rows) * len(table.periods))
    read = [
        [cell for cell in found.cells if cell.row == row and not cell.is_header]
        for found in page.tables
        for row in range(found.rows)
    ]
    heads: dict[int, str] = {}
    marked = {cell.column for found in page.tables for cell in found.cells if cell.low_confidence}
    for cell in (cell for found in page.tables for cell in found.cells if cell.is_header):
        heads[cell.column] = f"{heads.get(cell.column, '')} {cell.text}".strip()
    for label, figures in table.rows:
        cells = next((cells for cells in read if [c.text.lstrip("$") for c in cells] == [label, *figures]), None)
        count["whole"] += cells is not None
        for cell, period in zip(cells[1:] if cells else [], table.periods, strict=False):
            header = heads.get(cell.column, "")
            others = set[str]().union(*table.periods) - period
            is_other = not all(word in header for word in period) and any(word in header for word in others)
            count["right"] += all(word in header for word in period) and not any(word in header for word in others)
            count["wrong"] += is_other and cell.column not in marked
    return count


def test_no_figure_of_a_table_is_under_another_period_and_nearly_all_are_under_theirs() -> None:
    total = sum((judged(table, page_of(1, table.words, (612, 792))) for table in map(typeset, SEEDS)), Counter[str]())
    print(dict(total))
    assert total["wrong"] == 0
    assert total["whole"] >= LEAST_WHOLE * total["rows"]
    assert total["right"] >= LEAST_RIGHT * total["figures"]
