"""How analysts call companies, periods, statements and units: many ways, drawn from a seed."""

import random
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from scripts.gate.companies import CONTENT, Company
from scripts.gate.heads import MONTHS, QUARTERS, ended, fiscal

ONES = {"millions": "million", "thousands": "thousand", "million": "million"}


@dataclass(frozen=True)
class Speech:
    """One analyst's way of speaking about a company and a period."""

    company: Company
    period: str
    dice: random.Random

    def words(self) -> dict[str, str]:
        """Return what the frames of questions ask for."""
        end = self.at_end()
        about = self.company.about
        return {
            "company": self.name(),
            "period": self.during(),
            "short": self.short(),
            "end": end,
            "End": end[0].upper() + end[1:],
            "unit": f"{about.get('currency', 'USD')} {about['scale'] if about['scale'] != 'million' else 'millions'}",
            "one": ONES[about["scale"]],
        }

    def name(self) -> str:
        """Return the company's short name, at times its legal one, its symbol or a former one."""
        about = self.company.about
        names = [about["short"]] * 6 + [about["name"]] * 2 + [about["ticker"]] * 2
        if "former" in about:
            names.append(about["former"].removesuffix(", Inc."))
        return str(self.dice.choice(names))

    def during(self) -> str:
        """Return the period, as a stretch of time."""
        year, company = int(self.period[:4]), self.company
        if self.period.isdigit():
            own = fiscal(company, year)
            names = [own, own, f"FY{year}", f"FY{year % 100}", f"the year ended {ended(company, self.period)}"]
            return self.dice.choice([*names, f"fiscal year {year}"])
        quarter = int(self.period[-1])
        if "YTD" in self.period:
            return f"the first {MONTHS[quarter].lower()} months of {fiscal(company, year)}"
        names = [f"the {QUARTERS[quarter]} of {fiscal(company, year)}", f"Q{quarter} {fiscal(company, year)}"]
        return self.dice.choice([*names, f"Q{quarter} FY{year}", f"the quarter ended {ended(company, self.period)}"])

    def short(self) -> str:
        """Return the period in few signs."""
        year = int(self.period[:4])
        if self.period.isdigit():
            return self.dice.choice([f"FY{year}", f"FY{year}", f"FY{year % 100}", fiscal(self.company, year)])
        quarter = self.period[-1]
        if "YTD" in self.period:
            return f"{3 * int(quarter)}M FY{year}"
        return self.dice.choice([f"Q{quarter} FY{year}", f"{quarter}Q{year % 100}"])

    def at_end(self) -> str:
        """Return the period's last day."""
        date = ended(self.company, self.period)
        year = int(self.period[:4])
        if not self.period.isdigit():
            return f"as of {date}" if self.dice.random() < 0.5 else f"at the end of {self.during()}"  # noqa: PLR2004  a coin
        names = [f"at the end of {fiscal(self.company, year)}", f"at the end of FY{year}", f"as of {date}"]
        return self.dice.choice([*names, f"at year-end FY{year % 100}"])


@cache
def wordings() -> dict[str, Any]:
    """Return how figures, ratios and statements are asked for."""
    return tomllib.loads((CONTENT / "wordings.toml").read_text(encoding="utf-8"))
