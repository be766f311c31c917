"""Tables beside the statements: segments, regions, inventories, maturities, results and adjustments.

Parts add up to what the statements say, and a period's parts are the same in every report that shows it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts.gate.facts import Source
from scripts.gate.statements import amount
from scripts.sample.books import Column

STOCKS = {"Raw materials": 0.37, "Work in process": 0.22, "Finished goods": 0.41}
DUES = {"Trade receivables": 0.7, "Unbilled receivables": 0.19, "Other": 0.11}
RESULTS = {
    "net_sales": "Net sales",
    "gross_profit": "Gross profit",
    "operating_income": "Operating income",
    "net_income": "Net income",
}
ADJUSTED = {
    "net_income": "Net income",
    "income_taxes": "Provision for income taxes",
    "interest_expense": "Interest expense",
    "depreciation": "Depreciation and amortization",
    "stock_compensation": "Stock-based compensation",
}
YEARS_LISTED = 4


@dataclass(frozen=True)
class NoteTable:
    """A table by its rows' labels; each row has a printed value per period. `total` is the label of their sum."""

    periods: tuple[str, ...]
    rows: Mapping[str, tuple[float, ...]]
    total: str

    def markup(self, heads: Sequence[str], stub: str) -> str:
        """Return the table as markup."""
        lines = [head_row([stub, *heads])]
        for at, (label, values) in enumerate(self.rows.items()):
            lines.append(f"|{'$' if at == 0 else ''} {label} | {' | '.join(amount(value) for value in values)} |")
        sums = [amount(sum(column)) for column in zip(*self.rows.values(), strict=True)]
        return "\n".join([*lines, f"|=$ {self.total} | {' | '.join(sums)} |"])


def segments(source: Source, columns: Mapping[str, Column]) -> NoteTable:
    """Return sales by segment."""
    label = source.company.labels.get("net_sales", "Net sales")
    return _split(source, columns, ("segments", "net_sales", source.company.segments), f"Total {_lower(label)}")


def regions(source: Source, columns: Mapping[str, Column]) -> NoteTable:
    """Return sales by region."""
    return _split(source, columns, ("regions", "net_sales", source.company.regions), "Total")


def stocks(source: Source, columns: Mapping[str, Column]) -> NoteTable:
    """Return what inventories consist of, or receivables where there is next to no inventory."""
    few = min(column["inventories"] for column in columns.values()) <= 9  # noqa: PLR2004  too few to be parted
    name, shares = ("receivables", DUES) if few else ("inventories", STOCKS)
    return _split(source, columns, ("stocks", name, shares), f"Total {name}")


def maturities(source: Source, period: str) -> NoteTable:
    """Return when the debt at the end of a year falls due."""
    column, year = source.ledger.books[period], int(period[:4])
    shares = {str(year + after): 1 / YEARS_LISTED for after in range(2, YEARS_LISTED + 1)} | {"Thereafter": 1.0}
    later = _parts(source.dice("maturities", period), column["long_term_debt"], shares)
    rows = {str(year + 1): column["current_debt"]} | later
    return NoteTable((period,), {label: (value,) for label, value in rows.items()}, "Total debt")


def results(this: Column, last: Column, labels: Mapping[str, str], head: Sequence[str]) -> str:
    """Return management's own table of results as markup: each figure, a year ago, and the change."""
    rows = [head_row(head)]
    for name, label in RESULTS.items():
        change = 100 * (this[name] / last[name] - 1) if last[name] > 0 else 0
        shown = f"({-change:.1f}%)" if change < 0 else f"{change:.1f}%"
        cells = [labels.get(name, label), amount(this[name]), amount(last[name]), shown if change else "n/m"]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def adjusted(this: Column, last: Column, head: Sequence[str]) -> str:
    """Return the reconciliation from net income to adjusted EBITDA as markup."""
    sums = [sum(column[name] for name in ADJUSTED) - column["other_income"] for column in (this, last)]
    rows = [f"| {label} | {amount(this[name])} | {amount(last[name])} |" for name, label in ADJUSTED.items()]
    other = f"| Other income, net | {amount(-this['other_income'])} | {amount(-last['other_income'])} |"
    return "\n".join([head_row(head), *rows, other, f"|=$ Adjusted EBITDA | {' | '.join(map(amount, sums))} |"])


def head_row(cells: Sequence[str]) -> str:
    """Return a table's head as markup."""
    return f"|! {' | '.join(cells)} |"


def _split(
    source: Source, columns: Mapping[str, Column], into: tuple[str, str, Mapping[str, float]], total: str
) -> NoteTable:
    what, name, shares = into
    parted = [_parts(source.dice(what, period), column[name], shares) for period, column in columns.items()]
    rows = {label: tuple(parts[label] for parts in parted) for label in shares}
    return NoteTable(tuple(columns), rows, total)


def _parts(dice: Any, whole: float, shares: Mapping[str, float]) -> dict[str, float]:
    """Part a whole amount by shares that waver a little; the last part takes what is left."""
    *firsts, last = shares
    scale = sum(shares.values())
    parts = {label: float(round(whole * shares[label] / scale * dice.uniform(0.94, 1.04))) for label in firsts}
    return parts | {last: whole - sum(parts.values())}


def _lower(label: str) -> str:
    """Return a label for the middle of a line: `Net sales` as `net sales`, `Total revenues` as `revenues`."""
    return label.removeprefix("Total ").lower()
