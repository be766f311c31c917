"""What a question writes like a name and neither the vocabulary nor the directory of companies knows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from raglite.retrieval.question.aliases import is_telling
from raglite.retrieval.question.companies import Directory
from raglite.retrieval.question.telling import says
from raglite.retrieval.question.understanding import Understanding
from raglite.retrieval.question.wording import normalized

HEADLINE = 0.6  # of the words begin with a capital
FEWEST_IN_HEADLINE = 4  # words
# A run of words with capitals that does not begin a sentence, or whatever owns something.
_NAME = re.compile(
    r"(?<![.?!:]\s)(?<!^)\b[A-Z][\w.-]*[a-z][\w-]*(?:(?: & | )[A-Z][\w.-]*[a-z][\w-]*)*"
    r"|\b[A-Z][\w-]*(?:(?: & | )[A-Z][\w-]*)*(?=['\u2019]s?\b)|\b[\w&-]+(?=['\u2019]s\b)"
)
_ASKS = re.compile(
    r"(?:give|show|tell|find|state|list|name|compute|calculate|report|provide|get|did|do|does|is|are|was|were|has|have|had"
    r"|what|which|who|how|when|where|why|in|for|the|at|by|of|on|from|and) ",
    re.IGNORECASE,
)
_OPENING = re.compile(r"[A-Z][\w.-]+(?:(?: & | )[A-Z][\w.-]+)*")
_LETTERS = re.compile(r"\b(?:[A-Z]{1,3}&[A-Z]{1,2}|[A-Z]{2,5})\b")  # of which a name is made: AT&T
_SUBJECT = r"(?:\b(?:for|of|does|did|has|have|had|is|was|at|by|about|how)\s+{0}\b|\b{0}['\u2019])"
_ACTS = r"(?:\b(?:does|did|has|have|had)\s+{0}\b|\b{0}['\u2019]s\b)"


@dataclass(frozen=True)
class Names:
    """The names in a question."""

    asked: Understanding
    directory: Directory

    @cached_property
    def runs(self) -> tuple[str, ...]:
        """Every run of words with capitals, without the verb that opens a request: "Give Meadow Foods' revenue"."""
        return tuple(dict.fromkeys(map(_without_verb, _NAME.findall(self.asked.text))))

    def written(self) -> list[str]:
        """Return the runs that nothing knows; none where about everything has a capital, for that says nothing."""
        return [] if self._is_headline else [name for name in self.runs if self._is_unread(name)]

    def subjects(self) -> Iterator[str]:
        """Yield the names of which something is asked: words, or letters such as AT&T."""
        text = self.asked.text
        yield from (name for name in self.written() if re.search(_SUBJECT.format(re.escape(name)), text))
        letters = (name for name in _LETTERS.findall(text) if is_telling(name) and self._is_unread(name))
        yield from (name for name in letters if re.search(_ACTS.format(re.escape(name)), text))

    def opening(self) -> Iterator[str]:
        """Yield the name that a question for a metric opens with: "Meadow Foods gross margin 2022?"."""
        opening = None if self._is_headline or not self.asked.metrics else _OPENING.match(self.asked.text)
        name = _without_verb(opening[0]) if opening else ""
        if name and self._is_unread(name):
            yield name

    @cached_property
    def _is_headline(self) -> bool:
        words = [word for word in self.asked.text.split()[1:] if word.isalpha()]
        return len(words) >= FEWEST_IN_HEADLINE and sum(word[0].isupper() for word in words) > HEADLINE * len(words)

    def _is_unread(self, name: str) -> bool:
        """Tell whether a name stands in what the vocabulary and the directory left over."""
        in_rest = f" {normalized(name)} " in f" {self.asked.remainder} "
        return in_rest and says(name) and not self.directory.nearly_named(name)


def _without_verb(run: str) -> str:
    opening = _ASKS.match(run)
    return run[opening.end() :] if opening else run
