"""Questions on the rows of tables in the notes, and on figures that a later report restates."""

import random
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any

from scripts.gate.asked import Asked, Topic
from scripts.gate.companies import CONTENT
from scripts.gate.editions import Edition
from scripts.gate.figures import printed
from scripts.gate.notes import NoteTable, maturities, regions, segments, stocks
from scripts.gate.shelf import Shelf, evidence, page_text, stands
from scripts.gate.speech import Speech, wordings
from scripts.gate.statements import amount


def in_notes(shelf: Shelf) -> Iterator[Asked]:
    """Yield questions on the rows of tables in the notes."""
    for edition in shelf.editions:
        if "segment_note" in edition.places:
            dice = edition.source.dice("notes", edition.file)
            both = {period: edition.column(period) for period in (edition.period, edition.before)}
            yield from _parts(shelf, edition, "part", segments(edition.source, both), dice)
            if edition.is_annual and edition.source.company.about["theme"] != "glossy":
                yield from _parts(shelf, edition, "region", regions(edition.source, both), dice)
                yield from _parts(shelf, edition, "stock", stocks(edition.source, both), dice)
            if edition.is_annual:
                yield from _parts(shelf, edition, "due", maturities(edition.source, edition.period), dice)


def _parts(shelf: Shelf, edition: Edition, kind: str, table: NoteTable, dice: random.Random) -> Iterator[Asked]:
    place = "segment_note" if kind in {"part", "region"} else "debt_note"
    named = [label for label in table.rows if label != "Thereafter"]
    for label in dice.sample(named, 1):
        value = table.rows[label][0]
        pages = [
            evidence(report, place, amount(value))
            for report in _with_the_same(shelf, edition, kind)
            if stands(amount(value), page_text(report, report.places[place]))
        ]
        words = Speech(edition.source.company, edition.period, dice).words()
        words |= {"part": label if kind in {"part", "region", "due"} else label.lower()}
        words |= {"whole": table.total.removeprefix("Total ").lower()}
        if value:
            yield Asked(
                id=f"note-{edition.stem}-{kind}-{_slug(label)}",
                text=dice.choice(wordings()["frames_of"][kind]).format_map(words),
                answer=printed(edition.source, "", value),
                evidence=tuple(pages),
                kind="note",
                topic=edition.topic,
            )


def _with_the_same(shelf: Shelf, edition: Edition, kind: str) -> list[Edition]:
    """Return the documents that show the same rows: a year's stand in the next year's report too, debts' do not."""
    following = [
        e
        for e in shelf.of(edition.source.company.slug, edition.form)
        if (e.year, e.quarter) == (edition.year + 1, edition.quarter)
    ]
    return [edition, *(following if kind != "due" else [])]


def restated(shelf: Shelf) -> Iterator[Asked]:
    """Yield questions on figures that a later report states otherwise; each says which report is meant."""
    for edition in shelf.editions:
        source = edition.source
        for period, column in source.ledger.restated.items() if edition.form == "10-K" else ():
            if int(period) not in {edition.year, edition.year - 1}:
                continue
            later = int(period) < edition.year
            stated = column if later else source.ledger.books[period]
            changed = [name for name in _restated_names(edition) if column[name] != source.ledger.books[period][name]]
            for name in changed:
                yield _restated(edition, name, period, stated[name], later=later)


def _restated_names(edition: Edition) -> list[str]:
    return [line.name for line in edition.lines("income") if line.name in wordings()["metrics"]]


def _restated(edition: Edition, name: str, period: str, value: float, *, later: bool) -> Asked:
    source = edition.source
    frames = _absent()["restated" if later else "original"]
    dice = source.dice("restated", edition.file, name)
    words = Speech(source.company, period, dice).words() | {
        "metric": wordings()["metrics"][name][0],
        "this": f"fiscal {edition.year}",
    }
    pages = [evidence(edition, place, amount(value)) for place in ("income", "results")]
    told = [page for page in pages if all(stands(word, page_text(edition, page.page)) for word in page.proof)]
    return Asked(
        id=f"restated-{edition.stem}-{name}",
        text=dice.choice(frames).format_map(words),
        answer=printed(source, name, value),
        evidence=tuple(told),
        kind="restated",
        topic=Topic(source.company.name, edition.form, period),
    )


@cache
def _absent() -> dict[str, Any]:
    return tomllib.loads((CONTENT / "absent.toml").read_text(encoding="utf-8"))


def _slug(label: str) -> str:
    return label.lower().replace(",", "").replace(" ", "-")
