"""Tables that go on: below a line that cuts them, and on the next page."""

from raglite.ingestion.pages.continued import joined
from raglite.ingestion.pages.layout import page_of
from raglite.ingestion.pages.statement_pages import statement_pages
from raglite.model import Page, Statement, Table
from tests.unit.ingestion.pages.drawn import words

FIRST = """
                    Consolidated Balance Sheets
                                              2023        2022
Cash and cash equivalents                      100          90
Inventories                                     50          40
Goodwill                                        20          20
Total assets                                   170         150
"""
SECOND = """
Orchard Mills plc
Accounts payable                                60          50
Accrued liabilities                             30          30
Retained earnings                               80          70
Total liabilities and equity                   170         150
"""


def pages(*drawings: str) -> list[Page]:
    return [page_of(number, words(drawing), (612, 792)) for number, drawing in enumerate(drawings, 1)]


def heads(table: Table) -> list[tuple[int, int, str]]:
    return [(cell.row, cell.column, cell.text) for cell in table.cells if cell.is_header]


def test_a_table_that_goes_on_on_the_next_page_gets_its_headers() -> None:
    _, second = joined(pages(FIRST, SECOND))
    (table,) = second.tables
    assert heads(table) == [(0, 1, "2023"), (0, 2, "2022")]
    assert {cell.box for cell in table.cells if cell.is_header} == {None}
    assert [(cell.row, cell.text) for cell in table.cells if cell.text == "Accounts payable"] == [
        (1, "Accounts payable")
    ]
    assert table.rows == 5


def test_a_table_with_headers_of_its_own_keeps_them() -> None:
    own = SECOND.replace("Orchard Mills plc", "                                              2021        2020")
    _, second = joined(pages(FIRST, own))
    assert heads(second.tables[0]) == [(0, 1, "2021"), (0, 2, "2020")]


def test_other_columns_or_prose_between_begin_another_table() -> None:
    shifted = SECOND.replace("            60", "60            ").replace(
        "            30          30", "30            30"
    )
    prose = SECOND.replace("Orchard Mills plc", "We owe this to many and " + "to all of them " * 12)
    for drawing in (prose, "\n".join(line.replace("   ", "    ", 1) + "   5" for line in shifted.splitlines())):
        _, second = joined(pages(FIRST, drawing))
        assert [heads(table) for table in second.tables if heads(table)] == []


def test_a_table_that_a_title_cuts_keeps_the_headers_above() -> None:
    drawing = (
        FIRST
        + "\n                    LIABILITIES AND STOCKHOLDERS' EQUITY AND ALL THE REST\n"
        + SECOND.split("plc\n")[1]
    )
    (page,) = pages(drawing)
    assert [[text for _, _, text in heads(table)] for table in page.tables] == [["2023", "2022"]] * len(page.tables)


def test_a_statement_goes_on_over_a_page_without_a_title() -> None:
    found = statement_pages(joined(pages(FIRST, SECOND, "Cash was spent on many things, as we said. " * 3)))
    assert found == {1: Statement.BALANCE_SHEET, 2: Statement.BALANCE_SHEET}
