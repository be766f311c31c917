"""Row labels in one spelling, whatever marks, notes and remarks stand around their words."""

import re
import unicodedata

_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")  # (loss), (Note 5), (in millions), [a]
_POSSESSIVE = re.compile(r"['\u2019`](?:s\b)?")
_OTHER = re.compile(r"[^a-z0-9%]+")
_EMPTY = frozenset({"the", "consolidated", "company", "our", "its"})


def plain(label: str) -> str:
    """Return a label in lower case without remarks in brackets, punctuation and words that say nothing.

    "Net (loss)/earnings (Note 3)" is "net earnings", "Property, plant & equipment \u2014 net" is "property plant and
    equipment net".
    """
    folded = unicodedata.normalize("NFKC", label).lower()
    words = _OTHER.sub(" ", _POSSESSIVE.sub("", _REMARK.sub(" ", folded)).replace("&", " and ")).split()
    return " ".join(word for word in words if word not in _EMPTY)
