"""How people write a name that its cover sets in capitals."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from raglite.ingestion.filings.legal_names import SMALL_WORDS

_LEGAL_FORMS = {"LTD": "Ltd", "BHD": "Bhd", "GMBH": "GmbH", "KGAA": "KGaA", "OYJ": "Oyj"}
_KEEP_UPPER = {"USA", "US", "UK", "LLC", "LP", "N.V.", "NV", "S.A.", "SA", "SE", "AG", "AB", "ASA", "II", "III", "IV"}
_WORD = re.compile(r"[A-Za-z0-9][\w'.&-]*")
_CAPITALS = re.compile(r"(?:\b[A-Z][A-Z'&.-]+[,.]? ){2,}[A-Z][A-Z'&.-]+")  # a title in a line of other words


def cased(name: str, body: str) -> str:
    """Return an all-capitals name as people write it: as the body spells its words, else title case."""
    if not name.isupper():
        return name
    spelt = _spellings(name, body)
    words = (_cased_word(word, spelt[word.upper().rstrip(".,")], index) for index, word in enumerate(name.split()))
    return " ".join(words)


def _spellings(name: str, body: str) -> defaultdict[str, Counter[str]]:
    """Count how the body's lines of mixed case spell each word of the name."""
    wanted = {word.upper().rstrip(".,") for word in name.split()}
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for word in _mixed_case_words(body):
        bare = word.rstrip(".,")
        if bare.upper() in wanted and not bare.islower():
            found[bare.upper()][bare] += 1
    return found


def _mixed_case_words(body: str) -> Iterator[str]:
    for line in body.splitlines():
        if not line.isupper():
            yield from _WORD.findall(_CAPITALS.sub(" ", line))


def _cased_word(word: str, spelt: Counter[str], index: int) -> str:
    bare = word.rstrip(".,")
    if bare.lower() in SMALL_WORDS and (index or bare.lower() == "plc"):
        return word.lower()
    if spelt:
        return spelt.most_common(1)[0][0] + word[len(bare) :]
    if bare in _LEGAL_FORMS:
        return _LEGAL_FORMS[bare] + word[len(bare) :]
    if bare in _KEEP_UPPER or any(letter.isdigit() for letter in bare) or not re.search("[AEIOUY]", bare):
        return word
    return "-".join(part.capitalize() for part in word.split("-"))
