"""What a caption says of units: "(In millions, except per share amounts)"."""

import re
from dataclasses import dataclass
from functools import lru_cache

_POWERS = {
    3: "thousand 000 k t",
    5: "lakh lac",
    6: "million mn mm mio mln m",
    7: "crore",
    9: "billion bn",
}
SCALES: dict[str, int] = {word: 10**power for power, words in _POWERS.items() for word in words.split()}

LONGEST_SIGN = 8  # characters of a caption that is a currency alone
_INTRODUCES = re.compile(r"\W*(?:all )?(?:amounts|figures|expressed|stated|presented|in)\b", re.IGNORECASE)
_MONEY = (
    r"(?:[a-z]{0,2}[$\u20ac\u00a3\u00a5\u20b9]|usd|eur|gbp|chf|rs\.?|inr|rmb|jpy|sek|nok|dkk|cad|aud|dollars?|euros?)"
)
_SCALE = re.compile(
    r"(?<![\d.])(?<!\d )\b(?P<word>thousand|million|billion|crore|lakh|lac|mio|mln)s?\b"
    r"|\b(?P<before>[TKM])(?:EUR|USD|CHF|SEK|NOK|DKK|GBP|\u20ac|\$|\u00a3)(?!\w)"
    rf"|{_MONEY} ?\(?'?(?P<short>000|mn|mm|bn|m|k)s?\b|(?<!\w)['\u2019](?P<zeros>000)s?\b",
    re.IGNORECASE,
)
_WORDS = r"(?:thousands|millions|billions|crores|lakhs)\b"
_IN_PROSE = re.compile(
    rf"\((?:[^()]{{0,40}}\bin )?[^()\d]{{0,20}}{_WORDS}[^()]{{0,80}}\)|\bin (?:[a-z$\u20ac\u00a3.]+ ){{0,3}}{_WORDS}",
    re.IGNORECASE,
)
_SHARES_IN = re.compile(
    r"(?P<also>\b(?:and|&) )?\bshares?\b[^)]{0,50}?\b(?:in|of)\b[^)]{0,12}?\b(?P<word>thousand|million|billion)s?",
    re.IGNORECASE,
)
PER_SHARE = r"\bper[ -](?:[a-z-]+ ){0,3}?(?:share|unit|ads|adr|security)s?\b"
_SHARES_EXCEPTED = re.compile(r"\b(?:except|other than|excluding)\b[^)]*?\b(?:shares?|stock data)\b", re.IGNORECASE)
_DOLLARS_ONLY = re.compile(rf"^\W*(?:amounts )?(?:{_MONEY}) in\b", re.IGNORECASE)
_CURRENCY_WORDS = (
    ("USD", r"us\$|usd\b|u\.?s\.? dollars?"), ("CAD", r"c\$|cad\b|canadian dollars?"),
    ("AUD", r"a\$|aud\b|australian dollars?"),
    ("HKD", r"hk\$|hkd"), ("TWD", r"nt\$"), ("BRL", r"r\$|brl"), ("EUR", r"\u20ac|euros?\b|eur\b"),
    ("GBP", r"\u00a3|gbp\b|pounds? sterling|sterling"),
    ("CHF", r"chf\b|swiss francs?"), ("CNY", r"rmb\b|renminbi|cny\b"),
    ("JPY", r"\u00a5|jpy\b|yen\b"), ("INR", r"\u20b9|rs\.|inr\b|rupees?"), ("SEK", r"sek\b"), ("NOK", r"nok\b"),
    ("DKK", r"dkk\b"), ("KRW", r"\u20a9|krw\b|korean won"), ("USD", r"\$|dollars?"),
)  # fmt: skip
_CURRENCIES = tuple(
    (code, re.compile(rf"(?<![a-z])[TKM]?(?:{words})", re.IGNORECASE)) for code, words in _CURRENCY_WORDS
)


@dataclass(frozen=True, slots=True)
class Units:
    """What a caption says; None where it does not. `shares` is the scale of counts of shares."""

    currency: str | None = None
    scale: int | None = None
    shares: int | None = None

    def over(self, other: "Units") -> "Units":
        """Return these units, and another caption's where this one says nothing."""
        if self.scale is None:
            return Units(self.currency or other.currency, other.scale, other.shares)
        return Units(self.currency or other.currency, self.scale, self.shares)


@lru_cache(maxsize=4096)
def units_of(caption: str) -> Units:
    """Return what a caption such as "(In millions, except per share amounts)" says."""
    without_rates = re.sub(PER_SHARE, " ", caption, flags=re.IGNORECASE)
    shares_in = _SHARES_IN.search(without_rates)
    money = without_rates.replace(shares_in[0], " ") if shares_in else without_rates
    match = _SCALE.search(without_rates if shares_in and shares_in["also"] else money)
    scale = _scale(match) if match else None
    currency = _currency(caption) if scale or len(caption) <= LONGEST_SIGN or _INTRODUCES.match(caption) else None
    if shares_in:
        return Units(currency, scale, SCALES[shares_in["word"].lower()])
    if _SHARES_EXCEPTED.search(without_rates):
        return Units(currency, scale, 1)
    return Units(currency, scale, None if _DOLLARS_ONLY.search(without_rates) else scale)


def units_in_prose(text: str) -> Units:
    """Return what a sentence above a table says in passing: "(in millions)"; its sums of money are no captions."""
    found = list(_IN_PROSE.finditer(text))
    return units_of(found[-1][0]) if found else Units()


def _currency(caption: str) -> str | None:
    return next((code for code, pattern in _CURRENCIES if pattern.search(caption)), None)


def _scale(match: re.Match[str]) -> int:
    word: str = match["word"] or match["before"] or match["short"] or match["zeros"]
    return SCALES[word.lower()]
