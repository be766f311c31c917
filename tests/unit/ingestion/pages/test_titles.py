import pytest

from raglite.ingestion.pages.titles import statement_title
from raglite.model import Statement

TITLES = {
    Statement.INCOME_STATEMENT: """Group income statement for the year ended 31 December 2022
Consolidated statement of profit or loss
Consolidated Statement of Profit or Loss and Other Comprehensive Income
Consolidated profit and loss account
STATEMENTS OF CONSOLIDATED OPERATIONS
Orchard & Mills Company Consolidated Statements of Earnings
CONSOLIDATED STATEMENTS OF (LOSS) INCOME
1. Consolidated income statement""",
    Statement.BALANCE_SHEET: """Group balance sheet at 31 March 2023
Parent company statement of financial position
Condensed Consolidated Balance Sheets (Unaudited) (in thousands)
Consolidated Balance Sheet   31 December 2022   Notes
Consolidated Statements of Financial Condition""",
    Statement.CASH_FLOW_STATEMENT: """Group cash flow statement for the 52 weeks ended 25 February 2023
Condensed consolidated interim statement of cash flows (unaudited)
Consolidated Statements of Cash Flows - Continued
Consolidated Statement of Cash Flow s""",
    Statement.COMPREHENSIVE_INCOME: """CONSOLIDATED STATEMENTS OF COMPREHENSIVE INCOME (LOSS)
Consolidated statement of recognised income and expense""",
    Statement.CHANGES_IN_EQUITY: """Interim condensed consolidated statements of changes in equity
Consolidated Statements of Stockholders\u2019 Equity
Consolidated Statements of Partners' Capital""",
}


@pytest.mark.parametrize(
    ("line", "statement"), [(line, statement) for statement, some in TITLES.items() for line in some.splitlines()]
)
def test_a_title_names_its_statement(line: str, statement: Statement) -> None:
    assert statement_title(["Orchard Mills plc", line]) == (statement, 1)


@pytest.mark.parametrize(
    "line",
    """The Consolidated Balance Sheets.
Balance Sheet Information
Supplemental balance sheet information related to leases is as follows:
Statement of Operations Data (1):
Statement of Income for Obligor Group
Impact on consolidated balance sheet
Balance sheet management
Cash flow statement review
Average balance sheets
Segment income statement
Condensed Consolidating Statement of Income
See accompanying notes to consolidated statements of cash flows
Consolidated Balance Sheets ......... 52
Consolidated Statements of Cash Flows 57
in the consolidated statement of income and were""".splitlines(),
)
def test_what_only_mentions_a_statement_is_no_title(line: str) -> None:
    assert statement_title([line]) is None


def test_below_a_heading_of_notes_nothing_is_a_title() -> None:
    assert statement_title(["Notes to Consolidated Financial Statements", "Consolidated Balance Sheets"]) is None


def test_a_title_may_be_broken_over_two_lines() -> None:
    lines = ["CONSOLIDATED STATEMENTS OF COMPREHENSIVE", "INCOME"]
    assert statement_title(lines) == (Statement.COMPREHENSIVE_INCOME, 0)
