"""What else a filing calls its company: short and former names, trade names, co-registrants, trading symbols.

Only names that the document itself uses for it. Words that any company is called by are none. Pure, linear in the text.
"""

import re
from collections.abc import Iterator, Sequence

from raglite.ingestion.filings.company import registrants
from raglite.ingestion.filings.filing_text import FilingText
from raglite.ingestion.filings.former_names import labelled, told
from raglite.ingestion.filings.found import INFERRED, SAID, Found
from raglite.ingestion.filings.legal_names import SUFFIX, core, name_pattern
from raglite.ingestion.filings.symbols import read_symbols

MOST_NAMES = 12
NAMING_CHARACTERS = 100_000  # terms are defined early
_USES_OF_A_SHORT_NAME = 3
_USES_OF_INITIALS = 4
_USES_OF_TWO_LETTERS = 12

# Words that any company is called by, or that a contract's other parties are.
_GENERIC = frozenset(
    "company corporation registrant issuer parent group firm bank trust fund partnership operating partner borrower"
    " plan guarantor holding holdings we us our ourselves it you they business successor predecessor depositary sec"
    " commission adviser management board notes shares ads adss common stock exchange act securities merger agreement"
    " manager general seller buyer purchaser operator lender employer club society association cooperative subsidiaries"
    " affiliates trustee consolidated inc ltd plc corp co llc".split()
)
# Words that begin many names, and stand in a text for other things.
_COMMON_FIRST_WORDS = frozenset(
    "american united general first national international global new north south west east western eastern northern"
    " southern pacific atlantic central advanced applied standard public royal bank capital digital energy health"
    " federal great universal the best foot home old big group grupo groupe companhia banco societe".split()
)
_QUOTED = re.compile(r"\"(?P<term>[^\"\n]{1,40}?)[,.;]?\"")
_ASIDE = re.compile(
    r"[,.]?(?:,? (?:and|including|together with) (?:all )?(?:of )?(?:its|their) (?:\w+ ){0,3}subsidiaries)?,?"
    r"(?: an? [\w ]{3,30} (?:corporation|company|limited partnership),?)?(?P<inside>(?: ?\([^()]{0,200}\)){1,2})"
)
_FORM = re.compile(r"form|\d{1,2}-[kqf]t?(?:/a)?")
_MEANS = re.compile(
    r"\b(?:means?|refers?(?: \w+ly)?(?: to)?|(?:are|is) (?:references )?to)\b(?:[\s,]|\b(?:the|only|collectively"
    r"|individually|both|company|parent|registrant|issuer|operations|of|our|combined|consolidated)\b)*$",
    re.IGNORECASE,
)
_BEFORE_NAME = 260  # characters


def read_names(text: FilingText, company: str | None) -> list[Found[str]]:
    """Return the company's other names, the surest first."""
    found = [*read_symbols(text, company), *labelled(text)]
    if company:
        beginning = text.body[:NAMING_CHARACTERS]
        found += [*_defined(beginning, company), *told(beginning, company), *_co_registrants(text, company)]
        found += [*_short(text.body, company), *_initials(text.body, company)]
    return _distinct(found, company)


def _distinct(found: Sequence[Found[str]], company: str | None) -> list[Found[str]]:
    kept: dict[str, Found[str]] = {}
    for name in found:
        bare = name.value.strip(" ,;")
        if bare and bare.lower() != (company or "").lower() and not _is_generic(bare):
            kept.setdefault(bare.lower(), name._replace(value=bare))
    return list(kept.values())[:MOST_NAMES]


def _is_generic(name: str) -> bool:
    words = [word.strip(".,'\"") for word in name.lower().removeprefix("the ").split()]
    return (
        all(word in _GENERIC or _FORM.fullmatch(word) for word in words)
        or not re.search(r"[A-Z0-9]", name)
        or name.lower().startswith("the ")
    )


def _defined(beginning: str, company: str) -> Iterator[Found[str]]:
    """Read Acme Corporation ("Acme" or the "Company"), and "Acme" ... refers to Acme Corporation."""
    named = name_pattern(company)
    for match in re.finditer(named, beginning, re.IGNORECASE):
        before = re.split(r"[.;]\s", beginning[max(0, match.start() - _BEFORE_NAME) : match.start()])[-1]
        terms = _QUOTED.finditer(before) if _MEANS.search(before) else ()
        yield from (Found(quoted["term"], f"{before}{match[0]}", SAID) for quoted in terms)
        aside = _ASIDE.match(beginning, match.end())
        for quoted in _QUOTED.finditer(aside["inside"]) if aside else ():
            yield Found(quoted["term"], f"{match[0]}{aside[0]}" if aside else match[0], SAID)


def _co_registrants(text: FilingText, company: str) -> Iterator[Found[str]]:
    for name in registrants(text):
        if core(name.lower()) != core(company.lower()) and not company.endswith(name):
            yield Found(name, name, SAID)


def _short(body: str, company: str) -> Iterator[Found[str]]:
    """Return the beginnings of the legal name that the text uses alone.

    The whole of it without its legal form anywhere, less of it as an owner ("Acme's plants") or in a line of its own,
    where it is no word of the language.
    """
    words = core(company)
    for length in range(len(words), 0, -1):
        short = " ".join(words[:length])
        if short == company or (length == 1 and short.lower() in _COMMON_FIRST_WORDS):
            continue
        uses = re.findall(
            rf"(?<![\w.&-])(?<![A-Z][a-z] ){re.escape(short)}(?:'s\b|'(?=\s)| and its subsidiaries\b)", body
        )
        if length == len(words) > 1:
            uses = re.findall(rf"(?<![\w.&-]){re.escape(short)}(?!,? (?i:{SUFFIX})\b)(?![\w-])", body)
        if length > 1 or not re.search(rf"\b{re.escape(short.lower())}\b", body):
            uses += re.findall(rf"^{re.escape(short)}$", body, re.MULTILINE)
        about = re.search(rf"^about {re.escape(short)}$", body, re.IGNORECASE | re.MULTILINE)
        if len(uses) >= _USES_OF_A_SHORT_NAME or about:
            yield Found(short, about[0] if about else uses[0], INFERRED)


def _initials(body: str, company: str) -> Iterator[Found[str]]:
    """Return the name's initials, with or without its "&", where the text uses them as a word of its own."""
    words = [word for word in core(company) if word.lower() not in {"of", "and", "the"}]
    letters = [word[0].upper() for word in words if word[0].isalpha() or word == "&"]
    for initials in dict.fromkeys(("".join(letters), "".join(letters).replace("&", ""))):
        uses = len(re.findall(rf"(?<![\w&.-]){initials}(?![\w&-])", body)) if len(initials) > 1 else 0
        if uses >= (_USES_OF_TWO_LETTERS if len(initials) == 2 else _USES_OF_INITIALS):  # noqa: PLR2004  they are others' too
            yield Found(initials, initials, INFERRED)
