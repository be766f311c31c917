"""Which of the known companies a question names. Exact names and their short forms only; nothing is guessed."""

import re
from collections.abc import Iterable, Sequence

_SUFFIXES = frozenset(
    {"inc", "incorporated", "corp", "corporation", "company", "co", "plc", "ltd", "limited", "llc", "lp", "nv", "sa"}
    | {"se", "ag", "ab", "asa", "spa", "group", "holding", "holdings", "the", "international", "worldwide", "global"}
)
# First words that say nothing about who is meant.
_GENERIC = frozenset(
    {"american", "united", "general", "first", "national", "international", "global", "best", "foot", "home", "new"}
    | {"north", "south", "west", "east", "western", "eastern", "pacific", "atlantic", "advanced", "applied", "standard"}
    | {"public", "royal", "bank", "capital", "digital", "energy", "health"}
)
_SHORTEST_ALIAS = 2
_POSSESSIVE = re.compile(r"['\u2019]s?\b")


def named(query: str, companies: Iterable[str]) -> tuple[str, ...]:
    """Return those of `companies` that `query` names by full name, by name without legal suffix or by first word."""
    words = _words(query)
    text, joined = f" {' '.join(words)} ", frozenset(words)
    found = [company for company in companies if any(_occurs(alias, text, joined) for alias in aliases(company))]
    return tuple(dict.fromkeys(found))


def aliases(company: str) -> frozenset[str]:
    """Return the ways to write a company's name, in lower case, words parted by one space."""
    words = _words(company)
    core = _without_suffixes(words)
    names = {" ".join(words), " ".join(core), "".join(core)}
    if core and core[0] not in _GENERIC and (len(core[0]) > 2 or any(c.isdigit() for c in core[0])):  # noqa: PLR2004  GE is "ge"
        names.add(core[0])
    return frozenset(name for name in names if len(name) >= _SHORTEST_ALIAS)


def without(text: str, companies: Iterable[str]) -> str:
    """Return `text` without the companies' names."""
    names = sorted({alias for company in companies for alias in aliases(company)}, key=len, reverse=True)
    if not names:
        return text
    name = "|".join(re.escape(alias).replace(r"\ ", r"[\s.,]+") for alias in names)
    return re.sub(rf"(?<!\w)(?:{name})\.?(?:['\u2019]s?)?(?!\w)", " ", text, flags=re.IGNORECASE)


def _occurs(alias: str, text: str, words: frozenset[str]) -> bool:
    return alias in words if " " not in alias else f" {alias} " in text


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9&]+", _POSSESSIVE.sub("", text.lower()).replace(".", ""))


def _without_suffixes(words: Sequence[str]) -> list[str]:
    core = list(words[1:] if words[:1] == ["the"] else words)
    while len(core) > 1 and core[-1] in _SUFFIXES:
        core.pop()
    return core
