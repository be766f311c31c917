"""The page that asks, and the one that answers: figures with the cells that prove them, passages with their pages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from raglite.model import Answer, Figure, MarkedPage, Operand, SearchResult
from raglite.page.markup import Markup, Part, tag
from raglite.ports import Principal
from raglite.retrieval.citation import describe
from raglite.server.console import FEEDBACK, HOME, TRACE
from raglite.server.console.layout import chip, field, page
from raglite.server.console.picture import address, page_address, part
from raglite.server.readable import amount
from raglite.server.scopes import Scope, permits

EXAMPLE = "What was Acme's capital expenditure in fiscal 2023?"
RATINGS = range(1, 11)


@dataclass(frozen=True, slots=True)
class Illustrated:
    """An answer with the pages that it cites: of each passage, and of each cell by figure."""

    answer: Answer
    passages: tuple[MarkedPage | None, ...]
    cells: tuple[tuple[MarkedPage | None, ...], ...]


def asking(who: Principal) -> str:
    """Return the page that asks."""
    hint = tag("p", "Name the company, the period and what you want to know. Every answer cites its pages.")
    return page("Ask", [hint, _form({})], who, HOME)


def answering(shown: Illustrated, asked: Mapping[str, str], who: Principal) -> str:
    """Return the page that answers."""
    answer = shown.answer
    body: list[Part] = [_form(asked), _verdict(answer)]
    if answer.figures or answer.withheld:
        figures = [_figure(one, cells) for one, cells in zip(answer.figures, shown.cells, strict=True)]
        withheld = [tag("p", one.sentence, class_="note") for one in answer.withheld]
        body.append(tag("section", tag("h2", "Figures"), figures, withheld))
    passages = [
        _passage(number, *both) for number, both in enumerate(zip(answer.results, shown.passages, strict=True), 1)
    ]
    body.append(tag("section", tag("h2", "Passages"), passages or tag("p", "There is none.")))
    body += [_rating(answer), _footing(answer, who)]
    return page("Answer", body, who, HOME)


def thanks(message: str, who: Principal) -> str:
    """Return the page after a rating."""
    return page("Thank you", [tag("p", message, role="status"), tag("p", tag("a", "Ask again", href=HOME))], who)


def _form(asked: Mapping[str, str]) -> Markup:
    question = tag(
        "textarea",
        asked.get("query", ""),
        id="query",
        name="query",
        rows="2",
        required="",
        maxlength="10000",
        placeholder=EXAMPLE,
        aria_label="Question",
    )
    narrowed = tag(
        "details",
        tag("summary", "Narrow it down"),
        tag(
            "div",
            field("Company", "company", value=asked.get("company", ""), maxlength="200"),
            field(
                "Fiscal year",
                "fiscal_year",
                value=asked.get("fiscal_year", ""),
                inputmode="numeric",
                pattern="[0-9]{4}",
            ),
            field("As of", "as_of", type="date", value=asked.get("as_of", "")),
            class_="fields",
        ),
        **({"open": ""} if any(asked.get(name) for name in ("company", "fiscal_year", "as_of")) else {}),
    )
    return tag("form", question, narrowed, tag("button", "Ask"), method="post", action=HOME, class_="ask")


def _verdict(answer: Answer) -> Part:
    said = [tag("p", note, class_="note") for note in answer.notes]
    if answer.abstained:
        why = answer.abstained_because or "The documents seem not to hold the answer."
        said.insert(0, tag("p", tag("b", "No answer found. "), why, class_="note strong", role="status"))
    return said


def _figure(figure: Figure, cells: Iterable[MarkedPage | None]) -> Markup:
    proofs = [_proof(operand, cell) for operand, cell in zip(figure.operands, cells, strict=True)]
    what = tag("h3", f"{figure.company} · {figure.metric.replace('_', ' ')} · {figure.period}")
    value = tag("p", amount(figure), class_="value")
    computed = tag("p", tag("code", figure.formula), class_="soft") if len(figure.operands) > 1 else None
    notes = [tag("p", note, class_="note") for note in figure.notes]
    return tag("article", what, value, computed, notes, proofs)


def _proof(operand: Operand, cell: MarkedPage | None) -> Markup:
    stated = operand.stated
    said = [tag("b", stated.text.strip()), " in the row ", tag("q", stated.label)]
    said += [", column ", tag("q", stated.column_header)] if stated.column_header else []
    where = page_address(operand.key, operand.version_id, stated.page)
    return _cited(operand.label, said, cell, where)


def _passage(number: int, result: SearchResult, marked: MarkedPage | None) -> Markup:
    document = result.document
    old = chip("superseded", "warn") if document.superseded else None
    head = tag("h3", f"{number}. {document.company or document.key} ", tag("small", describe(document)), " ", old)
    section = tag("p", " / ".join(result.section), class_="soft") if result.section else None
    words = tag("details", tag("summary", "The passage as text"), tag("blockquote", result.excerpt))
    words = words if marked else tag("blockquote", result.excerpt)
    where = page_address(document.key, document.version_id, result.page)
    return tag("article", head, section, _cited(result.citation.label, [], marked, where), words)


def _cited(label: str, said: Part, marked: MarkedPage | None, where: str) -> Markup:
    shown = tag("a", part(marked, f"{label}: the part that is cited, marked"), href=address(marked)) if marked else None
    link = tag("a", label, href=address(marked) if marked else where)
    return tag("figure", shown, tag("figcaption", said, " — " if said else "", link))


def _rating(answer: Answer) -> Part:
    if not answer.trace_id:
        return None
    marks = [
        tag("label", tag("input", type="radio", name="rating", value=str(mark), required=""), tag("span", str(mark)))
        for mark in RATINGS
    ]
    return tag(
        "form",
        tag(
            "fieldset",
            tag("legend", "How good is this answer? 1: useless, 10: exactly what was needed"),
            marks,
            class_="marks",
        ),
        tag("p", tag("label", tag("input", type="checkbox", name="replaced"), " It spared me looking it up by hand")),
        field("What was good, wrong or missing?", "comment", maxlength="2000"),
        tag("input", type="hidden", name="trace_id", value=answer.trace_id),
        tag("button", "Rate it"),
        method="post",
        action=FEEDBACK,
        class_="rate",
    )


def _footing(answer: Answer, who: Principal) -> Markup:
    trace = answer.trace_id or ""
    told: Part = tag("code", trace)
    if trace and permits(who, (Scope.ADMIN,)):
        told = tag("a", tag("code", trace), href=f"{TRACE}?id={trace}")
    when = f", as of {answer.as_of:%Y-%m-%d %H:%M} UTC" if answer.as_of else ""
    return tag("p", f"{answer.took_ms:.0f} ms, index commit {answer.index_commit}{when}, trace ", told, class_="soft")
