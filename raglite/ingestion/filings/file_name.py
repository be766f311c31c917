"""What a file's name hints at: believed only where nothing else says."""

import re
from typing import Any

from raglite.ingestion.filings.forms import read_form
from raglite.ingestion.filings.found import GUESSED, Found
from raglite.ingestion.filings.periods import four_digits

_PERIOD = re.compile(r"(?:FY)?(?P<year>(?:19|20)\d\d)(?:-?Q(?P<quarter>[1-4]))?|FY(?P<short>\d\d)", re.IGNORECASE)
_FORM = re.compile(r"(?:10-[KQ]T?|8-K|6-K|[24]0-F)(?:/?A)?")
_PARTED = re.compile(r"[ _.+]+|(?<=[a-zA-Z])-(?=[a-zA-Z]{2})")
_NOBODY = frozenset("doc document file report scan filing annual quarterly final copy draft download sec form".split())


def hinted(name: str) -> dict[str, Found[Any]]:
    """Return what a file name such as ACME_2022Q3_10Q.pdf hints at; a name that bears no form hints at nothing."""
    words = _PARTED.split(name.rsplit(".", 1)[0])
    forms = [(index, form) for index, word in enumerate(words) if (form := usual_form(word))]
    if not forms:
        return {}
    periods = [(index, match) for index, word in enumerate(words) if (match := _PERIOD.fullmatch(word))]
    first = min(index for index, _ in [*forms, *periods])
    values: dict[str, Any] = {"form": forms[0][1], "company": _company(words[:first])}
    if periods:
        match = periods[0][1]
        values["fiscal_year"] = four_digits(match["year"] or match["short"])
        values["fiscal_quarter"] = int(match["quarter"]) if match["quarter"] else None
    return {field: Found(value, name, GUESSED) for field, value in values.items() if value}


def usual_form(word: str) -> str | None:
    """Return a form as the commission spells it: 10k is 10-K; None for what is no form."""
    dashed = re.sub(r"^(10|8|6|20|40)([KQF])", r"\1-\2", word.upper())
    found = read_form(f"Form {dashed}") if _FORM.fullmatch(dashed) else None
    return found.value if found else None


def _company(words: list[str]) -> str | None:
    """Return the words before form and period where they are a name: not a number, a digest or "scan"."""
    name = " ".join(words)
    named = re.search(r"[A-Za-z]{2}|\d[A-Z]", name) and not re.search(r"\d{2}", name)
    return name if named and not all(word.lower() in _NOBODY for word in words) else None
