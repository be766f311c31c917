"""What number a question asks for, if it asks for one: an expression over metrics, and the years it is wanted in.

Read strictly. A question of yes or no, of which or why, or with a word that is not understood ("of the wireless
segment", "excluding litigation") gets no figure, because the one that a statement has would answer something else.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

from raglite.retrieval.figures import sentences
from raglite.retrieval.figures.expressions import Binary, Expression, Item, NotAFormula, Over, items
from raglite.retrieval.figures.expressions import years as names_years
from raglite.retrieval.figures.formula_words import formula, read
from raglite.retrieval.figures.formulas import FORMULAS, Unit
from raglite.retrieval.figures.word_kinds import FUNCTION, METRIC, NUMBER, OPERATOR, PRIOR, ROW, UNKNOWN, YEAR
from raglite.retrieval.figures.wording import AND, FROM, OF, OVER, TO, Word, words
from raglite.retrieval.question.vocabulary import METRICS

MOST_FIGURES = 6
_ASKS = re.compile(
    r"\b(?:what|how (?:much|many|high|large|big)|calculate|compute|determine|find|state|give|report|tell me|provide)\b",
    re.IGNORECASE,
)
_ASKS_OTHERWISE = re.compile(
    r"^\W*(?:(?:also|and|then) )?(?:how )?(?:does|do|did|is|are|was|were|has|have|had|can|could|should|will|would|which"
    r"|who|whom|whose|why|when|where|among|if)\b"
    r"|\bwhat (?:drove|caused|led|made|happened|explains?|kinds?|types?|factors?|reasons?)\b"
    r"|\bwhat (?:is|are|was|were) (?:the )?(?:major|key|main|primary|reasons?|nature|purpose)\b",
    re.IGNORECASE,
)
# "Did revenue go up or down from 2022 to 2023, and by what percentage?"; "How did it develop between 2022 and 2023?"
_ASKS_A_CHANGE = re.compile(
    r"^\W*(?:did|has|have)\b(?=.*\bby (?:what|how)\b)"
    r"|^\W*how (?:did|has|have)\b(?=.*\b(?:develop|evolve)d?\b.*\bbetween\b)|,? and by (?:what|how)\b(?: much)?",
    re.IGNORECASE,
)
_AS_A_RATE = re.compile(r"\b(?:develop|evolve)d?\b|\bhow fast\b", re.IGNORECASE)
_OVER_A_YEAR = re.compile(r"\byear[- ](?:over|on)[- ]year\b|\byoy\b", re.IGNORECASE)
_MONEY = re.compile(
    r"\b(?:usd|eur|gbp|dollars?|millions?|billions?|thousands?|amount)\b|[$\u20ac\u00a3]", re.IGNORECASE
)
_AS_PERCENT = re.compile(r"\bpercent|%", re.IGNORECASE)
_JOINED = {"sum": "+", "difference": "-"}
_BETWEEN_YEARS = (TO, Word(OPERATOR, "-"))
_NAMES = frozenset({METRIC, ROW})
_ALIKE = {"growth", "change"}
_POINTS = re.compile(r"\bpercentage points?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AskedFigure:
    """One number: its expression, and the fiscal year it is asked for; None where the expression names its years."""

    expression: Expression
    year: int | None = None


@dataclass(frozen=True)
class FigureQuestion:
    """The numbers that a question asks for.

    `definitions` are the question's own formulas by metric; None stands for one that is not understood. `unclear` are
    the words for which no figure is given though one seems to be asked for.
    """

    asked: tuple[AskedFigure, ...] = ()
    definitions: Mapping[str, Expression | None] = field(default_factory=dict)
    as_percent: bool = False
    unclear: tuple[str, ...] = ()

    @property
    def is_of_known(self) -> bool:
        """Tell whether a metric of the vocabulary is asked for, not only what may be a row's label."""
        return any(item.metric in METRICS for one in self.asked for item in items(one.expression))


def figure_question(bare: str, query: str, years: Sequence[int]) -> FigureQuestion | None:
    """Return what number is asked for; None if none is.

    `bare` is the question without instructions and company names, `query` the whole of it without the names; `years`
    are the fiscal years it names.
    """
    if _ASKS_OTHERWISE.search(bare):
        if not _ASKS_A_CHANGE.match(bare):
            return None
        bare = _ASKS_A_CHANGE.sub(" ", bare)
    found = requested(sentences.without_definitions(bare), query, years, as_percent=_percent(query))
    return found if found and (_ASKS.search(bare) or not found.unclear) else None


def requested(phrase: str, query: str, years: Sequence[int], *, as_percent: bool) -> FigureQuestion | None:
    """Return what a phrase such as "3 year average of capex as a % of revenue" means; None if it names nothing.

    `years` are those it names, ascending, ranges filled in. It may define what it asks for: "..., defined as ...", and
    so may other sentences of the query.
    """
    head, definition = sentences.split(sentences.plain(phrase))
    found = words(head)
    names = [word.text for word in found if word.kind in _NAMES]
    if not names:
        return None
    defined = {name: formula(meaning) for name, meaning in sentences.definitions(query, names[-1])}
    if definition:
        defined[names[-1]] = formula(definition)
    unclear = tuple(word.text for word in found if word.kind in {UNKNOWN, NUMBER})
    try:
        asked = () if unclear else tuple(_asked(found, years, as_percent=as_percent))
    except NotAFormula as reason:
        unclear = (str(reason),)
        asked = ()
    if unclear and not any(word.kind == METRIC for word in found):
        return None
    return FigureQuestion(asked[:MOST_FIGURES], defined, as_percent, unclear)


def _percent(query: str) -> bool:
    """Tell whether a share or a change is wanted as a percentage."""
    if _POINTS.search(query):
        return False
    return bool(
        _AS_PERCENT.search(query)
        or _AS_A_RATE.search(query)
        or (_OVER_A_YEAR.search(query) and not _MONEY.search(query))
    )


def _asked(found: Sequence[Word], years: Sequence[int], *, as_percent: bool) -> Iterator[AskedFigure]:
    """Yield what is asked for. Raises NotAFormula where the words do not say it."""
    function, body = _function(found)
    if function and len(years) > 1 and _is_backwards(found):
        raise NotAFormula(f"from {years[-1]} to {years[0]}")
    if not function and len(years) > 1 and any(word.kind == OPERATOR for word in body):
        expression = read(found)  # every operand may have a year of its own
        if all(item.years for item in items(expression)):
            yield AskedFigure(expression)
            return
    expressions = _expressions(_without_years(body))
    for one in _applied(function, expressions, years, as_percent=as_percent):
        yield from (AskedFigure(one, year) for year in ((None,) if names_years(one) else years or (None,)))


def _is_backwards(found: Sequence[Word]) -> bool:
    """Tell whether the words run "from 2019 to 2018"; "in 2019 versus 2018" does not."""
    starts = [at for at, word in enumerate(found[:-2]) if word == FROM and found[at + 1].kind == YEAR]
    named = [int(word.text) for word in found[starts[0] :] if word.kind == YEAR] if starts else []
    return len(named) > 1 and named[0] > named[-1]


def _without_years(body: Sequence[Word]) -> list[Word]:
    """Leave out years, and the "over" that sets one against another."""
    return [
        word
        for at, word in enumerate(body)
        if word.kind != YEAR and not (word == OVER and at + 1 < len(body) and body[at + 1].kind == YEAR)
    ]


def _function(found: Sequence[Word]) -> tuple[str | None, list[Word]]:
    """Take the one function word out, which stands for all the rest.

    "A year earlier" says what is the first of two periods; without a change between them it is a period of its own.
    """
    functions = list(dict.fromkeys(word.text for word in found if word.kind == FUNCTION))
    if len(functions) > 1 and set(functions) != _ALIKE:
        raise NotAFormula(" and ".join(functions))
    function = "growth" if len(functions) > 1 else next(iter(functions), None)
    if any(word.kind == PRIOR for word in found) and function not in _ALIKE:
        raise NotAFormula("prior year")
    return function, [word for word in found if word.kind not in {FUNCTION, PRIOR}]


def _applied(
    function: str | None, parts: Sequence[Expression], years: Sequence[int], *, as_percent: bool
) -> Sequence[Expression]:
    """Apply a function to what is asked for: a sum or difference to several parts, any other to each over the years."""
    if function in _JOINED and len(parts) > 1:
        return [reduce(lambda left, right: Binary(_JOINED[function], left, right), parts)]
    if function is None:
        return parts
    if function == "sum" and len(years) < 2:  # noqa: PLR2004  nothing to add
        raise NotAFormula("sum")
    if function == "sum":
        return [reduce(_plus, (_in_year(part, year) for year in years)) for part in parts]
    over = "change" if function == "difference" else function
    span = () if len(years) < 2 else years if over == "average" else (years[0], years[-1])  # noqa: PLR2004  first, last
    return [
        Over("growth" if over == "change" and as_percent and _is_amount(part) else over, part, tuple(span))
        for part in parts
    ]


def _plus(left: Expression, right: Expression) -> Expression:
    return Binary("+", left, right)


def _in_year(part: Expression, year: int) -> Expression:
    if not isinstance(part, Item) or part.years:
        raise NotAFormula("sum")
    return Item(part.metric, (year,))


def _is_amount(part: Expression) -> bool:
    """Tell whether a change in percent is one of the amount, not of a percentage in points."""
    return isinstance(part, Item) and (
        part.metric not in FORMULAS or FORMULAS[part.metric].unit in {Unit.AS_OPERANDS, Unit.DAYS}
    )


def _expressions(body: Sequence[Word]) -> list[Expression]:
    """Return the expression, or each of several that are joined by "and"."""
    parts: list[list[Word]] = [[]]
    for word in body:
        if word == AND:
            parts.append([])
        elif word != FROM:
            parts[-1].append(word)
    return [read(_turned(_trimmed(part))) for part in parts if _trimmed(part)]


def _trimmed(part: Sequence[Word]) -> list[Word]:
    """Drop the "to" or dash that joined two years."""
    kept = list(part)
    while kept and kept[-1] in _BETWEEN_YEARS:
        kept.pop()
    while kept and kept[0] in _BETWEEN_YEARS:
        kept.pop(0)
    return kept


def _turned(part: list[Word]) -> list[Word]:
    """Turn "what percentage of revenue was cost of sales" into "cost of sales as a percentage of revenue"."""
    if [word.kind in _NAMES for word in part] == [False, True, True] and part[0] == OF:
        return [part[2], OF, part[1]]
    return part
