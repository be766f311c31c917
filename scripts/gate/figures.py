"""Questions whose answer is a figure of a statement, or is computed from some."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scripts.gate.asked import Asked, Evidence, Topic
from scripts.gate.editions import Edition
from scripts.gate.facts import Source
from scripts.gate.shelf import Shelf, evidence, standing
from scripts.gate.speech import ONES, Speech, wordings
from scripts.gate.statements import STATEMENTS

FROM_A_YEAR = 6
FROM_A_QUARTER = 5
NAMED = 0.4  # how many questions name the statement


@dataclass(frozen=True)
class Row:
    """A figure of a period on a statement of a document."""

    edition: Edition
    statement: str
    name: str
    period: str

    @property
    def value(self) -> float:
        """The figure, in the company's scale."""
        return self.edition.column(self.period)[self.name]

    @property
    def slug(self) -> str:
        """The company."""
        return self.edition.source.company.slug


def rows(edition: Edition) -> list[Row]:
    """Return what may be asked of a document's statements: its own period, where nothing restates it."""
    found: dict[str, Row] = {}  # a figure that stands on two statements is asked of the first
    for statement in STATEMENTS:
        if statement in edition.places:
            period = edition.periods(statement)[0]
            names = {
                line.name for line in edition.lines(statement) if line.figure and names_of(edition.source, line.name)
            }
            found = {name: Row(edition, statement, name, period) for name in sorted(names)} | found
    return [row for row in found.values() if row.value and not is_restated(edition.source, row.name, row.period)]


def names_of(source: Source, name: str) -> Sequence[str]:
    """Return how analysts call a figure of a company."""
    own = wordings()["metrics_by_company"].get(source.company.slug, {})
    return list(own.get(name, wordings()["metrics"].get(name, ())))


def is_restated(source: Source, name: str, period: str) -> bool:
    """Tell whether a later report states the figure otherwise."""
    books, restated = source.ledger.books, source.ledger.restated
    return restated.get(period, books[period])[name] != books[period][name]


def of_rows(shelf: Shelf) -> Iterator[Asked]:
    """Yield questions for single rows of every document's statements."""
    for edition in shelf.editions:
        dice = edition.source.dice("rows", edition.file)
        several = rows(edition)
        count = FROM_A_YEAR if edition.is_annual else FROM_A_QUARTER
        for row in dice.sample(several, min(count, len(several))):
            yield _of_row(shelf, row, dice)


def _of_row(shelf: Shelf, row: Row, dice: random.Random) -> Asked:
    source, frames = row.edition.source, wordings()["frames"]
    speech = Speech(source.company, row.period, dice)
    words = speech.words() | {"metric": dice.choice(names_of(source, row.name))}
    words |= {"statement": dice.choice(wordings()["statements"][row.statement])}
    kind = "named" if dice.random() < NAMED else "balance" if row.statement == "balance" else "flow"
    words["when"] = words["end"] if row.statement == "balance" else f"in {words['period']}"
    pages = shelf.stating(row.slug, row.name, row.period, row.value)
    if kind == "named":
        pages = [page for page in pages if _is_on(shelf, page, row)]
    return Asked(
        id=f"row-{row.edition.stem}-{row.statement}-{row.name}",
        text=_unpriced(dice.choice(frames[kind]), row.name).format_map(words),
        answer=printed(source, row.name, row.value),
        evidence=tuple(pages),
        kind="row",
        topic=Topic(source.company.name, row.edition.form, row.period),
    )


def _unpriced(frame: str, name: str) -> str:
    """Return a frame without the sentence on units, where the figure is no amount of money in the scale."""
    if not name.startswith(("eps", "shares")):
        return frame
    for tail in (
        " Answer in {unit}.",
        " Give your answer in {unit}.",
        " Please state it in {unit}.",
        " give it in {unit}",
    ):
        frame = frame.replace(tail, "")
    return frame.replace(" Round to the nearest {one}.", "").replace("How much {metric}", "What {metric}")


def _is_on(shelf: Shelf, page: Evidence, row: Row) -> bool:
    edition = next(edition for edition in shelf.editions if edition.file == page.doc)
    return edition.places.get(row.statement) == page.page


def printed(source: Source, name: str, value: float) -> str:
    """Return a figure as an answer: $1,840 million, -$3.20 thousand, $2.20; outflows without sign."""
    about = source.company.about
    symbol, sign = about.get("symbol", "$"), "-" if value < 0 else ""
    if name.startswith("eps"):
        return f"{sign}{symbol}{abs(value):.2f}"
    if name.startswith("shares"):
        return f"{value:,.1f} {ONES[about['scale']]} shares"
    return f"{sign}{symbol}{abs(value):,.0f} {ONES[about['scale']]}"


def together(shelf: Shelf, source: Source, needed: Iterable[tuple[str, str]]) -> tuple[list[Evidence], bool]:
    """Return the pages for several figures, (name, period) each, and whether one page alone is not enough.

    Pages that state all of them, if there are any; else the statements of the one document that does; nothing if
    several documents do, because then the question would have to say which.
    """
    figures = [(name, period, source.ledger.books[period][name]) for name, period in needed]
    places = [{(e.doc, e.page): e.proof for e in shelf.stating(source.company.slug, *figure)} for figure in figures]
    common = set.intersection(*(set(found) for found in places))
    if common:
        pages = sorted(common)
        return [Evidence(*page, tuple(word for found in places for word in found[page])) for page in pages], False
    complete = [e for e in shelf.of(source.company.slug) if all(any(standing(e, *figure)) for figure in figures)]
    if len(complete) != 1:
        return [], True
    return list(dict.fromkeys(_first_places(complete[0], figures))), True


def _first_places(edition: Edition, figures: Iterable[tuple[str, str, float]]) -> Iterator[Evidence]:
    proofs: dict[str, list[str]] = {}
    for figure in figures:
        place, proof = next(standing(edition, *figure))
        proofs.setdefault(place, []).append(proof)
    for place, words in proofs.items():
        yield evidence(edition, place, *words)
