"""Glossy pages, set at random: every column is read by itself, and its tables keep their labels and headers."""

import pytest

from raglite.ingestion.pages.layout import page_of
from raglite.model import Cell, Page, Table
from tests.unit.ingestion.pages.glossy import BOTTOM, MARGIN, TOP, Column, GlossyPage, Kind, Setter, glossy_page

SEEDS = range(6)


def two(by: Setter) -> list[Column]:
    return [column.prose(BOTTOM) for column in by.columns(2)]


def three_of_different_heights(by: Setter) -> list[Column]:
    return [column.prose(by.random.randint(300, int(BOTTOM))) for column in by.columns(3)]


def lists(by: Setter) -> list[Column]:
    return [column.prose(BOTTOM, bullets=0.6) for column in by.columns(2)]


def table_beside_prose(by: Setter) -> list[Column]:
    left, right = by.columns(2)
    if by.random.random() < 0.5:
        return [left.prose(BOTTOM), right.table(10).prose(BOTTOM)]
    return [left.table(12), right.prose(BOTTOM)]


def tables_between_prose(by: Setter) -> list[Column]:
    return [column.prose(200).table(6).prose(520).table(5) for column in by.columns(2)]


def table_in_one_of_three(by: Setter) -> list[Column]:
    one, middle, other = by.columns(3)
    return [one.prose(BOTTOM), middle.prose(220).table(6).prose(BOTTOM), other.prose(BOTTOM)]


def headings_across(by: Setter) -> list[Column]:
    upper = [by.heading(TOP), *(column.prose(400) for column in by.columns(2, TOP + 30))]
    return [*upper, by.heading(430), *(column.prose(BOTTOM) for column in by.columns(3, 460))]


def table_across_below(by: Setter) -> list[Column]:
    table = by.columns(1, 440)[0]
    return [*(column.prose(410) for column in by.columns(2)), table.table(8, columns=by.random.choice([2, 3, 5]))]


def table_across_above(by: Setter) -> list[Column]:
    table = by.columns(1)[0].table(8, columns=by.random.choice([2, 3]))
    return [table, *(column.prose(BOTTOM) for column in by.columns(2, table.at + 10))]


def lines_apart(by: Setter) -> list[Column]:
    left, right = by.columns(2)
    right.size, right.leading, right.at = 0.9 * left.size, 1.07 * left.leading, left.at + by.random.choice([2, 5])
    return [left.prose(BOTTOM), right.prose(BOTTOM)]


def side_bar(by: Setter) -> list[Column]:
    bar = by.column(MARGIN, 110, TOP + 3)
    bar.size, bar.leading = 1.3 * bar.size, 1.45 * bar.size
    for _ in range(5):
        bar.line(f"\u00a3{by.random.randint(100, 999)} million", bold=True)
        bar.line("of net revenue")
        bar.at += 1.35 * bar.size
    return [bar, by.column(MARGIN + 110 + by.gutter, 380).prose(BOTTOM)]


def facing_pages(by: Setter) -> list[Column]:
    return [
        column
        for sheet in (0, 1)
        for column in (
            by.heading(TOP, sheet),
            *(one.prose(BOTTOM) for one in by.columns(by.random.choice([1, 2, 3]), TOP + 30, sheet)),
        )
    ]


def facing_statements(by: Setter) -> list[Column]:
    return [one for sheet in (0, 1) for one in (by.heading(TOP, sheet), by.columns(1, TOP + 40, sheet)[0].table(16))]


ONE_SHEET = (two, three_of_different_heights, lists, table_beside_prose, tables_between_prose, table_in_one_of_three,
             headings_across, table_across_below, table_across_above, lines_apart, side_bar)  # fmt: skip
KINDS = [*((kind, 1) for kind in ONE_SHEET), (facing_pages, 2), (facing_statements, 2)]


@pytest.mark.parametrize(("kind", "sheets"), KINDS, ids=lambda value: getattr(value, "__name__", None))
def test_columns_are_read_one_after_the_other_and_tables_keep_their_rows(kind: Kind, sheets: int) -> None:
    for seed in SEEDS:
        page = glossy_page(kind, seed, sheets=sheets)
        read = page_of(1, page.words, page.size)
        assert " ".join(read.text.split()) == page.order
        assert rows(read) == expected(page)


def expected(page: GlossyPage) -> list[tuple[str, list[str], list[str]]]:
    return [(label, figures, years) for label, figures, years in page.rows]


def rows(page: Page) -> list[tuple[str, list[str], list[str]]]:
    return [row for table in page.tables for row in table_rows(table)]


def table_rows(table: Table) -> list[tuple[str, list[str], list[str]]]:
    heads = {cell.column: cell.text for cell in table.cells if cell.is_header}
    assert not any(cell.low_confidence for cell in table.cells)
    body: dict[int, list[Cell]] = {}
    for cell in table.cells:
        if not cell.is_header:
            body.setdefault(cell.row, []).append(cell)
    return [
        (label.text, [cell.text for cell in figures], [heads[cell.column] for cell in figures])
        for label, *figures in body.values()
    ]
