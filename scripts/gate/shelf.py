"""All documents side by side: which pages state a figure, or tell a fact."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from scripts.gate.asked import Evidence
from scripts.gate.editions import Edition
from scripts.gate.notes import ADJUSTED, RESULTS
from scripts.gate.statements import STATEMENTS, amount
from scripts.gate.templates import money

IN_PROSE = {"10-K": ("liquidity", ("cash", "operating_cash")), "10-Q": ("results", ("net_sales",))}


@dataclass(frozen=True)
class Shelf:
    """The corpus's PDFs."""

    editions: tuple[Edition, ...]

    def of(self, slug: str, *forms: str) -> list[Edition]:
        """Return a company's documents, of certain forms if any are given."""
        mine = [edition for edition in self.editions if edition.source.company.slug == slug]
        return [edition for edition in mine if not forms or edition.form in forms]

    def stating(self, slug: str, name: str, period: str, value: float) -> list[Evidence]:
        """Return every page of a company's documents that states a figure of a period as `value`."""
        found = []
        for edition in self.of(slug):
            for place, proof in standing(edition, name, period, value):
                found.append(evidence(edition, place, proof))
        return list(dict.fromkeys(found))


def evidence(edition: Edition, place: str, *proof: str) -> Evidence:
    """Return a place of a document as evidence."""
    return Evidence(edition.file, edition.places[place], tuple(proof))


def standing(edition: Edition, name: str, period: str, value: float) -> Iterator[tuple[str, str]]:
    """Yield the places of a document that state a figure, each with the number as it is printed there."""
    for statement in STATEMENTS:
        if statement in edition.places:
            for line in edition.lines(statement):
                for column in edition.periods(statement):
                    is_it = (line.name, _plain(column)) == (name, _plain(period)) or (
                        (line.name, name) == ("opening_cash", "cash") and period == str(int(column[:4]) - 1)
                    )
                    if is_it and edition.column(column)[line.name] == value:
                        yield statement, line.printed(edition.column(column))
    yield from _beside(edition, name, period, value)


def _beside(edition: Edition, name: str, period: str, value: float) -> Iterator[tuple[str, str]]:
    """Yield the places beside the statements."""
    shown = (edition.period, edition.before)
    if edition.form == "8-K" or period not in shown or edition.column(period)[name] != value:
        return
    about = edition.source.company.about
    if edition.is_annual and name in RESULTS:
        yield "results", amount(value)
    place, names = IN_PROSE.get(edition.form, ("", ()))
    if name in names:
        yield place, money(abs(value), about)
    if edition.form == "release" and name in ADJUSTED:
        yield "adjusted", amount(value)
    if edition.form == "release" and name == "net_sales" and period == edition.period:
        yield "headline", money(value, about)


@cache
def page_text(edition: Edition, number: int) -> str:
    """Return a page's words, as they were written."""
    page = edition.report.pages[number - 1]
    words = [block.text for block in page.blocks]
    words += [cell for block in page.blocks for row in block.rows for cell in row.cells]
    return " ".join(" ".join(words).replace("//", " ").split())


def text(edition: Edition) -> str:
    """Return a document's words."""
    pages = range(1, len(edition.report.pages) + 1)
    return " ".join([edition.report.footer, *(page_text(edition, number) for number in pages)])


def stands(words: str, text: str) -> bool:
    """Tell whether words stand in a text by themselves: `1,577` is not in `11,577` nor in `1,577.5`."""
    return re.search(rf"(?<![\w.,]){re.escape(words)}(?![\w]|[.,]\d)", text) is not None


def _plain(period: str) -> str:
    """Return one name for what has two: the first quarter is also the year to date, four quarters are the year."""
    return period.replace("YTD1", "Q1").replace("YTD4", "")
