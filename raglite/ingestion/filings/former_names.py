"""What a company was called before, and under what it trades. Pure, linear in the length of the text."""

import re
from collections.abc import Iterator

from raglite.ingestion.filings.filing_text import FilingText
from raglite.ingestion.filings.found import SAID, Found
from raglite.ingestion.filings.legal_names import SUFFIX, clean, is_name, name_pattern, trailing_name
from raglite.ingestion.filings.spelling import cased

_WORD = r"(?:[A-Z0-9][\w&.'-]{0,40}|of|and|&|plc)"
_NAME = rf"\"?(?P<name>{_WORD}(?:,? {_WORD}){{0,6}})"
_FORMERLY = re.compile(rf",?\s?\(?\s?(?:(?:formerly|previously)(?: known as| named| called)?|f/?k/?a\.?) {_NAME}")
_TRADES_AS = re.compile(
    rf"(?:do(?:ing|es) business (?:as|under the (?:brand |trade )?names?)|d/?b/?a\.?|trad(?:ing|es) as) {_NAME}"
)
_NEAR_NAME = 160  # characters
_CHANGED = r"changed (?:its|our|the company's) (?:corporate |legal )?name"
_RENAMED = re.compile(rf"(?:{_CHANGED}|(?:corporate |legal |company )?name was changed) from {_NAME}\"? to ")
_CHANGED_TO = re.compile(rf"\"? (?:had )?{_CHANGED} to \"?$")
_LABEL = re.compile(
    r"(?:\d[\d().a-z]{0,8}\.? )?\(?\s?(?:former|previous)(?: conformed| company| corporate)? names?\b[^:\n]{0,120}?"
    r"\)?\s?(?:(?P<colon>:)(?P<name>[^\n]*))?$",
    re.IGNORECASE,
)
_TRANSLATION_LABEL = re.compile(r"\(?\s?translation of (?:the )?registrant", re.IGNORECASE)
_ADDRESS = re.compile(r"\d|\b(?:street|avenue|road|drive|suite|floor|boulevard)\b", re.IGNORECASE)


def labelled(text: FilingText) -> Iterator[Found[str]]:
    """Read the name beside "(Former name ...)" or "(Translation of registrant's name ...)".

    It stands above the label, or behind or below its colon.
    """
    for above, line, below in zip(("", *text.lines), text.lines, (*text.lines[1:], ""), strict=False):
        label = _LABEL.match(line)
        if label and label["colon"]:
            yield from _name_on(label["name"] if label["name"].strip() else below, text)
        elif label or _TRANSLATION_LABEL.match(line):
            yield from _name_on(above, text)


def told(beginning: str, company: str) -> Iterator[Found[str]]:
    """Read former and trade names where they follow the company's own, and what its name was changed from."""
    own = name_pattern(company)
    for match in re.finditer(own, beginning, re.IGNORECASE):
        before = beginning[max(0, match.start() - _NEAR_NAME) : match.start()]
        changed = _CHANGED_TO.search(before)
        if changed and (former := trailing_name(before[: changed.start()])):
            yield Found(former, f"{former}{changed[0]}{match[0]}", SAID)
        after = beginning[match.end() : match.end() + _NEAR_NAME].split(". ", maxsplit=1)[0]
        for named in (_FORMERLY.match(after), _TRADES_AS.search(after)):
            if named:
                yield Found(_ended(named["name"]), f"{match[0]}{after[: named.end()]}", SAID)
    for renamed in _RENAMED.finditer(beginning):
        yield Found(_ended(renamed["name"]), renamed[0], SAID)


def _name_on(line: str, text: FilingText) -> Iterator[Found[str]]:
    name = clean(line)
    if is_name(name) and not _ADDRESS.search(name):
        yield Found(cased(name, text.body), line, SAID)


def _ended(name: str) -> str:
    """Cut what follows a name's legal form, and a comma left at its end."""
    form = re.search(rf"\b(?:{SUFFIX})\b\.?(?:,? (?:{SUFFIX})\b\.?)*", name, re.IGNORECASE)
    return clean(name[: form.end()] if form else name.rstrip("., "))
