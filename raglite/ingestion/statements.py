"""Which financial statement a page or table is: title near its top, its own line items, and many numbers.

All three are asked for, because notes and contents pages name the statements too. Titles and items are compared as
bare lower-case letters ("Cash Flow s" is "cashflows"), since extracted text breaks words at odd places.
"""

import re
from collections.abc import Sequence

from raglite.model import Statement

VOCABULARY_VERSION = 1
TITLE_LINES = 15  # a running header, the company's name and a title over two lines fit well into these
LONGEST_TITLE = 140
FEWEST_ITEMS = 4
LEAST_NUMBER_DENSITY = 0.35

_OF = r"statements?of(?:consolidated|condensed)?"
# In order of precedence where one line names two: "operations and comprehensive income" is an income statement.
_TITLES: tuple[tuple[Statement, re.Pattern[str]], ...] = (
    (Statement.CASH_FLOW_STATEMENT, re.compile(rf"{_OF}cashflows?|cashflows?statements?")),
    (
        Statement.INCOME_STATEMENT,
        re.compile(
            rf"{_OF}(?:net)?(?:income|operations|earnings|loss|profit(?:or|and)loss)|incomestatements?|profitandlossaccount"
        ),
    ),
    (Statement.COMPREHENSIVE_INCOME, re.compile(rf"{_OF}(?:other)?comprehensive(?:income|loss|earnings)")),
    (Statement.BALANCE_SHEET, re.compile(rf"balancesheets?|{_OF}financial(?:position|condition)")),
    (
        Statement.CHANGES_IN_EQUITY,
        re.compile(
            rf"{_OF}(?:changesin)?(?:total)?(?:share(?:holders|owners)|stockholders)?(?:equity|deficit|investment)"
        ),
    ),
)
_ITEMS: dict[Statement, tuple[str, ...]] = {
    Statement.INCOME_STATEMENT: (
        "revenue", "netsales", "costofsales", "costofrevenue", "costofgoodssold", "costsandexpenses",
        "grossprofit", "grossmargin", "sellinggeneral", "researchanddevelopment", "operatingincome",
        "operatingprofit", "operatingexpenses", "earningsfromoperations", "interestexpense",
        "interestincome", "otherincome", "beforeincometax", "beforeprovision", "incometax", "netincome",
        "netearnings", "netloss", "pershare", "basic", "diluted", "weightedaverage",
        "depreciationandamortization", "profitfortheyear", "dividends",
    ),
    Statement.COMPREHENSIVE_INCOME: (
        "netincome", "netearnings", "comprehensiveincome", "comprehensiveloss", "othercomprehensive",
        "foreigncurrency", "translation", "cashflowhedge", "hedg", "pension", "postretirement",
        "unrealized", "reclassif", "netoftax", "noncontrolling", "derivative",
    ),
    Statement.BALANCE_SHEET: (
        "currentassets", "totalassets", "cashandcash", "receivable", "inventor", "prepaid", "propertyplant",
        "propertyandequipment", "goodwill", "intangible", "currentliabilities", "totalliabilities",
        "accountspayable", "accrued", "longtermdebt", "deferred", "retainedearnings", "treasury",
        "additionalpaidin", "accumulatedother", "commonstock", "equity", "noncontrolling", "leaseliabilit",
        "ordinaryshares",
    ),
    Statement.CASH_FLOW_STATEMENT: (
        "operatingactivities", "investingactivities", "financingactivities", "depreciation", "deferred",
        "stockbased", "sharebased", "purchasesofproperty", "capitalexpenditures", "additionstoproperty",
        "proceedsfrom", "repayment", "dividendspaid", "repurchase", "effectofexchange", "beginningof",
        "endof", "netincome", "netearnings", "accountspayable", "inventor", "changesin", "acquisition",
        "supplemental", "cashpaid",
    ),
    Statement.CHANGES_IN_EQUITY: (
        "balance", "netincome", "netearnings", "dividends", "repurchase", "stockbased", "sharebased",
        "comprehensive", "issuance", "treasury", "commonstock", "retained", "paidin", "noncontrolling",
        "ordinaryshares", "cumulativeeffect", "stockissued",
    ),
}  # fmt: skip
_NOT_A_STATEMENT = re.compile(r"^(?:notesto|note\d|reconciliation|selectedfinancial)|consolidating")
_NUMBER = re.compile(r"\(?\$?\(?\d[\d,]*(?:\.\d+)?\)?|[-\u2013\u2014]")  # a figure, or the dash that stands for none
_CONTENTS_LINE = re.compile(r"(?:\.{3,}|(?:\. ){3,}|\s)\s?(?:F-)?\d{1,3}\s*$")
_LEADER_TO_A_PAGE = re.compile(r"[^\d](?:\.{3,}|(?:\. ){3,})\s?(?:F-)?\d{1,3}\s*$")


def statement_of(text: str) -> Statement | None:
    """Return which statement a page's or a table's text is; None if it is none."""
    lines = [stripped for line in text.splitlines() if (stripped := line.strip())]
    found = statement_title(lines)
    if not found:
        return None
    statement, title = found
    rows = lines[title + 1 :]
    return statement if _has_items(rows, statement) and _is_dense(rows) else None


def statement_title(lines: Sequence[str]) -> tuple[Statement, int] | None:
    """Return the statement that one of the first lines is titled as, and that line's index; None if there is none."""
    for index, line in enumerate(lines[:TITLE_LINES]):
        letters = squeezed(line)
        if _NOT_A_STATEMENT.search(letters):
            return None
        if len(line) <= LONGEST_TITLE and not _CONTENTS_LINE.search(line):
            statement = _titled(letters) or _titled_over_two(letters, lines[index + 1 : index + 2])
            if statement:
                return statement, index
    return None


def squeezed(text: str) -> str:
    """Return the letters and digits of `text` alone, in lower case."""
    return re.sub(r"[^a-z0-9]", "", text[:400].lower())


def _titled(letters: str) -> Statement | None:
    return next((statement for statement, pattern in _TITLES if pattern.search(letters)), None)


def _titled_over_two(letters: str, following: Sequence[str]) -> Statement | None:
    """Read a title that is broken before its last words: "consolidated statements of" / "cash flows"."""
    if not re.search(r"statements?of|comprehensive$|balance$", letters[-30:]) or not following:
        return None
    return _titled(letters + squeezed(following[0])) if len(following[0]) <= LONGEST_TITLE // 2 else None


def _has_items(rows: Sequence[str], statement: Statement) -> bool:
    labels = "\n".join(map(squeezed, rows))
    return sum(item in labels for item in _ITEMS[statement]) >= FEWEST_ITEMS


def _is_dense(rows: Sequence[str]) -> bool:
    """Tell whether enough lines end in figures; contents pages, whose lines end in page numbers, do not count."""
    figures = sum(1 for row in rows if _ends_in_figures(row))
    return bool(rows) and figures / len(rows) >= LEAST_NUMBER_DENSITY


def _ends_in_figures(row: str) -> bool:
    words = row.replace("|", " ").split()
    return bool(words) and bool(_NUMBER.fullmatch(words[-1].rstrip("%"))) and not _LEADER_TO_A_PAGE.search(row)
