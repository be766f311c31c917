"""Gold answers that are one number, and whether a figure agrees with one.

scripts/measure_figures.py measures with the same two functions.
"""

import re
from decimal import Decimal

from raglite.model import Figure, Frozen

MONEY_PLACES = 2
SURELY_AN_AMOUNT = 100  # a ratio is smaller

_SCALES = {
    "thousand": 10**3, "k": 10**3,
    "million": 10**6, "mn": 10**6, "mm": 10**6, "m": 10**6,
    "billion": 10**9, "bn": 10**9, "b": 10**9,
    "trillion": 10**12, "tn": 10**12,
}  # fmt: skip
_CURRENCY = r"(?:US\$|[$\u20ac\u00a3\u00a5]|(?-i:\b[A-Z]{3}\b))"
_WHOLE = re.compile(
    rf"""\s*(?:~|\u2248|approx(?:\.|imately)?|about|around)?
    (?P<lead>(?:\s|{_CURRENCY}|[-\u2212\u2013(])*)
    (?P<digits>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d*\.\d+|\d+)[)\s]*
    (?P<percent>%|per\ ?cent\b)?[)\s]*
    (?:(?P<scale>{"|".join(sorted(_SCALES, key=len, reverse=True))})s?\b)?[)\s]*
    {_CURRENCY}?(?P<rest>(?:\s*[a-z][a-z/-]*){{0,4}})\.?\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_CURRENCY_SIGN = re.compile(_CURRENCY)
_NEGATIVE = re.compile(r"[-\u2212\u2013(]")
_ASKED_SCALE = re.compile(
    r"\b(thousand|million|billion|trillion)s?\b|\bUSD ?(mn|m|bn)\b|\$ ?(mn|m|bn)\b", re.IGNORECASE
)
_ASKS_A_YEAR = re.compile(r"\b(?:which|what)(?: \w+)? years?\b|\bwhen\b", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
_MONEY_OR_SHARES = re.compile(r"[A-Z]{3}|shares")
_OTHER_UNITS = re.compile(r"basis|\bbps?\b", re.IGNORECASE)


class GoldNumber(Frozen):
    """The number of a gold answer as written: "$8.70 billion" is 8.70 with one decimal place and scale 1e9.

    `places` are the decimals that were rounded to. Zeros at the end of an amount's two decimals are padding ("$1577.00"
    is a whole number), because data sets print every amount so; those of a ratio or a percentage are not.
    """

    value: Decimal
    places: int
    percent: bool = False
    scale: int | None = None

    @property
    def tolerance(self) -> Decimal:
        """Half of the last place that was rounded to."""
        return Decimal(5).scaleb(-self.places - 1)


def gold_number(answer: str | None, question: str = "", unit: str = "") -> GoldNumber | None:
    """Return the number if the whole answer is one, with a currency, scale, percent sign or unit at most.

    A year that was asked for is no number, nor are basis points. `unit` is what a question file says of the answer
    apart from it, such as "USD millions"; a scale in the answer itself counts first.
    """
    match = _WHOLE.fullmatch(answer or "")
    if not match or _OTHER_UNITS.search(match["rest"]):
        return None
    if _YEAR.fullmatch((answer or "").strip()) and _ASKS_A_YEAR.search(question):
        return None
    value = Decimal(match["digits"].replace(",", ""))
    decimals = match["digits"].partition(".")[2]
    is_amount = not match["percent"] and (value >= SURELY_AN_AMOUNT or _CURRENCY_SIGN.search(match[0]))
    places = len(decimals.rstrip("0") if is_amount and len(decimals) == MONEY_PLACES else decimals)
    negative = _NEGATIVE.search(match["lead"])
    scale = match["scale"] or next((word for words in _ASKED_SCALE.findall(unit) for word in words if word), None)
    return GoldNumber(
        value=-value if negative else value,
        places=places,
        percent=bool(match["percent"]),
        scale=_SCALES[scale.lower()] if scale else None,
    )


def agrees(gold: GoldNumber, figure: Figure, question: str = "") -> bool:
    """Tell whether a figure is the gold number, rounded as the gold is; the sign counts.

    A figure is in single units. The gold's own scale counts first, then the one that the question asks for, and where
    neither says anything also the scale that the figure's cells are printed in. A share may be written 0.053 or 5.3 %.
    """
    return any(abs(reading - gold.value) <= gold.tolerance for reading in _readings(gold, figure, question))


def _readings(gold: GoldNumber, figure: Figure, question: str) -> list[Decimal]:
    """Return what the figure may be in the gold's terms."""
    if gold.percent:
        return [figure.value if figure.unit == "percent" else figure.value * 100]
    if figure.unit == "percent":
        return [figure.value, figure.value / 100]
    if not _MONEY_OR_SHARES.fullmatch(figure.unit):
        return [figure.value]
    return [figure.value / scale for scale in _scales(gold, figure, question)]


def _scales(gold: GoldNumber, figure: Figure, question: str) -> set[int]:
    if gold.scale:
        return {gold.scale}
    asked = {_SCALES[word.lower()] for words in _ASKED_SCALE.findall(question) for word in words if word}
    return asked or {1, *(operand.stated.scale for operand in figure.operands)}
