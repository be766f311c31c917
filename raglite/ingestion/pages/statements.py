"""Which financial statement a page or table is: title near its top, its own line items, and many numbers.

All three are asked for, because notes and contents pages name the statements too.
"""

import re
from collections.abc import Sequence

from raglite.ingestion.pages.titles import squeezed, statement_title
from raglite.model import Statement

__all__ = ["is_part_of", "squeezed", "statement_of", "statement_title"]

FEWEST_ITEMS = 4
LEAST_NUMBER_DENSITY = 0.35
HEADER_LINES = 8  # below the title, in which columns are named

_ITEMS: dict[Statement, tuple[str, ...]] = {
    Statement.INCOME_STATEMENT: (
        "revenue", "netsales", "turnover", "costofsales", "costofrevenue", "costofgoodssold",
        "costsandexpenses", "grossprofit", "grossmargin", "sellinggeneral", "administrativeexpenses",
        "distribution", "researchanddevelopment", "operatingincome", "operatingprofit", "operatingexpenses",
        "earningsfromoperations", "interestexpense", "interestincome", "otherincome", "financecost",
        "financeincome", "beforeincometax", "beforeprovision", "beforetax", "incometax", "taxation",
        "netincome", "netearnings", "netloss", "netprofit", "pershare", "basic", "diluted", "weightedaverage",
        "depreciationandamorti", "profitfortheyear", "profitfortheperiod", "attributableto", "dividends",
        "noninterestincome", "provisionforcredit", "premiums", "claims", "employeebenefit",
    ),
    Statement.COMPREHENSIVE_INCOME: (
        "netincome", "netearnings", "profitforthe", "lossforthe", "comprehensiveincome", "comprehensiveloss",
        "othercomprehensive", "foreigncurrency", "translation", "exchangedifference", "cashflowhedge", "hedg",
        "pension", "postretirement", "definedbenefit", "remeasurement", "actuarial", "unrealized", "reclassif",
        "netoftax", "noncontrolling", "derivative", "attributableto", "availableforsale",
    ),
    Statement.BALANCE_SHEET: (
        "currentassets", "totalassets", "cashandcash", "receivable", "inventor", "prepaid", "propertyplant",
        "propertyandequipment", "goodwill", "intangible", "currentliabilities", "totalliabilities",
        "accountspayable", "payables", "accrued", "longtermdebt", "borrowings", "deferred", "provisions",
        "retainedearnings", "treasury", "additionalpaidin", "accumulatedother", "commonstock", "equity",
        "reserves", "noncontrolling", "leaseliabilit", "ordinaryshares", "sharecapital", "sharepremium",
        "netassets", "deposits", "loans", "securities", "investments",
    ),
    Statement.CASH_FLOW_STATEMENT: (
        "operatingactivities", "investingactivities", "financingactivities", "depreciation", "deferred",
        "stockbased", "sharebased", "purchasesofproperty", "purchaseofproperty", "capitalexpenditure",
        "additionstoproperty", "proceedsfrom", "repayment", "dividendspaid", "repurchase", "effectofexchange",
        "beginningof", "endof", "netincome", "netearnings", "profitbeforetax", "accountspayable", "inventor",
        "changesin", "acquisition", "supplemental", "cashpaid", "interestpaid", "taxpaid", "taxespaid",
        "cashgenerated", "workingcapital", "leaseliabilit", "increaseincash", "decreaseincash",
        "cashandcashequivalentsat",
    ),
    Statement.CHANGES_IN_EQUITY: (
        "balance", "netincome", "netearnings", "profitforthe", "dividend", "repurchase", "stockbased",
        "sharebased", "comprehensive", "issuance", "issueof", "treasury", "commonstock", "sharecapital",
        "retained", "paidin", "noncontrolling", "ordinaryshares", "cumulativeeffect", "stockissued",
        "transactionswith", "reserve",
    ),
}  # fmt: skip
_SALES = re.compile(r"^(?:total|net)?(?:revenues?|sales|netsales|turnover)(?:$|\d|from|net)")
_ADJUSTED = re.compile(
    r"\breported\b.*\b(?:restated|revised|adjusted|adjustments?|effects?|impact)\b", re.IGNORECASE | re.DOTALL
)
_NUMBER = re.compile(r"\(?\$?\(?\d[\d,]*(?:\.\d+)?\)?|[-\u2013\u2014]")  # a figure, or the dash that stands for none
_LEADER_TO_A_PAGE = re.compile(r"[^\d](?:\.{3,}|(?:\. ){3,})\s?(?:F-)?\d{1,3}\s*$")


def statement_of(text: str) -> Statement | None:
    """Return which statement a page's or a table's text is; None if it is none."""
    lines = [stripped for line in text.splitlines() if (stripped := line.strip())]
    found = statement_title(lines)
    if not found:
        return None
    statement, title = found
    rows = lines[title + 1 :]
    if not _has_items(rows, statement) or not _is_dense(rows) or _is_adjusted(rows):
        return None
    return Statement.INCOME_STATEMENT if _has_sales(rows, statement) else statement


def is_part_of(text: str, statement: Statement) -> bool:
    """Tell whether a text without a title may be the rest of a statement: its items, and figures."""
    rows = [stripped for line in text.splitlines() if (stripped := line.strip())]
    return _has_items(rows, statement) and _is_dense(rows)


def _has_items(rows: Sequence[str], statement: Statement) -> bool:
    labels = "\n".join(map(squeezed, rows))
    return sum(item in labels for item in _ITEMS[statement]) >= FEWEST_ITEMS


def _has_sales(rows: Sequence[str], statement: Statement) -> bool:
    """Tell whether a statement of comprehensive income is the only one, and begins with revenue."""
    return statement is Statement.COMPREHENSIVE_INCOME and any(_SALES.search(squeezed(row)) for row in rows)


def _is_adjusted(rows: Sequence[str]) -> bool:
    """Tell whether columns go from reported to restated figures: that explains a statement and is none."""
    return bool(_ADJUSTED.search("\n".join(row for row in rows[:HEADER_LINES] if not _ends_in_figures(row))))


def _is_dense(rows: Sequence[str]) -> bool:
    """Tell whether enough lines end in figures; contents pages, whose lines end in page numbers, do not count."""
    figures = sum(1 for row in rows if _ends_in_figures(row))
    return bool(rows) and figures / len(rows) >= LEAST_NUMBER_DENSITY


def _ends_in_figures(row: str) -> bool:
    words = row.replace("|", " ").split()
    return bool(words) and bool(_NUMBER.fullmatch(words[-1].rstrip("%"))) and not _LEADER_TO_A_PAGE.search(row)
