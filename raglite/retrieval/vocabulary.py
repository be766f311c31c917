"""What analysts call things and what filings print: words of a question, row labels, and the statement they live in.

Data, written by hand. A ratio stands for the rows it is computed from.
"""

from collections.abc import Iterator
from typing import NamedTuple

from raglite.model import Statement

VOCABULARY_VERSION = 1


class Metric(NamedTuple):
    """Something a question may ask for. `words` are matched whole, in lower case; the longest match wins."""

    words: tuple[str, ...]
    labels: tuple[str, ...]
    statements: tuple[Statement, ...]


# Words and [statements] on one line, the row labels to look for on the next.
_TABLE = """
capital expenditure; capital expenditures; capex; capital spending [cash]
  purchases of property, plant and equipment; additions to property and equipment; capital expenditures
capital intensive; capital-intensive; capital intensity [cash balance income]
  capital expenditures; property, plant and equipment, net; total assets; revenue
pp&e; ppe; ppne; pp&ne; fixed assets; property, plant and equipment; property, plant, and equipment [balance]
  property, plant and equipment, net; property and equipment, net
fixed asset turnover [balance income]
  property, plant and equipment, net; property and equipment, net; net revenues; net sales
asset turnover [balance income]
  total assets; net revenues; net sales
inventory turnover; days inventory; dio [balance income]
  inventories; cost of sales; cost of goods sold
cash conversion cycle [balance income]
  inventories; accounts receivable, net; accounts payable; cost of sales; revenues
receivables turnover; days sales outstanding; dso [balance income]
  accounts receivable, net; net sales
days payable outstanding; dpo [balance income]
  accounts payable; cost of sales; inventories
inventory; inventories [balance]
  inventories; merchandise inventories
quick ratio; acid test [balance]
  total current assets; total current liabilities; inventories; cash and cash equivalents; receivables
current ratio; working capital; net working capital; liquidity profile [balance]
  total current assets; total current liabilities
current assets [balance]
  total current assets
current liabilities [balance]
  total current liabilities
total assets [balance]
  total assets
total liabilities [balance]
  total liabilities
accounts payable; trade payables [balance]
  accounts payable; trade payables
accounts receivable; receivables [balance]
  accounts receivable, net; trade receivables, net
goodwill [balance]
  goodwill
capitalization ratio; debt to capital; debt-to-capital [balance]
  long-term debt; current portion of long-term debt; total shareholders' equity
debt to equity; debt-to-equity; leverage ratio [balance]
  long-term debt; short-term debt; total shareholders' equity
debt on balance sheet; total debt [balance]
  long-term debt; debt maturing within one year; short-term debt
shareholders' equity; stockholders' equity; book value [balance]
  total shareholders' equity
cash and cash equivalents; cash & cash equivalents; cash balance [balance cash]
  cash and cash equivalents
roa; return on assets [balance income]
  net income; net earnings; total assets
roe; return on equity [balance income]
  net income; net earnings; total shareholders' equity
revenue; revenues; net sales; top line; topline; sales [income]
  net revenues; net sales; total revenues
gross margin; gross margins; gross profit; gross profit margin [income]
  gross profit; cost of sales; net sales; revenues
operating margin; operating income; operating profit; ebit [income]
  operating income; earnings from operations; operating profit
ebitda [income cash]
  operating income; depreciation and amortization; earnings before interest
net income; net profit; net earnings; net profit margin; net margin; bottom line; profitability [income]
  net income; net earnings; net income attributable to
eps; earnings per share [income]
  earnings per share; diluted; basic
cogs; cost of goods sold; cost of sales; cost of revenue [income]
  cost of sales; cost of goods sold; cost of revenue
sg&a; selling, general and administrative [income]
  selling, general and administrative expenses
r&d; research and development [income]
  research and development; product development
effective tax rate; tax rate; income taxes [income]
  income before income taxes; provision for income taxes; effective tax rate
interest coverage; interest coverage ratio [income]
  interest expense; operating income; interest expense, net
interest expense [income]
  interest expense
operating cash flow; cash from operations; cash flow from operations; operating activities [cash]
  net cash provided by operating activities
operating cash flow ratio [cash balance]
  net cash provided by operating activities; total current liabilities
cash flow to total debt; cash flow to debt [cash balance]
  net cash provided by operating activities; long-term debt; total liabilities
free cash flow; free cashflow; fcf; cash conversion; cashflow conversion [cash]
  net cash provided by operating activities; purchases of property and equipment; net income
financing activities; investing activities [cash]
  net cash; financing activities; investing activities
depreciation; amortization; d&a [cash]
  depreciation and amortization
dividend payout; dividends paid; paid dividends [cash]
  dividends paid; cash dividends
stock repurchase; share repurchase; share buyback; buybacks; repurchase [cash]
  repurchases of common stock
"""
_STATEMENTS = {
    "income": Statement.INCOME_STATEMENT,
    "balance": Statement.BALANCE_SHEET,
    "cash": Statement.CASH_FLOW_STATEMENT,
}


def _metrics(table: str) -> Iterator[Metric]:
    lines = table.strip().splitlines()
    for named, labels in zip(lines[::2], lines[1::2], strict=True):
        words, _, statements = named.removesuffix("]").partition(" [")
        found = tuple(_STATEMENTS[statement] for statement in statements.split())
        yield Metric(tuple(words.split("; ")), tuple(labels.strip().split("; ")), found)


METRICS = tuple(_metrics(_TABLE))

STATEMENT_WORDS = (
    (Statement.CASH_FLOW_STATEMENT, ("cash flow statement", "cashflow statement", "statement of cash flow")),
    (
        Statement.INCOME_STATEMENT,
        ("income statement", "statement of income", "statement of operation", "statement of earning", "p&l"),
    ),
    (Statement.BALANCE_SHEET, ("balance sheet", "statement of financial position")),
    (Statement.COMPREHENSIVE_INCOME, ("statement of comprehensive income", "comprehensive income")),
    (Statement.CHANGES_IN_EQUITY, ("changes in equity", "statement of shareholders' equity", "stockholders' equity")),
)

# Words that say: not the primary statements, but a note, a segment table or a reconciliation.
ELSEWHERE = ("adjusted", "non-gaap", "non gaap", "segment", "region", "geographic", "categorie", "category", "exclude")

FORM_WORDS = (
    ("10-K", ("10-k", "10k", "annual report")),
    ("10-Q", ("10-q", "10q", "quarterly report")),
    ("8-K", ("8-k", "8k", "current report")),
    ("20-F", ("20-f", "20f")),
    ("release", ("earnings release", "press release")),
)
