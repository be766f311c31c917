"""Ratios as analysts compute them, each a line of ratios.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from scripts.gate.companies import CONTENT
from scripts.gate.facts import Source
from scripts.gate.figures import is_restated, names_of, printed

DAYS = 365


@dataclass(frozen=True)
class Ratio:
    """One line of ratios.toml, for a company's year."""

    given: Mapping[str, Any]
    source: Source
    year: int

    @property
    def needed(self) -> list[tuple[str, str]]:
        """The figures it is made of: name and period."""
        other = self.given.get("under") or self.given["minus"]
        needed = [(self.given["over"], str(self.year)), (other, str(self.year))]
        return [*needed, (other, str(self.year - 1))] if self.given.get("mean") else needed

    @property
    def value(self) -> float:
        """Its value: percent, times, days, or an amount in the company's scale."""
        figures = [self.source.ledger.books[period][name] for name, period in self.needed]
        over, *under = figures
        if "minus" in self.given:
            return over - under[0]
        factor = {"percent": 100, "days": DAYS}.get(self.given["kind"], 1)
        return factor * over / (sum(under) / len(under))

    @property
    def answer(self) -> str:
        """Its value as an answer."""
        kind = self.given["kind"]
        if kind == "money":
            return printed(self.source, "", self.value)
        return {"percent": f"{self.value:.1f}%", "times": f"{self.value:.2f}", "days": f"{self.value:.1f} days"}[kind]

    def makes_sense(self) -> bool:
        """Tell whether an analyst would ask for it: of figures the company reports and has, none of them restated."""
        books = self.source.ledger.books
        whole = all(books[period][name] > 0 for name, period in self.needed)
        restated = any(is_restated(self.source, *figure) for figure in self.needed)
        return whole and not restated and all(names_of(self.source, name) for name, _ in self.needed)


@cache
def ratios() -> dict[str, Any]:
    """Return every ratio's line by its name."""
    return tomllib.loads((CONTENT / "ratios.toml").read_text(encoding="utf-8"))
