"""Questions on what reports tell in words."""

import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from scripts.gate.asked import Asked
from scripts.gate.companies import CONTENT
from scripts.gate.editions import Edition, library
from scripts.gate.facts import facts_of
from scripts.gate.shelf import Shelf, evidence, page_text, stands
from scripts.gate.speech import Speech

FROM_A_YEAR, FROM_A_QUARTER = 5, 4


def in_words(shelf: Shelf) -> Iterator[Asked]:
    """Yield questions on facts that stand in prose."""
    for edition in shelf.editions:
        dice = edition.source.dice("prose", edition.file)
        possible = [asked for name, given in _prose().items() if (asked := _of_fact(shelf, edition, name, given, dice))]
        yield from dice.sample(possible, min(FROM_A_YEAR if edition.is_annual else FROM_A_QUARTER, len(possible)))


def _of_fact(shelf: Shelf, edition: Edition, name: str, given: Mapping[str, Any], dice: random.Random) -> Asked | None:
    company, facts = edition.source.company, _facts(edition)
    if edition.form not in given.get("forms", [edition.form]) or company.slug in given.get("skip", ()):
        return None
    answer = given["answer"].format_map(facts)
    proof = given.get("proof", given["answer"]).format_map(facts)
    pages = [
        evidence(report, place, proof)
        for report, places in _where(shelf, edition, given)
        for place in places
        if place in report.places and stands(proof, page_text(report, report.places[place]))
    ]
    if edition.file not in {page.doc for page in pages} or (given.get("needs") and not facts[given["needs"]]):
        return None
    words = facts | Speech(company, edition.period, dice).words()
    return Asked(
        id=f"told-{edition.stem}-{name}",
        text=dice.choice(given["ask"]).format_map(words),
        answer=answer,
        evidence=tuple(dict.fromkeys(pages)),
        kind="prose",
        topic=edition.topic,
    )


def _where(shelf: Shelf, edition: Edition, given: Mapping[str, Any]) -> list[tuple[Edition, Sequence[str]]]:
    slug = edition.source.company.slug
    if given.get("always"):
        return [(report, given["places"]) for report in shelf.of(slug)]
    following = [report for report in shelf.of(slug, edition.form) if report.year == edition.year + 1]
    return [(edition, given["places"]), *((report, given.get("later", ())) for report in following)]


def _facts(edition: Edition) -> dict[str, Any]:
    company = edition.source.company
    about, text, european = company.about, company.text, edition.kind == "ifrs"
    names = {name: text[name] for name in ("plaintiff", "claim", "court", "customers")}
    said = {
        "symbol": about.get("symbol", "$"),
        "auditor": about["auditor"],
        "grew": text["grew"].get(str(edition.year), "-"),
    }
    said |= {"last_segment": list(company.segments)[-1]}
    said |= {"women_of": "employees" if european else "managers", "bonds": "bonds" if european else "senior notes"}
    return facts_of(edition.source, edition.period) | names | said


def of_events(shelf: Shelf) -> Iterator[Asked]:
    """Yield the questions on 8-Ks, which stand beside their text."""
    for edition in shelf.editions:
        for number, asked in enumerate(library()["events"].get(edition.event or "", {}).get("asked", ()), 1):
            yield Asked(
                id=f"event-{edition.stem}-{number}",
                text=asked["text"],
                answer=asked["answer"],
                evidence=(evidence(edition, "event", *asked["proof"]),),
                kind="event",
                topic=edition.topic,
            )


@cache
def _prose() -> dict[str, Any]:
    return tomllib.loads((CONTENT / "prose.toml").read_text(encoding="utf-8"))
