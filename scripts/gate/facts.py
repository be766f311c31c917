"""What a company's reports say in words: facts of a period, drawn from a seed, the same wherever they are told."""

import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from scripts.gate.companies import CONTENT, Company, written_date
from scripts.gate.ledger import Ledger

LAST_NAMES = "Abernathy Brightman Caldera Drummond Eskildsen Farrow Galindo Hobart Iversen Jankowski".split()
FIRST_NAMES = "Alma Bruno Celia Derek Esther Felix Greta Hugo Irma Julian".split()
POSTS = ("General Counsel", "Chief Operating Officer", "Chief People Officer")
STRICTEST_COVENANT = 3.0  # debt to EBITDA
A_MILLION = 1_000_000
PER_MILLION = {"thousands": 1000}


@dataclass(frozen=True)
class Source:
    """A company with its ledger and the corpus's seed: where a period's facts come from."""

    company: Company
    ledger: Ledger
    seed: int

    def dice(self, *about: object) -> random.Random:
        """Return dice that fall the same way for the same words."""
        return random.Random("/".join(map(str, (self.seed, self.company.slug, *about))))  # noqa: S311  no secrets

    def millions(self, value: float) -> float:
        """Return an amount of the books in millions."""
        return value / PER_MILLION.get(str(self.company.about["scale"]), 1)


def facts_of(source: Source, period: str) -> dict[str, Any]:
    """Return the facts of a year (`2023`) or a quarter (`2023Q2`), most of them as they are printed."""
    dice, column = source.dice("facts", period), source.ledger.books[period]
    year, scale = int(period[:4]), str(source.company.about["scale"])
    sales = source.millions(source.ledger.books[str(year)]["net_sales"])
    found = _drawn(dice, sales)
    return found | _of_people(source, dice, year) | _of_money(source, dice, period) | {
        "segment_shares": [round(100 * share) for share in source.company.segments.values()],
        "outstanding": f"{round(column['shares_basic'] * A_MILLION / PER_MILLION.get(scale, 1)):,}",
        "maturity": f"{dice.choice(['March', 'June', 'October'])} {year + dice.randint(3, 5)}",
        "notes_due": year + dice.randint(4, 8),
        "suit_year": year - dice.randint(0, 1),
        "event_date": written_date(
            source.company.year_end(year) + timedelta(days=dice.randint(17, 45)), day_first=_is_european(source)
        ),
        "engaged": f"{dice.randint(3, 28)} May {year}",
    }  # fmt: skip


def _drawn(dice: random.Random, sales: float) -> dict[str, Any]:
    bounds = _bounds()
    found: dict[str, Any] = {name: f"{dice.randint(*two):,}" for name, two in bounds["whole"].items()}
    found["contracts"] = int(found["contracts"])
    found |= {name: f"{dice.uniform(*two):.1f}" for name, two in bounds["tenths"].items()}
    found |= {name: f"{dice.uniform(*two):.2f}" for name, two in bounds["hundredths"].items()}
    found |= {name: f"{sales * dice.uniform(*two):.1f}" for name, two in bounds["sales"].items()}
    found |= {name: f"{5 * max(1, round(sales * dice.uniform(*two) / 5)):,}" for name, two in bounds["rounded"].items()}
    found |= {
        name: f"{dice.randint(1000 * low + 1, 1000 * high):,}" for name, (low, high) in bounds["thousands"].items()
    }
    return found | {name: dice.choice(options) for name, options in bounds["choices"].items()}


def _of_people(source: Source, dice: random.Random, year: int) -> dict[str, Any]:
    about = source.company.about
    staff = source.company.shape["employees"] * (1 + 0.03 * (year - 2021)) * dice.uniform(0.97, 1.03)
    officers = [(about["chief"], 41 + year % 17, "Chief Executive Officer")]
    officers.append((about["finance_chief"], 38 + year % 11, "Chief Financial Officer"))
    names = source.dice("officers")
    for post in POSTS:
        name = f"{names.choice(FIRST_NAMES)} {names.choice(LAST_NAMES)}"
        officers += [(name, names.randint(30, 40) + year - 2000, post)]
    return {"employees": f"{round(staff):,}", "officers": [tuple(map(str, officer)) for officer in officers]}


def _of_money(source: Source, dice: random.Random, period: str) -> dict[str, Any]:
    column, shape = source.ledger.books[period], source.company.shape
    value = source.millions(column["net_sales"])
    low = dice.uniform(18, 60)
    leverage = max(0.1, column["debt"] / (column["operating_income"] + column["depreciation"]))
    declared = column["dividends"] / column["shares_basic"]
    return {
        "backlog": f"{round(shape['backlog'] * value * dice.uniform(0.9, 1.2)):,}" if shape["backlog"] else "",
        "dividend": f"{declared:.2f}" if declared else "",
        "price_low": f"{low:.2f}",
        "price_high": f"{low * dice.uniform(1.25, 1.7):.2f}",
        "leverage": f"{leverage:.1f}",
        "covenant": f"{max(STRICTEST_COVENANT, leverage + dice.uniform(0.4, 1.2)):.1f}",
        "purchases": _purchases(source, dice, period, low) if column["buybacks"] else [],
        "remaining": _drawn_amount(dice, value, "remaining") if column["buybacks"] else "",
        "obligations": _obligations(source, dice, period),
    }


def _purchases(source: Source, dice: random.Random, period: str, price: float) -> list[tuple[str, str, str]]:
    quarter = int(period[-1]) if "Q" in period else 4
    end = source.company.quarter_end(int(period[:4]), quarter)
    months = [(end.month - 1 - back) % 12 + 1 for back in (2, 1, 0)]
    return [
        (f"{_month(month)} {end.year}", f"{dice.randint(41_000, 390_000):,}", f"{price * dice.uniform(1.05, 1.2):.2f}")
        for month in months
    ]


def _obligations(source: Source, dice: random.Random, period: str) -> dict[str, list[str]]:
    column = source.ledger.books[period]
    debt = [column["current_debt"], round(0.4 * column["long_term_debt"])]
    debt.append(column["debt"] - sum(debt))
    return {
        "debt": _row(debt),
        "leases": _row([round(column["net_sales"] * dice.uniform(0.01, 0.03)) for _ in range(3)]),
        "purchases": _row([round(column["net_sales"] * dice.uniform(0.01, 0.09)) for _ in range(3)]),
    }


def _row(parts: list[float]) -> list[str]:
    return [f"{sum(parts):,.0f}", *(f"{part:,.0f}" for part in parts)]


def _drawn_amount(dice: random.Random, sales: float, name: str) -> str:
    return f"{5 * max(1, round(sales * dice.uniform(*_bounds()['rounded'][name]) / 5)):,}"


def _is_european(source: Source) -> bool:
    return source.company.about.get("layout") == "ifrs"


def _month(number: int) -> str:
    return "January February March April May June July August September October November December".split()[number - 1]


@cache
def _bounds() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads((CONTENT / "facts.toml").read_text(encoding="utf-8"))
