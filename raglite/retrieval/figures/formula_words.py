"""Formulas in words: "365 * (average inventory between FY2018 and FY2019) / FY2019 COGS" as an expression.

Every word must be understood: a metric or row, a year, a number, an operator, or one of the words that change nothing.
One that is not makes the whole unreadable: a formula that is read in part is a wrong one.
"""

from collections.abc import Sequence
from decimal import Decimal

from raglite.retrieval.figures.expressions import Binary, Expression, Item, NotAFormula, Number, Over
from raglite.retrieval.figures.word_kinds import OPERATOR, YEAR
from raglite.retrieval.figures.wording import AND, FROM, TO, Word, words

MOST_WORDS = 60


def formula(text: str) -> Expression | None:
    """Return the expression that a definition says; None if one of its words is not understood."""
    try:
        return read(words(text))
    except NotAFormula:
        return None


def read(found: Sequence[Word]) -> Expression:
    """Return the expression that words make; NotAFormula if they make none, or are more than a formula has."""
    if len(found) > MOST_WORDS:
        raise NotAFormula("it is too long")
    reader = _Reader(found)
    expression = reader.whole()
    if reader.next is not None:
        raise NotAFormula(reader.next.text)
    return expression


class _Reader:
    """Words, read from the left. Years may stand before or behind what they belong to."""

    def __init__(self, found: Sequence[Word]) -> None:
        self._words = found
        self._at = 0

    @property
    def next(self) -> Word | None:
        return self._words[self._at] if self._at < len(self._words) else None

    def whole(self) -> Expression:
        """Read sums that are set "over" one thing: in words, all that stands before it is divided."""
        found = self.sums()
        while self._operator("over"):
            found = Binary("/", found, self._factor())
            while (operator := self._operator("*", "/")) is not None:
                found = Binary(operator, found, self._factor())
        return found

    def sums(self) -> Expression:
        found = self._products()
        while (operator := self._operator("+", "-")) is not None:
            found = Binary(operator, found, self._products())
        return found

    def _products(self) -> Expression:
        found = self._factor()
        while (operator := self._operator("*", "/")) is not None or self._takes(TO):
            found = Binary(operator or "/", found, self._factor())
        return found

    def _factor(self) -> Expression:
        before = self._years()
        found = self._bare()
        years = before + self._years()
        if not years:
            return found
        match found:
            case Item(metric):
                return Item(metric, years)
            case Over(function, argument):
                return Over(function, argument, years)
            case _:
                raise NotAFormula("years of what is no metric")

    def _bare(self) -> Expression:
        word = self._take()
        match word:
            case Word("metric" | "row", metric):
                return self._apposed() or Item(metric)
            case Word("number", digits):
                return Number(Decimal(digits))
            case Word("function", function):
                return _over(function, self._factor())
            case Word("operator", "("):
                found = self.whole()
                if self._operator(")") is None:
                    raise NotAFormula("a bracket is not closed")
                return found
        raise NotAFormula(word.text)

    def _apposed(self) -> Expression | None:
        """Take the sum in brackets that says what a name means: "inventories (raw materials plus finished goods)"."""
        start = self._at
        if self._operator("(") is None:
            return None
        found = self.sums()
        if self._operator(")") is None or not isinstance(found, Binary):
            self._at = start
            return None
        return found

    def _years(self) -> tuple[int, ...]:
        """Take "between 2018 and 2020", "2018 - 2020", "2018"."""
        found: list[int] = []
        start = self._at
        self._takes(FROM)
        while self.next and self.next.kind == YEAR:
            found.append(int(self._take().text))
            held = self._at
            if not (self._takes(TO) or self._takes(AND) or self._operator("-")) or not (
                self.next and self.next.kind == YEAR
            ):
                self._at = held
                break
        if not found:
            self._at = start
        return tuple(found)

    def _takes(self, word: Word) -> bool:
        taken = self.next == word
        self._at += taken
        return taken

    def _operator(self, *wanted: str) -> str | None:
        return next((text for text in wanted if self._takes(Word(OPERATOR, text))), None)

    def _take(self) -> Word:
        word = self.next
        if word is None:
            raise NotAFormula("it ends too soon")
        self._at += 1
        return word


def _over(function: str, argument: Expression) -> Over:
    """Give the function the years of its one argument: "average inventory between 2018 and 2019"."""
    if isinstance(argument, Item) and argument.years:
        return Over(function, Item(argument.metric), argument.years)
    return Over(function, argument)
