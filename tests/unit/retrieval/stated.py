"""Made-up statements as stated figures: a label, what heads it, and one value a column."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from raglite.model import DocumentVersion, Filing, StatedFigure, Statement, VersionState
from raglite.retrieval.figures.books import Books
from raglite.retrieval.figures.ledger import Ledger

INCOME, BALANCE, CASH = Statement.INCOME_STATEMENT, Statement.BALANCE_SHEET, Statement.CASH_FLOW_STATEMENT
MILLION = 1_000_000
YEAR_ENDS = (date(2022, 12, 31), date(2021, 12, 31), date(2020, 12, 31))
Rows = Sequence[tuple[str, Sequence[object]]]


@dataclass(frozen=True)
class Printed:
    """How a table is printed."""

    page: int = 10
    table: int = 0
    ends: Sequence[date] = YEAR_ENDS
    months: int = 12
    unit: str = "USD"
    scale: int = MILLION
    verified: bool = True
    low_confidence: bool = False


def table(statement: Statement | None, rows: Rows, printed: Printed = Printed()) -> list[StatedFigure]:
    """Return a table's figures; a label "Current assets > Cash" stands under a heading. None is an empty cell."""
    months = 0 if statement is BALANCE else printed.months
    return [
        StatedFigure(
            page=printed.page,
            table=printed.table,
            row=row,
            column=column,
            label=path.split(" > ")[-1],
            heading=tuple(path.split(" > ")[:-1]),
            column_header=str(end.year),
            statement=statement,
            period_end=end,
            months=months,
            text=str(value),
            value=Decimal(str(value)),
            unit=printed.unit,
            scale=printed.scale,
            verified=printed.verified,
            low_confidence=printed.low_confidence,
        )
        for row, (path, values) in enumerate(rows)
        for column, (end, value) in enumerate(zip(printed.ends, values, strict=False), 1)
        if value is not None
    ]


def statements(*, sales: Sequence[object] = (500, 400, 250)) -> list[StatedFigure]:
    """Return the three statements of a small company for 2022, 2021 and (not the balances) 2020."""
    income = [
        ("Net sales", sales),
        ("Cost of sales", (300, 260, 170)),
        ("Gross profit", (200, 140, 80)),
        ("Operating income", (90, 60, 30)),
        ("Interest expense", (-10, -8, -6)),
        ("Income before income taxes", (80, 52, 24)),
        ("Provision for income taxes", (20, 12, 6)),
        ("Net income", (60, 40, 18)),
    ]
    balance = [
        ("Current assets > Cash and cash equivalents", (30, 20)),
        ("Current assets > Inventories", (60, 40)),
        ("Total current assets", (150, 120)),
        ("Property, plant and equipment, net", (220, 180)),
        ("Total assets", (400, 330)),
        ("Current liabilities > Accounts payable", (35, 25)),
        ("Total current liabilities", (75, 60)),
        ("Long-term debt", (100, 110)),
        ("Total shareholders' equity", (180, 130)),
    ]
    cash = [
        ("Depreciation and amortization", (25, 22, 20)),
        ("Net cash provided by operating activities", (95, 70, 40)),
        ("Purchases of property, plant and equipment", (-65, -45, -30)),
        ("Dividends paid", (-10, -8, 0)),
    ]
    return [
        *table(INCOME, income, Printed(page=10)),
        *table(BALANCE, balance, Printed(page=11)),
        *table(CASH, cash, Printed(page=12)),
    ]


def version(
    year: int = 2022, form: str = "10-K", quarter: int | None = None, end: date | None = None
) -> DocumentVersion:
    """Return the record of a filing of Acme Corp."""
    filing = Filing(
        company="Acme Corp",
        form=form,
        fiscal_year=year,
        fiscal_quarter=quarter,
        period_end=end or date(year, 12, 31),
        currency="USD",
    )
    key = f"acme-{year}-{form}-{quarter or 'year'}.pdf"
    return DocumentVersion(key=key, version_id="v1", state=VersionState.SEARCHABLE, filing=filing)


def books(*filed: tuple[DocumentVersion, Sequence[StatedFigure]]) -> Books:
    """Return the books that hold these filings."""
    ledgers = {one.key: Ledger.of(figures) for one, figures in filed}
    return Books([one for one, _ in filed], lambda one: ledgers[one.key])
