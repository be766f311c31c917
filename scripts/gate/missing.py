"""Questions that no document answers: the company, the year or the fact is not there."""

import tomllib
from collections.abc import Iterator
from typing import Any

from scripts.gate.asked import Asked, Topic
from scripts.gate.companies import CONTENT
from scripts.gate.shelf import Shelf, stands, text

YEARS_OF_A_COMPANY = 2


def unanswerable(shelf: Shelf) -> Iterator[Asked]:
    """Yield them; ValueError if a document has what a question takes to be missing."""
    given = tomllib.loads((CONTENT / "absent.toml").read_text(encoding="utf-8"))
    for asked in (*_of_companies(given), *_of_years(shelf, given), *_of_facts(shelf, given)):
        _check(shelf, asked)
        yield asked


def _of_companies(given: dict[str, Any]) -> Iterator[Asked]:
    frames = given["of_companies"]
    for at, company in enumerate(given["companies"]):
        question = frames[at % len(frames)].format(absent=company)
        yield Asked(
            f"absent-company-{at + 1}",
            question,
            "Not in these documents",
            (),
            "absent",
            Topic(company),
            absent=(company,),
        )


def _of_years(shelf: Shelf, given: dict[str, Any]) -> Iterator[Asked]:
    frames, years = given["of_years"], given["years"]
    sources = {edition.source.company.slug: edition.source for edition in shelf.editions}
    for at, (slug, source) in enumerate(sources.items()):
        written = " ".join(text(edition) for edition in shelf.of(slug))
        free = [year for year in years if not stands(str(year), written)]
        for turn, year in enumerate(source.dice("missing").sample(free, YEARS_OF_A_COMPANY)):
            question = frames[(2 * at + turn) % len(frames)].format(company=source.company.about["short"], absent=year)
            files = tuple(edition.file for edition in shelf.of(slug))
            yield Asked(
                f"absent-year-{slug}-{year}",
                question,
                "Not in these documents",
                (),
                "absent",
                Topic(source.company.name),
                absent=(str(year),),
                absent_from=files,
            )


def _of_facts(shelf: Shelf, given: dict[str, Any]) -> Iterator[Asked]:
    for at, fact in enumerate(given["facts"], 1):
        editions = shelf.of(fact["company"])
        company = editions[0].source.company
        yield Asked(
            f"absent-fact-{at}",
            fact["text"].format(company=company.about["short"]),
            "Not in these documents",
            (),
            "absent",
            Topic(company.name),
            absent=tuple(fact["absent"]),
            absent_from=tuple(edition.file for edition in editions),
        )


def _check(shelf: Shelf, asked: Asked) -> None:
    for edition in shelf.editions:
        if not asked.absent_from or edition.file in asked.absent_from:
            found = [word for word in asked.absent if word.lower() in text(edition).lower()]
            if found:
                raise ValueError(
                    f"{asked.id} takes {found} to be missing, but {edition.file} has it: ask for something else."
                )
