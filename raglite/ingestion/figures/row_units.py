"""What one figure is counted in: money in the caption's scale, money a share, shares, percent, or none of these."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from raglite.ingestion.figures.amounts import Amount
from raglite.ingestion.figures.units import PER_SHARE, SCALES, Units

SHARES_IN_FULL = 1_000_000  # a count of shares from here on is printed in full where only money is said to be scaled
LARGEST_PER_SHARE = 100_000
WHOLE_PER_SHARE = 1_000  # a whole number from here on is no price
WHOLE_SHARE = 0.3  # of a table's sums of money that are whole, from which on one with decimals is none of them
DOLLARS = frozenset({"CAD", "AUD", "HKD", "SGD", "TWD", "BRL"})

_PARENTHESIS = re.compile(r"\([^()]*\)|,? except\b.*", re.IGNORECASE)
_RATE = re.compile(
    r"[$\u20ac\u00a3]?\d[\d.,]* (?:per|a) (?:[a-z]+ ){0,2}?share|\b(?:par|stated|nominal) value\b.*", re.IGNORECASE
)
_PRINTED_COUNT = re.compile(r"\b\d[\d.,]*\b")
_PER_SHARE = re.compile(
    rf"{PER_SHARE}|\b[de]ps\b|\b(?:exercise|average|purchase|closing|market) price\b|\bprice paid\b"
    r"|\bgrant[- ]date fair value\b",
    re.IGNORECASE,
)
_SHARES = re.compile(
    r"\b(?:weighted|average|number of|basic|diluted|dilutive|potential|incremental)\b.*\b(?:shares|share count|units)\b"
    r"|\bshares? (?:outstanding|used)\b|\bshares\b.*\bat (?:the )?(?:year|period|end)\b|^(?:total )?shares\b"
    r"|^denominator\b|\bdilutive (?:effect|impact) of\b|\beffect of dilut",
    re.IGNORECASE,
)
_SHARES_MOVED = re.compile(r"\bshares (?:issued|purchased|repurchased|granted|vested|forfeited)\b", re.IGNORECASE)
_OF_A_SHARE = re.compile(r"\b(?:price|cost|value|proceeds|dividends?|compensation)\b", re.IGNORECASE)
_PERCENT = re.compile(r"(?<!\d)(?<!\d )(?:%|\bper ?cent(?:age)?\b)|\b(?:tax|interest|discount) rates?\b", re.IGNORECASE)
_OF_EPS = re.compile(r"\W*(?:basic|diluted)\b", re.IGNORECASE)  # the rows of a group per share that may be whole
_RATIO = re.compile(r"\bratios?\b|\(times\)|\bturns\b|\bturnover \(", re.IGNORECASE)
_COUNTED = re.compile(
    r"\bnumber of\b|\bemployees\b|\bheadcount\b|\bmember(?:s|ship)\b|\bsquare (?:feet|met)"
    r"|\((?:in )?(?:days|years|months)\)"
    r"|\b(?:stores|rooms|customers|subscribers|connections|locations|units|barrels|tons|tonnes|ounces|miles)$"
    r"|^(?:days|units)\b|\b(?:days|years)\W*$",
    re.IGNORECASE,
)
_CENTS = re.compile(r"\bcents\b|\bpence\b|\(p\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Counted:
    """What one figure is counted in; unsure where no words of the document say it."""

    unit: str
    scale: int
    sure: bool = True


@dataclass(frozen=True)
class Row:
    """What tells of a row: its label and its groups' from the innermost out, its numbers, and its table.

    `is_whole` says that the table's sums of money are whole, `is_statement` that it is a financial statement, which
    counts nothing but money and shares.
    """

    labels: Sequence[str]
    amounts: Sequence[Amount]
    is_whole: bool = True
    is_statement: bool = False

    @property
    def has_currency(self) -> bool:
        """Tell whether a number of the row is printed with a currency's sign."""
        return any(amount.currency for amount in self.amounts)

    @cached_property
    def kind(self) -> str:
        """Tell rows "per share" and of "shares", by their own label, else by their groups'; "" for all others."""
        own, *groups = self.labels
        found = _kind_of(own, self.amounts, self)
        if found:
            return found
        is_whole = all(amount.is_whole for amount in self.amounts) and not _OF_EPS.match(own)
        kinds = (_kind_of(label, self.amounts, self) for label in groups)
        return next((kind for kind in kinds if kind and not (kind == "per share" and is_whole)), "")


def counted_in(row: Row, units: Units, header: str, amount: Amount) -> Counted:
    """Return what a row's number in the column under `header` is counted in."""
    own, above = row.labels[0], _PARENTHESIS.sub(" ", header)
    if amount.mark:
        return Counted("percent" if amount.mark == "%" else "ratio", 1)
    if not row.has_currency and (rate := _rate(row, header)):
        return Counted("percent", 1, sure="%" in rate or "percent" in rate.lower())
    kind = _kind_of(above, [amount], row) or row.kind
    if kind == "shares":
        return _shares(row, units, amount)
    if kind == "per share":
        in_cents = bool(_CENTS.search(own + header))
        currency = _currency(row, units)
        return Counted("" if in_cents else f"{currency}/share", 1, sure=bool(currency) and not in_cents)
    return _others(row, header, amount) or _money(row, units, amount)


def _kind_of(label: str, amounts: Sequence[Amount], row: Row) -> str:
    text = _RATE.sub(" ", label)
    if not any(amount.currency for amount in amounts) and _is_of_shares(text, is_statement=row.is_statement):
        return "shares"
    return "per share" if _PER_SHARE.search(text) and all(map(_may_be_per_share, amounts)) else ""


def _rate(row: Row, header: str) -> str:
    """Return the words that make numbers percentages: the row's, the header's, outside the statements its group's."""
    words = [row.labels[0], *([] if row.is_statement else row.labels[1:2])]
    return next((word for word in words if _PERCENT.search(word)), header if "%" in header else "")


def _others(row: Row, header: str, amount: Amount) -> Counted | None:
    """Return what is neither money nor shares outside the statements, None if it may be money."""
    words = [] if amount.currency else [header]
    words += [] if row.has_currency else row.labels[:2]
    if row.is_statement or not any(_RATIO.search(word) or _COUNTED.search(word) for word in words):
        return None
    return Counted("ratio", 1) if any(_RATIO.search(word) for word in words) else Counted("", 1, sure=False)


def _money(row: Row, units: Units, amount: Amount) -> Counted:
    currency, scale = _currency(row, units), _own_scale(row.labels[0]) or units.scale
    is_odd = row.is_whole and not amount.is_whole
    return Counted(currency, scale or 1, sure=scale is not None and bool(currency) and not is_odd)


def _is_of_shares(label: str, *, is_statement: bool) -> bool:
    """Tell a count of shares from the amount that shares were issued for, whose label prints their count."""
    bare = _PARENTHESIS.sub(" ", label)
    if _OF_A_SHARE.search(bare) or _PRINTED_COUNT.search(bare):
        return False
    return bool(_SHARES.search(bare) or (_SHARES_MOVED.search(bare) and not is_statement))


def _may_be_per_share(amount: Amount) -> bool:
    return abs(amount.value) < (WHOLE_PER_SHARE if amount.is_whole else LARGEST_PER_SHARE)


def _shares(row: Row, units: Units, amount: Amount) -> Counted:
    """Count shares in their own scale; where only money is said to be scaled, statements scale them alike."""
    scale = _own_scale(row.labels[0]) or units.shares
    if scale or abs(amount.value) >= SHARES_IN_FULL:
        return Counted("shares", scale or 1)
    return Counted("shares", units.scale or 1, sure=row.is_statement and units.scale is not None)


def _currency(row: Row, units: Units) -> str:
    """Return the currency of the row's own sign; a bare $ is any dollar that the caption or the filing is in."""
    own = next((amount.currency for amount in row.amounts if amount.currency), "")
    said = units.currency or ""
    return said if not own or (own == "USD" and said in DOLLARS) else own


def _own_scale(label: str) -> int | None:
    match = re.search(r"\([^()]*\b(?P<word>thousand|million|billion)s\b[^()]*\)", label, re.IGNORECASE)
    return SCALES[match["word"].lower()] if match else None
