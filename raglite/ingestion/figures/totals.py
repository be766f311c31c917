"""Sums that tables print: totals without a label, named by what they add up, and balances that do not balance."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

ROUNDING = 2  # units of the last printed digit by which a sum of rounded figures may be off

_ASSETS = re.compile(r"total assets\b", re.IGNORECASE)
_CLAIMS = re.compile(
    r"total (?:liabilities\b.*\b(?:equity|deficit)\b|(?:\w+ )?equity\b.*\bliabilities\b)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Summed:
    """A row with its numbers by column."""

    number: int
    label: str
    heading: tuple[str, ...]
    values: Mapping[int, Decimal]

    @property
    def is_total(self) -> bool:
        """Tell whether it is a sum of other rows by its label, or has none."""
        return not self.label or self.label.lower().startswith("total")


def total_labels(rows: Sequence[Summed]) -> dict[int, str]:
    """Return labels for the rows that have none but add up their group: of "Revenues" it is "Total Revenues"."""
    return {
        row.number: f"Total {row.heading[-1]}"
        for index, row in enumerate(rows)
        if not row.label and row.heading and _adds_up(row, rows[:index])
    }


def unbalanced(rows: Sequence[Summed]) -> set[int]:
    """Return the columns of a balance sheet in which the assets are not the liabilities and the equity."""
    assets = next((row for row in rows if _ASSETS.match(row.label)), None)
    claims = next((row for row in reversed(rows) if _CLAIMS.match(row.label)), None)
    if not assets or not claims:
        return set()
    shared = assets.values.keys() & claims.values.keys()
    return {c for c in shared if abs(assets.values[c] - claims.values[c]) > _rounding(assets.values[c])}


def _adds_up(total: Summed, above: Sequence[Summed]) -> bool:
    depth = len(total.heading)
    parts = [row for row in above if row.heading[:depth] == total.heading and not row.is_total]
    if len(parts) < 2:  # noqa: PLR2004  one row is no sum
        return False
    sums = {column: sum(part.values.get(column, Decimal(0)) for part in parts) for column in total.values}
    return all(abs(sums[column] - value) <= _rounding(value) for column, value in total.values.items())


def _rounding(value: Decimal) -> Decimal:
    return ROUNDING * Decimal(1).scaleb(int(value.as_tuple().exponent))
