"""The ways to write a company's name: in full, without its legal suffix, by its first word, by initials."""

import re
from collections.abc import Sequence

_SUFFIXES = frozenset(
    {"inc", "incorporated", "corp", "corporation", "company", "companies", "co", "plc", "ltd", "limited", "llc", "lp"}
    | {"nv", "sa", "se", "ag", "ab", "asa", "spa", "as", "oyj", "kgaa", "gmbh", "bv", "kk", "trust", "lllp", "llp"}
    | {"group", "holding", "holdings", "the", "international", "worldwide", "global", "and", "de", "new"}
)
# First words that say nothing about who is meant.
_GENERIC = frozenset(
    {
        "american",
        "united",
        "states",
        "general",
        "first",
        "national",
        "international",
        "global",
        "best",
        "foot",
        "home",
        "new",
    }
    | {"north", "south", "west", "east", "western", "eastern", "northern", "southern", "central", "pacific", "atlantic"}
    | {"advanced", "applied", "standard", "public", "royal", "bank", "capital", "digital", "energy", "health", "old"}
    | {"universal", "allied", "consolidated", "federal", "community", "great", "big", "blue", "red", "green", "black"}
    | {
        "white",
        "golden",
        "silver",
        "us",
        "usa",
        "u",
        "t",
        "texas",
        "california",
        "china",
        "canadian",
        "british",
        "german",
    }
    | {"japan", "india", "indian", "european", "world", "air", "auto", "data", "electronic", "financial", "insurance"}
    | {"industrial", "oil", "gas", "power", "real", "technology", "systems", "software", "medical", "life", "service"}
    | {
        "state",
        "city",
        "park",
        "sun",
        "star",
        "hong",
        "san",
        "los",
        "las",
        "saint",
        "st",
        "mid",
        "inter",
        "trans",
        "net",
    }
)
# Names that are everyday words too: they name a company only where they are written with a capital or own something.
EVERYDAY = frozenset(
    "target gap visa block square match snap ball key progressive discover shell chase apple oracle alphabet meta "
    "intuit fox news dish match life ally range root post sprout chart box zoom slack workday clear hope carnival "
    "crown gates masters lamb express limited guess nucor sage compass next current legal unity trade pool "
    "frontier spirit crane eagle dover lear hess fossil garden lincoln loews nice on open pure rush sonic stride "
    "select standard vital western workhorse accent align amber arrow assured avid beacon benchmark boot brink "
    "bright camping cable chefs cross delta digital dollar domain entity equity everest fair fiscal five flex "
    "fortune genuine graham green harmonic insight iron jack kimball lands liberty light live main marathon "
    "marine merit mister monster mosaic movado natural olympic opal orion pacer patterson penny perfect pilgrim "
    "planet plug prime principal public quest radian rambus regions regal reliance ring rocket ruby saga seaboard "
    "sealed smart southern steel summit sunrise super titan total tractor travelers triumph tutor union unum "
    "upwork urban utz vector verse vulcan warrior winning world".split()
)
_SHORTEST = 2
_SYMBOL = re.compile(r"[A-Z]{2,5}(?:\.[A-Z])?")
# Capitals that a question about finance writes anyway.
_NO_SYMBOLS = frozenset(
    "ALL IT ARE ON OR SO AN AT BE BY CAN DO FOR GO HAS HE IF IN IS LOW NOW OF ONE OUT SEE TO UP US WAS WE WELL AI "
    "ARR ASC ASU CAGR CEO CFO COO COGS DSO DIO DPO EBIT EPS ESG ETR EU EUR EV FCF FX FY GAAP GBP GDP HR IFRS IPO "
    "IRR JPY KPI LLC LTD MD NAV NET NII NIM NPV OCF OCI PE PLC PPE QOQ RD REIT ROA ROE ROIC ROI SEC SGA TSR TTM "
    "UK USA USD VAT YOY".split()
)
_TOKEN = re.compile(r"[^\W_]+(?:[.&'\u2019][^\W_]+)*|&")
_POSSESSIVE = re.compile(r"['\u2019]s$")


def tokens(text: str) -> list[tuple[str, int, int]]:
    """Return the words of a text as names are compared (lower case, no dots, "and" for "&"), with their places."""
    return [(_bare(match[0]), match.start(), match.end()) for match in _TOKEN.finditer(text)]


def is_symbol(name: str) -> bool:
    """Tell whether a name is written like a trading symbol."""
    return bool(_SYMBOL.fullmatch(name))


def is_telling(symbol: str) -> bool:
    """Tell whether a trading symbol can be told from the capitals that questions write anyway."""
    return symbol not in _NO_SYMBOLS


def full_names(company: str) -> frozenset[str]:
    """Return a company's name with and without its legal suffix, also as one word, in lower case."""
    words, core = _parts(company)
    return _long_enough({" ".join(words), " ".join(core), "".join(core)})


def short_names(company: str) -> frozenset[str]:
    """Return what people may shorten a name to: its first word, its first two, its initials."""
    _, core = _parts(company)
    return _long_enough(_first_word(core) | _two_words(core) | _initials(core))


def _parts(company: str) -> tuple[list[str], list[str]]:
    words = [word for word, _, _ in tokens(company)]
    return words, _without_suffixes(words)


def _long_enough(names: set[str]) -> frozenset[str]:
    return frozenset(name for name in names if len(name) >= _SHORTEST)


def _bare(word: str) -> str:
    if word == "&":
        return "and"
    return _POSSESSIVE.sub("", word.lower()).replace(".", "").replace("'", "").replace("\u2019", "")


def _first_word(core: Sequence[str]) -> set[str]:
    """Return the first word, if it tells who is meant; of "amazoncom" also what people call it."""
    first = core[0] if core else ""
    if first in _GENERIC or (len(first) <= 2 and not any(c.isdigit() for c in first)):  # noqa: PLR2004  GE is "ge"
        return set()
    return {first, first.removesuffix("com")} if first.endswith("com") and len(first) > 5 else {first}  # noqa: PLR2004  telecom


def _two_words(core: Sequence[str]) -> set[str]:
    """Return the first two words of a longer name, if one tells who is meant: not "united states"."""
    return {" ".join(core[:2])} if len(core) > 2 and not _GENERIC.issuperset(core[:2]) else set()  # noqa: PLR2004  a longer name


def _initials(core: Sequence[str]) -> set[str]:
    """Return "p&g" for Procter & Gamble."""
    return {f"{core[0][0]}&{core[2][0]}"} if len(core) == 3 and core[1] == "and" else set()  # noqa: PLR2004  two names and "&"


def _without_suffixes(words: Sequence[str]) -> list[str]:
    core = list(words[1:] if words[:1] == ["the"] else words)
    while len(core) > 1 and core[-1] in _SUFFIXES:
        core.pop()
    return core
