"""In which currency and scale a document's statements are, by what its tables' captions say most often."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from raglite.ingestion.filings.currencies import DOLLAR, MONEY, SCALES, code_at
from raglite.ingestion.filings.forms import ANNOUNCED, ANNUAL_REPORT, base
from raglite.ingestion.filings.found import GUESSED, INFERRED, SAID, Found

T = TypeVar("T")

_UNIT = re.compile(r"\b(?P<unit>thousand|million|billion|trillion|crore|lakh|lac)s?\b", re.IGNORECASE)
_COMPACT = re.compile(
    r"(?<=[\w$\u20ac\u00a3\u00a5\u20b9]) ?'?(?P<unit>000|mm|mn|mio|m|bn|k|(?<=[$\u20ac\u00a3\u00a5\u20b9])(?:MM|M|K))"
    r"(?![\w,.%])"
)
_BEFORE_UNIT = re.compile(rf"(?:(?<![A-Za-z])(?P<money>{MONEY}),? ?['(]?(?:in )?|\b(?:in|\$) |\()$", re.IGNORECASE)
_BEFORE_COMPACT = re.compile(rf"(?<![A-Za-z\d])(?P<money>{MONEY})$", re.IGNORECASE)
_AFTER_UNIT = re.compile(rf" of (?:the )?(?P<money>{MONEY})(?![A-Za-z])", re.IGNORECASE)
_NEAR = 24  # characters: the longest name of a currency, and "(in"
_PRESENTED = re.compile(
    r"\b(?:(?:presentation|reporting) currency(?: of [\w ]{1,40})? (?:is|was) (?:the )?"
    r"|(?:presented|expressed|stated|shown|reported|prepared) in (?:(?:thousands|millions) of )?(?:the )?)"
    rf"(?P<money>{MONEY})(?![A-Za-z])",
    re.IGNORECASE,
)
_AMERICAN = re.compile(r"\bform 10-[kq]\b|\bNYSE\b|\bnasdaq\b|new york stock exchange", re.IGNORECASE)
_SIGN = re.compile(r"[$\u20ac\u00a3\u00a5\u20b9]|\b(?:CHF|EUR|GBP|SEK|NOK|DKK|RMB)\b")
_OFTEN = 3


class _Caption(NamedTuple):
    """The words of a caption, its unit, and the currency if it names one."""

    words: str
    unit: str
    code: str | None


def read_money(form: str | None, body: str) -> tuple[Found[str] | None, Found[int] | None]:
    """Return the currency (ISO 4217) and the scale of a filing of this form, each None where nothing says."""
    captions = _captions(body)
    scales = _by_value((SCALES[caption.unit], caption.words) for caption in captions)
    scale = _most_often(scales)
    domestic = base(form) not in {"20-F", "40-F", "6-K", ANNUAL_REPORT, None} | ANNOUNCED
    return _currency(body, captions, domestic=domestic), Found(scale, scales[scale][0], SAID) if scale else None


def _captions(body: str) -> list[_Caption]:
    found = [_caption(match, _BEFORE_UNIT) for match in _UNIT.finditer(body)]
    found += [_caption(match, _BEFORE_COMPACT) for match in _COMPACT.finditer(body)]
    return [caption for caption in found if caption]


def _caption(unit: re.Match[str], pattern: re.Pattern[str]) -> _Caption | None:
    """Return the caption that a unit's word stands in, None if the word is prose's ("$ 5 million")."""
    body, start = unit.string, max(0, unit.start() - _NEAR)
    before = pattern.search(body[start : unit.start()])
    after = _AFTER_UNIT.match(body, unit.end(), unit.end() + _NEAR)
    if not before and not (after and not re.search(r"\d ?$", body[start : unit.start()])):
        return None
    money = (start + before.start("money")) if before and before["money"] else after.start("money") if after else None
    first = start + before.start() if before else unit.start()
    words = body[first : after.end() if after else unit.end()]
    return _Caption(words, unit["unit"].lower(), code_at(body, money) if money is not None else None)


def _currency(body: str, captions: Sequence[_Caption], *, domestic: bool) -> Found[str] | None:
    presented = _by_value((code_at(body, match.start("money")), match[0]) for match in _PRESENTED.finditer(body))
    captioned = _by_value((caption.code, caption.words) for caption in captions if caption.code)
    for counted in (presented, captioned):
        code = _most_often(counted)
        if code and code != DOLLAR and not (domestic and code != "USD" and len(counted[code]) < _OFTEN):
            return Found(code, counted[code][0], SAID)
        if code == DOLLAR:
            return _dollars(counted, domestic=domestic)
    return _usual(body, captions, domestic=domestic)


def _usual(body: str, captions: Sequence[_Caption], *, domestic: bool) -> Found[str] | None:
    """Guess where no caption names a currency: the dollar for an American filing, else the commonest sign."""
    signs = _by_value((code_at(body, match.start()), match[0]) for match in _SIGN.finditer(body))
    sign = _most_often(signs)
    if domestic or sign in {None, DOLLAR}:
        words = next(iter(signs.get(DOLLAR, [])), None) or next((caption.words for caption in captions), None)
        american = words if domestic or sign else (match[0] if (match := _AMERICAN.search(body)) else None)
        return Found("USD", american, INFERRED if domestic else GUESSED) if american else None
    return Found(str(sign), signs[sign][0], GUESSED)


def _dollars(counted: Mapping[str, list[str]], *, domestic: bool) -> Found[str]:
    """Decide of which country a bare dollar is: of the United States unless captions name another's."""
    others = [code for code in counted if code.endswith("D") and code != "USD"]
    code = others[0] if others and not domestic else "USD"
    return Found(code, counted[DOLLAR][0], SAID if domestic else INFERRED)


def _by_value(found: Iterable[tuple[T, str]]) -> dict[T, list[str]]:
    grouped: dict[T, list[str]] = {}
    for value, words in found:
        grouped.setdefault(value, []).append(words)
    return grouped


def _most_often(counted: Mapping[T, list[str]]) -> T | None:
    return max(counted, key=lambda value: len(counted[value]), default=None)
