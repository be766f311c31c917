"""Numbers as tables print them: signs, separators, currencies, percent signs and footnote marks."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
LONGEST = 48  # characters of a number with its signs and marks
FEWEST_CONTINENTAL = 3  # numbers that can only be continental, before a document counts as one
CONTINENTAL_SHARE = 10  # and as many times more of them than of those that can only be English

CURRENCIES = {
    "us$": "USD", "usd": "USD", "$": "USD", "eur": "EUR", "\u20ac": "EUR", "gbp": "GBP", "\u00a3": "GBP",
    "chf": "CHF", "rs.": "INR", "rs": "INR", "inr": "INR", "\u20b9": "INR", "jpy": "JPY", "\u00a5": "JPY",
    "rmb": "CNY", "cny": "CNY", "hk$": "HKD", "hkd": "HKD", "c$": "CAD", "cad": "CAD", "a$": "AUD", "aud": "AUD",
    "nt$": "TWD", "r$": "BRL", "s$": "SGD", "sgd": "SGD", "sek": "SEK", "nok": "NOK", "dkk": "DKK", "\u20a9": "KRW",
    "krw": "KRW",
}  # fmt: skip
_SIGN = "|".join(sorted(map(re.escape, CURRENCIES), key=len, reverse=True))
_SPACE = r"[ \u00a0\u2009\u202f]"
_GROUPED = (
    rf"\d{{1,3}}(?:,\d{{3}})+|\d{{1,3}}(?:['\u2019]\d{{3}})+|\d{{1,3}}(?:{_SPACE}\d{{3}})+|\d{{1,2}}(?:,\d\d)+,\d{{3}}"
)
_ENGLISH = rf"(?:{_GROUPED}|\d+)(?:\.\d+)?|\.\d+"
_CONTINENTAL = rf"\d{{1,3}}(?:\.\d{{3}})+(?:,\d+)?|\d{{1,3}}(?:{_SPACE}\d{{3}})+(?:,\d+)?|\d+(?:,\d+)?"
_MARKS = r"(?:\s*(?:\*{1,3}|[\u2020\u2021\u00a7#]|\((?:[a-z]|\d{1,2})\)|\[(?:[a-z]|\d{1,2})\]|[\u00b9\u00b2\u00b3]))*"
_NIL = re.compile(rf"\(?(?P<sign>{_SIGN})?\s*[{DASHES}]{{1,2}}\s*\)?\s*(?P<percent>%)?{_MARKS}", re.IGNORECASE)
_ALONE = r"(?<![\d.,])(?:{})(?![\d.,]*\d)"
_ONLY_CONTINENTAL = re.compile(_ALONE.format(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}|\d+,\d{1,2}"))
_ONLY_ENGLISH = re.compile(_ALONE.format(r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}|\d+\.\d{1,2}"))


def _printed(digits: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<lead>[{DASHES}+])?\s*(?P<sign>{_SIGN})?\s*(?P<open>\()?\s*(?P<inner>[{DASHES}])?(?P<inside>{_SIGN})?\s*"
        rf"(?P<digits>{digits})\s*(?P<percent>%)?\s*(?P<close>\))?\s*(?P<after>%|x\b)?(?P<trail>[{DASHES}])?{_MARKS}",
        re.IGNORECASE,
    )


_PRINTED = {False: _printed(_ENGLISH), True: _printed(_CONTINENTAL)}


@dataclass(frozen=True, slots=True)
class Amount:
    """A printed number. `mark` is "%", "x" (times) or ""; `is_nil` says that a dash stands for it."""

    value: Decimal
    currency: str = ""
    mark: str = ""
    is_nil: bool = False

    @property
    def is_whole(self) -> bool:
        """Tell whether it is printed without decimals."""
        return self.value == self.value.to_integral_value() and self.value.as_tuple().exponent == 0


def read_amount(text: str, *, continental: bool = False) -> Amount | None:
    """Return the number that a cell prints, None if it prints anything else.

    Parentheses, opened at least, and a minus before or after it make it negative. `continental` reads "1.234,56".
    """
    text = text.strip()
    if len(text) > LONGEST:
        return None
    nil = _NIL.fullmatch(text)
    if nil:
        return Amount(Decimal(0), _currency(nil["sign"]), nil["percent"] or "", is_nil=True)
    match = _PRINTED[continental].fullmatch(text)
    if not match or (match["close"] and not match["open"]):
        return None
    number = _decimal(match["digits"], continental)
    minus = match["open"] or match["inner"] or match["trail"] or (match["lead"] and match["lead"] != "+")
    mark = (match["percent"] or match["after"] or "").lower()
    return Amount(-number if minus else number, _currency(match["sign"] or match["inside"]), mark)


def is_continental(texts: Iterable[str]) -> bool:
    """Tell whether numbers are plainly printed as "1.234,56": many that can be nothing else, few that cannot be."""
    continental = english = 0
    for text in texts:
        continental += bool(_ONLY_CONTINENTAL.search(text))
        english += bool(_ONLY_ENGLISH.search(text))
    return continental >= FEWEST_CONTINENTAL and continental > CONTINENTAL_SHARE * english


def _decimal(digits: str, continental: bool) -> Decimal:
    if continental:
        digits = digits.replace(".", "").replace(",", ".")
    return Decimal(re.sub(r"[^\d.]", "", digits))


def _currency(sign: str | None) -> str:
    return CURRENCIES[sign.lower()] if sign else ""
