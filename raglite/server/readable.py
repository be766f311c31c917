"""An answer as text, for a model or a person: short, since the whole of it travels as structured content."""

from collections.abc import Sequence

from raglite.model import Answer, Figure, FigureAnswer, Operand, ReadAt, SearchResult, Withheld
from raglite.retrieval.moments import spoken

NOTHING = (
    "No passage was found. Ask again without filters, or name the company and the fiscal year as the documents do; "
    "if the documents are not indexed, no wording will help."
)
UNANSWERED = "The documents seem not to answer this; what follows is only what is nearest."
NO_FIGURE = "No figure is asked for. Name a company and one line of a statement, or a ratio."
LONGEST_EXCERPT = 600  # characters


def readable(answer: Answer) -> str:
    """Return the figures with their proof, then the passages, each with its label, address and excerpt's beginning.

    First of all stands as of when, why the documents seem not to hold the answer, if so, and what to know of them.
    """
    doubt = [f"{UNANSWERED} {answer.abstained_because}"] if answer.abstained and answer.results else []
    nothing = answer.abstained_because if answer.as_of else NOTHING
    passages = [_passage(place, result) for place, result in enumerate(answer.results, 1)] or [nothing or NOTHING]
    return "\n\n".join([*_as_of(answer), *doubt, *answer.notes, *_figures(answer.figures, answer.withheld), *passages])


def readable_figures(answer: FigureAnswer) -> str:
    """Return what to know of the documents, the figures with their proof, and why others are withheld."""
    given = _figures(answer.figures, answer.withheld) or [NO_FIGURE]
    return "\n\n".join([*_as_of(answer), *answer.notes, *given])


def _as_of(answer: ReadAt) -> list[str]:
    if answer.as_of is None:
        return []
    return [f"As of {spoken(answer.as_of)}: what was answered from then, index commit {answer.index_commit}."]


def _figures(figures: Sequence[Figure], withheld: Sequence[Withheld]) -> list[str]:
    why = [f"No figure{f' for {one.metric}' if one.metric else ''} ({one.reason}): {one.sentence}" for one in withheld]
    return [_figure(figure) for figure in figures] + why


def _figure(figure: Figure) -> str:
    head = f"{figure.company}, {figure.period}: {figure.metric} = {amount(figure)}"
    formula = [f"formula: {figure.formula}"] if len(figure.operands) > 1 else []
    return "\n".join([head, *formula, *(_operand(operand) for operand in figure.operands), *figure.notes])


def amount(figure: Figure) -> str:
    """Return a figure's value for people: 1,577,000,000 USD, 24.26 (a ratio), 1.9 percent."""
    places = 2 if figure.value != figure.value.to_integral_value() else 0
    return f"{figure.value:,.{places}f} {figure.unit}".rstrip()


def _operand(operand: Operand) -> str:
    return f"  {operand.name}: {operand.stated.text} [{operand.label}]\n  {operand.uri}"


def _passage(place: int, result: SearchResult) -> str:
    excerpt = result.excerpt
    shown = excerpt if len(excerpt) <= LONGEST_EXCERPT else f"{excerpt[:LONGEST_EXCERPT].rsplit(None, 1)[0]} \u2026"
    return f"[{place}] {result.citation.label}\n{result.citation.uri}\n{shown}"
