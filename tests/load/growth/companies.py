"""Any number of made-up companies with annual reports as long as one likes, and questions that these answer.

The gate's companies under other names and with other figures; behind a report's own pages come notes as dense as those
of real filings (tests/load/filing.py). A company's documents are the same however many companies there are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from scripts.gate.asked import Asked
from scripts.gate.companies import Company, read_companies
from scripts.gate.editions import Edition
from scripts.gate.facts import Source
from scripts.gate.figures import of_rows
from scripts.gate.ledger import keep
from scripts.gate.noted import in_notes
from scripts.gate.shelf import Shelf
from scripts.gate.told import in_words
from scripts.sample.markup import Report, read
from tests.load.filing import page

YEARS = (2022, 2023)
NOTES = 48  # pages: with them a report has some 250 passages, between a quarterly report and a long annual one
# The word of each company's name that another takes the place of.
BASES = {
    "northwind-energy": "Northwind",
    "northwind-partners": "Northwind",
    "parcelway": "Parcelway",
    "tessaline": "Tessaline",
    "marlowe-foods": "Marlowe",
    "marlow-industries": "Marlow",
    "first-piedmont": "First Piedmont",
}
# No two begin alike, so that a trading symbol of two letters of each is nobody else's.
STARTS = "Brask Corv Delm Erst Fenn Galt Hask Jorv Kest Lund Mant Nord Ostr Pell Quar Rusk Selm Torv Ulst Vand".split()
ENDS = "ania berg else folk gard holm isco land mere wick".split()
MOST = len(STARTS) * len(ENDS)
STRIDE = 11  # shares no factor with MOST


@dataclass(frozen=True)
class Published:
    """A company's annual reports."""

    editions: tuple[Edition, ...]

    def documents(self) -> Iterator[tuple[str, Report]]:
        """Yield each report's name and its pages."""
        for edition in self.editions:
            yield edition.stem, _with_notes(edition)

    def questions(self) -> list[str]:
        """Return what one may ask of it, rows of statements, notes and prose in turn."""
        shelf = Shelf(self.editions)
        kinds = [list(kind(shelf)) for kind in (of_rows, in_words, in_notes)]
        return [str(one.row()["question"]) for one in _in_turn(kinds)]


def published(number: int) -> Published:
    """Return the company of a number below MOST."""
    company = _renamed(number)
    source = Source(company, keep(company, number), number)
    return Published(tuple(Edition(source, "10-K", year) for year in YEARS))


def _renamed(number: int) -> Company:
    known = read_companies()
    slug, word = list(BASES.items())[number % len(BASES)]
    # Neighbours differ in both halves: names that are a letter apart would be taken for each other.
    start, end = list(product(STARTS, ENDS))[number * STRIDE % MOST]
    company = known[slug]
    changes = {word: start + end, str(company.about["ticker"]): (start[:2] + end[:2]).upper()}
    return replace(
        company,
        slug=f"{slug}-{number:03d}",
        about=_changed(company.about, changes),
        text=_changed(company.text, changes),
    )


def _changed(value: Any, changes: dict[str, str]) -> Any:
    """Return a value with words put in the place of others, wherever they stand."""
    if isinstance(value, dict):
        return {name: _changed(one, changes) for name, one in value.items()}
    if isinstance(value, list):
        return [_changed(one, changes) for one in value]
    if isinstance(value, str):
        for word, other in changes.items():
            value = value.replace(word, other)
    return value


def _with_notes(edition: Edition) -> Report:
    own = edition.report
    numbers = range(len(own.pages) + 1, len(own.pages) + 1 + NOTES)
    notes = read("\n---\n".join(page(number, edition.source.dice("notes", edition.year, number)) for number in numbers))
    return replace(own, pages=[*own.pages, *notes.pages])


def _in_turn(kinds: list[list[Asked]]) -> Iterator[Asked]:
    for at in range(max(map(len, kinds))):
        yield from (kind[at] for kind in kinds if at < len(kind))
