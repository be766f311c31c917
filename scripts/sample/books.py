"""A made-up company's figures: from what its TOML file gives, every total, so that statements and prose agree.

Amounts are millions. A balance sheet is rolled forward from the opening one, so it balances by construction.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Column = dict[str, float]
Books = dict[str, Column]  # by the name of the period
BALANCES = ("receivables", "inventories", "prepaid", "payables", "accrued", "current_debt")


def read_books(path: Path) -> Books:
    """Return each period's income statement and, where its balances are given, its cash flows and balance sheet."""
    given = tomllib.loads(path.read_text(encoding="utf-8"))
    books: Books = {}
    before = opened(given["opening"])
    for name, inputs in _columns(given["periods"]).items():
        before = books[name] = rolled(before, income(inputs))
    for name, inputs in _columns(given.get("income_only", {"columns": []})).items():
        books[name] = income(inputs)
    return books


def income(inputs: Mapping[str, float]) -> Column:
    """Return a period's inputs and what its income statement adds up to."""
    column = dict(inputs)
    column["gross_profit"] = column["net_sales"] - column["cost_of_sales"]
    column["operating_expenses"] = column["research"] + column["selling"]
    column["operating_income"] = column["gross_profit"] - column["operating_expenses"]
    column["pretax"] = column["operating_income"] - column["interest_expense"] + column["other_income"]
    column["net_income"] = column["pretax"] - column["income_taxes"]
    for kind in ("basic", "diluted"):
        column[f"eps_{kind}"] = round(column["net_income"] / column[f"shares_{kind}"], 2)
    return column


def rolled(before: Column, period: Column) -> Column:
    """Return a period with its cash flows and with the balance sheet at its end."""
    column = dict(period)
    for name in BALANCES:
        column[f"change_in_{name}"] = column[name] - before[name]
    tied_up = sum(column[f"change_in_{name}"] for name in ("receivables", "inventories", "prepaid"))
    owed = column["change_in_payables"] + column["change_in_accrued"]
    column["operating_cash"] = column["net_income"] + column["depreciation"] + column["stock_compensation"]
    column["operating_cash"] += owed - tied_up
    column["investing_cash"] = -column["capital_expenditures"] - column["acquisitions"]
    column["financing_cash"] = column["debt_issued"] - column["debt_repaid"] - column["dividends"] - column["buybacks"]
    column["change_in_cash"] = column["operating_cash"] + column["investing_cash"] + column["financing_cash"]
    column["opening_cash"] = before["cash"]
    column["cash"] = before["cash"] + column["change_in_cash"]
    column["property"] = before["property"] + column["capital_expenditures"] - column["depreciation"]
    column["goodwill"] = before["goodwill"] + column["acquisitions"]
    column["debt"] = before["debt"] + column["debt_issued"] - column["debt_repaid"]
    column["other_liabilities"] = before["other_liabilities"]
    column["paid_in"] = before["paid_in"] + column["stock_compensation"]
    column["retained"] = before["retained"] + column["net_income"] - column["dividends"]
    column["treasury"] = before["treasury"] + column["buybacks"]
    return _totalled(column)


def opened(given: Mapping[str, float]) -> Column:
    """Complete the opening balance sheet: what was retained before is what makes it balance."""
    column: Column = {"current_debt": 0, **given, "retained": 0}
    unbalanced = _totalled(column)
    column["retained"] = unbalanced["total_assets"] - unbalanced["total_liabilities_and_equity"]
    return _totalled(column)


def _totalled(column: Column) -> Column:
    column["current_assets"] = sum(column[name] for name in ("cash", "receivables", "inventories", "prepaid"))
    column["total_assets"] = column["current_assets"] + column["property"] + column["goodwill"]
    column["current_liabilities"] = sum(column[name] for name in ("payables", "accrued", "current_debt"))
    column["long_term_debt"] = column["debt"] - column["current_debt"]
    column["total_liabilities"] = sum(
        column[name] for name in ("current_liabilities", "long_term_debt", "other_liabilities")
    )
    column["equity"] = column["paid_in"] + column["retained"] - column["treasury"]
    column["total_liabilities_and_equity"] = column["total_liabilities"] + column["equity"]
    return column


def _columns(table: Mapping[str, Any]) -> Books:
    rows = {name: values for name, values in table.items() if name != "columns"}
    return {
        column: {name: values[place] for name, values in rows.items()} for place, column in enumerate(table["columns"])
    }
