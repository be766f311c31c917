"""Figures with their operands, and answers that wrongly say there is none."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from raglite.evaluation.claims import FigureOutcome
from raglite.evaluation.report import Finding
from raglite.model import Figure, Operand
from raglite.page.markup import Markup, Part, table, tag

TONES = {
    FigureOutcome.RIGHT: "good",
    FigureOutcome.WRONG: "bad",
    FigureOutcome.UNFOUNDED: "bad",
    FigureOutcome.UNJUDGED: "soft",
}


def figures(findings: Iterable[Finding]) -> Markup:
    """Return one row a question that got figures: the wrong ones first."""
    order = list(TONES)
    given = sorted(
        (found for found in findings if found.line.figures),
        key=lambda found: (TONES[found.figure] != "bad", order.index(found.figure), found.question.id),
    )
    rows = [
        (
            tag("td", found.figure.value, class_=TONES[found.figure]),
            [found.question.question, tag("div", tag("small", found.question.id))],
            found.question.answer,
            tag("td", map(_figure, found.line.figures), class_="figures"),
        )
        for found in given
    ]
    return table(("", "question", "gold answer", "figure"), rows)


def withheld(findings: Iterable[Finding]) -> Markup:
    """Return one row a figure that was asked for and not given."""
    rows = [
        (tag("code", one.metric), one.reason.value.replace("_", " "), [one.sentence, _where(found)])
        for found in findings
        for one in found.line.withheld
    ]
    return table(("metric", "why", ""), rows)


def misjudged(findings: Iterable[Finding]) -> Sequence[tuple[Part, ...]]:
    """Return rows of answers that abstain where there is an answer, or do not where there is none."""
    return [
        (
            "refused" if found.question.answerable else "not recognised",
            [found.question.question, tag("div", tag("small", found.question.id))],
            found.line.abstained_because,
        )
        for found in findings
        if found.line.abstained is not None and found.line.abstained == found.question.answerable
    ]


def _figure(figure: Figure) -> Markup:
    return tag(
        "div",
        tag(
            "div",
            tag("b", _written(figure.value)),
            f" {figure.unit} ",
            tag("small", f"{figure.metric}, {figure.period}"),
        ),
        tag("code", figure.formula),
        tag("div", (tag("div", _operand(operand)) for operand in figure.operands)),
        (tag("div", tag("small", note)) for note in figure.notes),
    )


def _written(value: Decimal) -> str:
    """Return a number with as many of its first four decimals as say something."""
    whole, _, decimals = f"{value:,.4f}".partition(".")
    return f"{whole}.{decimals.rstrip('0')}".rstrip(".")


def _operand(operand: Operand) -> Iterator[Part]:
    stated = operand.stated
    yield tag("small", f"{operand.name} = {stated.text} ")
    yield tag("small", f"{stated.label} | {stated.column_header}, {operand.label} ")
    if not stated.verified:
        yield tag("small", "not verified", class_="bad")


def _where(found: Finding) -> Markup:
    return tag("div", tag("small", found.question.id))
