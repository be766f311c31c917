"""Each miss: what was asked and understood, the gold page beside what was returned."""

from collections.abc import Iterator, Mapping
from textwrap import shorten
from typing import Any

from raglite.evaluation.report import Finding
from raglite.evaluation.runs import Question, RankedPage, bare
from raglite.page.markup import Markup, Part, tag

RETURNED = 5  # pages to show
QUOTED = 320  # characters of a gold page


def miss(found: Finding) -> Markup:
    """Return one miss as a card."""
    question, line = found.question, found.line
    return tag(
        "article",
        tag("h3", question.question or question.id),
        tag(
            "small",
            " \u00b7 ".join(filter(None, (question.id, question.doc_type, question.question_type, _rank(found)))),
        ),
        tag("div", tag("div", _gold(question)), tag("div", _returned(found)), class_="sides"),
        tag("h4", "Understood"),
        tag("dl", _understood(line.interpreted_as or {}), _said(found)),
    )


def _rank(found: Finding) -> str:
    if found.line.failed:
        return "no answer"
    return f"the first gold page came {_ordinal(found.rank)}" if found.rank else "no gold page was returned"


def _gold(question: Question) -> Iterator[Part]:
    yield tag("h4", "Gold")
    yield (tag("div", f"{page.doc}, p. {page.page}") for page in question.gold_pages)
    if question.answer:
        yield tag("div", tag("span", "Answer: ", class_="soft"), question.answer)
    for passage in question.evidence_text or ():
        yield tag("blockquote", shorten(passage.text, QUOTED, placeholder="\u2026"))


def _returned(found: Finding) -> Iterator[Part]:
    yield tag("h4", "Returned")
    if found.line.failed:
        yield tag("p", found.line.failed, class_="bad")
    ranked = enumerate(found.line.ranked[:RETURNED])
    yield tag("ol", (tag("li", _passage(page, found.question, opened=place == 0)) for place, page in ranked))


def _passage(page: RankedPage, question: Question, *, opened: bool) -> Markup:
    """Return a returned page that opens to its passage; the best one is open."""
    same = bare(page.doc) in {doc for doc, _ in question.gold}
    label = page.label or f"{page.doc}, p. {page.page}"
    title = tag("summary", label, None if same else tag("small", " other document"))
    why = tag("small", " + ".join(f"{part} {value:.2f}" for part, value in (page.why or {}).items()))
    return tag("details", title, tag("blockquote", page.excerpt or ""), why, **({"open": ""} if opened else {}))


def _understood(read: Mapping[str, Any]) -> Iterator[Part]:
    for name, value in read.items():
        if value:
            values = value if isinstance(value, list) else [value]
            yield tag("dt", name.replace("_", " "))
            yield tag("dd", ", ".join(map(str, values)))


def _said(found: Finding) -> Iterator[Part]:
    if found.line.abstained:
        yield tag("dt", "abstained")
        yield tag("dd", found.line.abstained_because or "without a reason")


def _ordinal(rank: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th") if rank % 100 not in {11, 12, 13} else "th"
    return f"{rank}{ending}"
