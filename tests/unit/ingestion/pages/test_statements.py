"""Statements by title, items and numbers. The figures are made up."""

import pytest

from raglite.ingestion.pages.statements import statement_of
from raglite.model import Statement

BALANCE = """ORCHARD MILLS, INC.
CONSOLIDATED BALANCE SHEETS
(In millions) December 31, 2022 December 31, 2021
Current assets
Cash and cash equivalents $ 100 $ 90
Accounts receivable, net 50 40
Inventories 30 20
Total current assets 180 150
Goodwill 20 20
Total assets $ 200 $ 170
Accounts payable 60 50
Total liabilities and shareholders' equity $ 200 $ 170
"""
CASH = """Consolidated Statement of Cash Flow s
Years ended December 31 2022 2021
Net income 20 15
Depreciation and amortization 5 5
Net cash provided by operating activities 25 20
Purchases of property, plant and equipment (7) (6)
Net cash used in investing activities (7) (6)
Dividends paid (4) —
Net cash used in financing activities (4) (3)
"""
INCOME = """Consolidated Statements of Operations and Comprehensive Income
2022 2021
Net sales $ 300 $ 250
Cost of sales 200 170
Gross profit 100 80
Operating income 40 30
Interest expense 5 5
Income before income taxes 35 25
Net income $ 28 $ 20
"""


@pytest.mark.parametrize(
    ("text", "statement"),
    [(BALANCE, Statement.BALANCE_SHEET), (CASH, Statement.CASH_FLOW_STATEMENT), (INCOME, Statement.INCOME_STATEMENT)],
)
def test_a_statement_is_known_by_title_items_and_numbers(text: str, statement: Statement) -> None:
    assert statement_of(text) == statement


def test_dot_leaders_before_figures_do_not_hide_a_statement() -> None:
    assert statement_of(BALANCE.replace(" $ 100", "............... $ 1,100")) == Statement.BALANCE_SHEET


def test_a_title_may_stand_far_to_the_right() -> None:
    assert statement_of(" " * 150 + BALANCE.replace("\n", "\n" + " " * 150)) is Statement.BALANCE_SHEET


def test_a_title_may_be_broken_over_two_lines() -> None:
    broken = CASH.replace("Statement of Cash Flow s", "Statements of\nCash Flows")
    assert statement_of(broken) == Statement.CASH_FLOW_STATEMENT


def test_a_page_of_prose_about_the_balance_sheet_is_no_statement() -> None:
    prose = "Balance Sheet\n" + "Cash, receivables, inventories, goodwill and total assets rose during the year.\n" * 9
    assert statement_of(prose) is None


def test_notes_are_no_statement() -> None:
    assert statement_of("NOTES TO CONSOLIDATED FINANCIAL STATEMENTS\n" + BALANCE) is None


def test_a_table_of_contents_is_no_statement() -> None:
    contents = (
        "Index\nConsolidated Balance Sheets ........ 52\nTotal assets 53\nInventories 54\nGoodwill 55\nReceivables 56\n"
    )
    assert statement_of(contents) is None


def test_a_table_without_the_statements_own_rows_is_none() -> None:
    assert statement_of("Balance sheet\n" + "Widgets shipped 10 20\n" * 9) is None


@pytest.mark.parametrize("text", ["", "\n\n", "balance sheet", "x" * 100_000, "balance sheet\n" * 10_000])
def test_text_without_rows_is_none(text: str) -> None:
    assert statement_of(text) is None
