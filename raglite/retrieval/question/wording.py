"""Finding a vocabulary's words in a text, the longest where two overlap."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

_BETWEEN_WORDS = re.compile(r"[\s\-\u2010-\u2015,;:/()\[\]\"?!]+|\.(?!\w)")
_APOSTROPHE = re.compile(r"[\u2018\u2019\u02bc]")
_PLURALS = ("s", "es")


def normalized(text: str) -> str:
    """Return `text` as words are compared: lower case, straight apostrophes, one space between words."""
    return _BETWEEN_WORDS.sub(" ", _APOSTROPHE.sub("'", text.lower())).strip()


@dataclass(frozen=True)
class Lexicon:
    """What words (normalized, of one or several parts) stand for. Each is found in singular and plural."""

    meanings: Mapping[str, str]
    most_parts: int

    @classmethod
    def of(cls, entries: Iterable[tuple[str, Iterable[str]]]) -> "Lexicon":
        """Make one of (meaning, words); a word that is given twice keeps its first meaning."""
        meanings: dict[str, str] = {}
        for meaning, words in entries:
            for word in words:
                meanings.setdefault(normalized(word), meaning)
        return cls(meanings, max((word.count(" ") + 1 for word in meanings), default=0))

    @cached_property
    def _most_by_first(self) -> Mapping[str, int]:
        """How many parts the longest word has that begins with a part, where that is more than one."""
        found: dict[str, int] = {}
        for word in self.meanings:
            first, *others = word.split(" ")
            if others:
                found[first] = max(found.get(first, 0), 1 + len(others))
        return found

    def less(self, words: Iterable[str]) -> "Lexicon":
        """Return the lexicon without these of its words."""
        gone = frozenset(words)
        return Lexicon({word: meaning for word, meaning in self.meanings.items() if word not in gone}, self.most_parts)

    def used(self, text: str) -> frozenset[str]:
        """Return the words of the lexicon, as it has them, that stand in a normalized text."""
        return frozenset(self._known(word) for word, _ in self.found(text))

    def found(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield every word of the lexicon that stands in a normalized text, as it stands there, and its meaning."""
        parts = text.split(" ")
        at = 0
        while at < len(parts):
            size, meaning = self._longest(parts, at)
            if meaning:
                yield " ".join(parts[at : at + size]), meaning
            at += size

    def meanings_in(self, text: str) -> tuple[str, ...]:
        """Return what the words of a normalized text stand for, each once, in order."""
        return tuple(dict.fromkeys(meaning for _, meaning in self.found(text)))

    def without(self, text: str) -> str:
        """Return a normalized text without the words of the lexicon."""
        parts, rest, at = text.split(" "), [], 0
        while at < len(parts):
            size, meaning = self._longest(parts, at)
            rest += [] if meaning else parts[at : at + size]
            at += size
        return " ".join(rest)

    def _longest(self, parts: list[str], at: int) -> tuple[int, str | None]:
        most = self._most_by_first.get(parts[at], 1)
        for size in range(min(most, len(parts) - at), 0, -1):
            meaning = self._meaning(" ".join(parts[at : at + size]))
            if meaning:
                return size, meaning
        return 1, None

    def _meaning(self, word: str) -> str | None:
        return self.meanings.get(self._known(word))

    def _known(self, word: str) -> str:
        """Return the word as the lexicon has it, in the singular or the plural; one that it has not as it is."""
        whole = word.removesuffix("'s").rstrip("'")
        spelt = (whole, *(whole.removesuffix(end) for end in _PLURALS))
        return next((form for form in spelt if form in self.meanings), whole)
