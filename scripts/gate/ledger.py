"""Every company's figures for every quarter and year, grown from a seed, consistent by construction.

Quarters are drawn, years are their sums; a balance sheet is rolled forward by sample.books, so it balances and its cash
is what the cash flows leave. A company may restate a year in the next year's report.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scripts.gate.companies import Company
from scripts.sample.books import BALANCES, Books, Column, income, opened, rolled

FIRST_YEAR, LAST_YEAR = 2019, 2024
QUARTERS = (1, 2, 3, 4)
FLOWS = (
    "net_sales cost_of_sales research selling interest_expense other_income income_taxes depreciation "
    "stock_compensation capital_expenditures acquisitions debt_issued debt_repaid dividends buybacks"
).split()
SHARES = ("shares_basic", "shares_diluted")


@dataclass(frozen=True)
class Ledger:
    """A company's books by period: `2023`, `2023Q2`, and `2023YTD2` for its first two quarters."""

    books: Books
    restated: Books  # a year as the next year's report states it, where that differs

    def column(self, period: str, *, as_of: int | None = None) -> Column:
        """Return a period's figures as the report of fiscal year `as_of` states them."""
        was_restated = as_of is not None and period in self.restated and as_of > int(period)
        return (self.restated if was_restated else self.books)[period]


def keep(company: Company, seed: int) -> Ledger:
    """Return a company's ledger; the same seed gives the same figures."""
    dice = random.Random(f"{seed}/{company.slug}")  # noqa: S311  made-up figures, no secrets
    shape = company.shape
    books: Books = {}
    before = last_year = _opening(shape)
    sales = float(shape["sales"])
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        sales *= 1 + shape["growth"] + dice.uniform(-0.06, 0.06)
        quarters = [_drawn(shape, sales, quarter, dice) for quarter in QUARTERS]
        for quarter, drawn in zip(QUARTERS, quarters, strict=True):
            before = books[f"{year}Q{quarter}"] = rolled(before, income(drawn))
            books[f"{year}YTD{quarter}"] = rolled(last_year, income(_summed(quarters[:quarter])))
        last_year = books[str(year)] = books[f"{year}YTD4"]
    return Ledger(books, _restated(books, shape.get("restated", {})))


def _drawn(shape: Mapping[str, Any], sales: float, quarter: int, dice: random.Random) -> Column:
    """Return one quarter's inputs; amounts are whole, in the company's scale."""

    def part(name: str, whole: float, spread: float = 0.06) -> float:
        return float(round(whole * shape.get(name, 0) * dice.uniform(1 - spread, 1 + spread)))

    quarterly = round(sales * shape.get("season", [0.25] * 4)[quarter - 1])
    column: Column = {"net_sales": quarterly}
    for name in ("cost_of_sales", "research", "selling", "depreciation", "stock_compensation"):
        column[name] = part(name, quarterly)
    for name in ("interest_expense", "other_income", "dividends"):
        column[name] = part(name, sales / 4)
    for name in ("capital_expenditures", "debt_repaid", "buybacks"):
        column[name] = part(name, sales / 4, 0.3)
    column["acquisitions"] = part("acquisitions", sales) if dice.random() < shape.get("buys", 0) else 0
    column["debt_issued"] = part("debt_issued", sales) if quarter == 2 else 0  # noqa: PLR2004  in spring
    before_tax = income({**column, "income_taxes": 0, "shares_basic": 1, "shares_diluted": 1})["pretax"]
    column["income_taxes"] = max(0.0, part("tax", before_tax, 0.12))
    for name in BALANCES:
        column[name] = part(name, sales, 0.12)
    column["shares_basic"] = round(shape["shares"] * dice.uniform(0.98, 1.02), 1)
    column["shares_diluted"] = round(column["shares_basic"] * shape.get("dilution", 1.012), 1)
    return column


def _summed(quarters: Iterable[Column]) -> Column:
    columns = list(quarters)
    total = {name: sum(column[name] for column in columns) for name in FLOWS}
    closing = {name: columns[-1][name] for name in BALANCES}
    shares = {name: round(sum(column[name] for column in columns) / len(columns), 1) for name in SHARES}
    return total | closing | shares


def _opening(shape: Mapping[str, Any]) -> Column:
    sales = shape["sales"]
    given = {name: float(round(sales * shape.get(name, 0))) for name in BALANCES}
    for name in ("cash", "property", "goodwill", "debt", "other_liabilities", "paid_in", "treasury"):
        given[name] = float(round(sales * shape["opening"].get(name, 0)))
    return opened(given)


def _restated(books: Books, moved: Mapping[str, Any]) -> Books:
    """Move amounts between rows: `{2022: {from, to, amount}}`. Net income, and so the balance sheet, stays."""
    restated: Books = {}
    for year, move in moved.items():
        column = dict(books[year])
        for name, sign in ((move["from"], -1), (move["to"], move.get("sign", 1))):
            column[name] += sign * move["amount"]
        restated[year] = column | income({name: column[name] for name in (*FLOWS, *SHARES)})
    return restated
