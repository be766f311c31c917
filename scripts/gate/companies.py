"""The companies of the gate's corpus: who they are, how they do business, and how their fiscal calendar runs."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

CONTENT = Path(__file__).parent / "content"
REGIONS = {"United States": 0.58, "Europe, Middle East and Africa": 0.23, "Asia Pacific": 0.12, "Rest of world": 0.07}
QUARTER_MONTHS = 3
QUARTER_WEEKS = 13


@dataclass(frozen=True)
class Company:
    """One company's TOML file.

    `shape` are shares of its sales; `labels` are how its statements call their rows; `segments` and `regions` are what
    its sales part into.
    """

    slug: str
    about: Mapping[str, Any]
    shape: Mapping[str, Any]
    labels: Mapping[str, str]
    text: Mapping[str, Any]
    segments: Mapping[str, float]
    regions: Mapping[str, float]

    @property
    def name(self) -> str:
        """The legal name."""
        return str(self.about["name"])

    @property
    def has_weeks(self) -> bool:
        """Whether the fiscal year has 52 or 53 weeks."""
        return "year_ends" in self.about

    def year_end(self, year: int) -> date:
        """Return the last day of a fiscal year."""
        if self.has_weeks:
            ends: Mapping[str, date] = self.about["year_ends"]
            return ends[str(year)]
        month, day = self.about.get("year_end", [12, 31])
        return date(year, month, day)

    def quarter_end(self, year: int, quarter: int) -> date:
        """Return the last day of a fiscal quarter."""
        if quarter == 4:  # noqa: PLR2004  the last one
            return self.year_end(year)
        if self.has_weeks:
            return self.year_end(year - 1) + timedelta(weeks=QUARTER_WEEKS * quarter)
        start = self.year_end(year - 1)
        month = (start.month - 1 + QUARTER_MONTHS * quarter) % 12 + 1
        after = date(start.year + (start.month + QUARTER_MONTHS * quarter) // 12, month % 12 + 1, 1)
        return after - timedelta(days=1)

    def weeks(self, year: int) -> int:
        """Return how many weeks a fiscal year has."""
        return (self.year_end(year) - self.year_end(year - 1)).days // 7


def read_companies() -> dict[str, Company]:
    """Return every company by its slug, in the order of their files' names."""
    return {path.stem: _read(path) for path in sorted((CONTENT / "companies").glob("*.toml"))}


def _read(path: Path) -> Company:
    given = tomllib.loads(path.read_text(encoding="utf-8"))
    return Company(
        slug=path.stem,
        about=given["about"],
        shape=given["shape"],
        labels=given.get("labels", {}),
        text=given["text"],
        segments=given["segments"],
        regions=given.get("regions", REGIONS),
    )


def written_date(day: date, *, day_first: bool = False) -> str:
    """Return a date as filings write it: December 31, 2023, or 31 December 2023."""
    return f"{day.day} {day:%B} {day.year}" if day_first else f"{day:%B} {day.day}, {day.year}"
