"""When the documents seem not to hold the answer: who is asked about is not there, nor the period, nor the subject.

All evidence is in the passages that were found. The lexical legs bring up the rarest words first, so a word that none
of some hundred passages holds stands in no document that was looked at.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from raglite.ports import FoundChunk
from raglite.retrieval.coverage import covered, page_texts, stands
from raglite.retrieval.periods import dated
from raglite.retrieval.question.companies import Directory
from raglite.retrieval.question.names import Names
from raglite.retrieval.question.telling import telling
from raglite.retrieval.question.understanding import Understanding
from raglite.retrieval.question.vocabulary import METRICS, OF_SOME_INDUSTRIES
from raglite.retrieval.question.wording import normalized

YEARS_SUMMARISED = 4  # that a table of selected data may reach back
LEAST_COVERED = 0.4  # of the words that say what is asked about, on one page
THEME = 20  # mentions in what was found: competitors and suppliers come up less often
OF_ONE = 0.95  # of the mentions are one company's
STANDS_ALONE = 4  # letters: a shorter word, or one as short, is a part of many others
_AHEAD = re.compile(
    r"\b(?:forecast|expect|outlook|plan|target|estimate|project|anticipat|guid|aim|goal|due|matur|next|future|upcoming"
    r"|will|commit|oblig|schedul)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Evidence:
    """A question beside what was found for it."""

    asked: Understanding
    directory: Directory
    found: Sequence[FoundChunk]

    def why_not(self) -> str | None:
        """Return why the documents seem not to hold the answer, as a sentence; None if nothing says so."""
        for reason in (
            self._nothing,
            self._unknown_company,
            self._namesake,
            self._period,
            self._name,
            self._rows,
            self._subject,
        ):
            sentence = reason()
            if sentence:
                return sentence
        return None

    @cached_property
    def names(self) -> Names:
        """What the question writes like a name."""
        return Names(self.asked, self.directory)

    @cached_property
    def mine(self) -> tuple[FoundChunk, ...]:
        """What was found of the companies that are named, if some are; what no company could be read from counts."""
        mine = {None, *self.asked.companies}
        return tuple(one for one in self.found if not self.asked.companies or one.filing.company in mine)

    @cached_property
    def pages(self) -> tuple[str, ...]:
        """The text of every page of it, in lower case."""
        return page_texts(self.mine)

    @cached_property
    def text(self) -> str:
        """All of that together."""
        return "\n".join(self.pages)

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """The words that say what is asked about and that no passage holds."""
        return tuple(word for word in self._subject_words if not stands(word, self.text))

    @cached_property
    def _subject_words(self) -> tuple[str, ...]:
        return tuple(word for word in telling(self.asked.remainder) if not self.directory.nearly_named(word))

    @property
    def _whose(self) -> str:
        return f"document of {' or '.join(self.asked.companies)}" if self.asked.companies else "document"

    def _nothing(self) -> str | None:
        return None if self.found else "No passage was found: nothing is indexed here, or the filters leave nothing."

    def _unknown_company(self) -> str | None:
        """Tell that something is asked of somebody whom documents name at most in passing."""
        if self.asked.companies or self.asked.likely_companies or not (self.asked.metrics or self.asked.topics):
            return None
        opening = [name for name in self.names.opening() if not self._is_a_word(name)]
        subjects = (name for name in (*self.names.subjects(), *opening) if not self._is_a_part(name))
        name = next((name for name in subjects if not self._may_be_whose(name)), None)
        return f"{name} is not among the companies whose documents are here." if name else None

    def _namesake(self) -> str | None:
        """Tell that a known company's first word begins another's name: its other words stand in no document."""
        remainder = frozenset(self.asked.remainder.split())
        for run in self.names.runs:
            other = [word for word in remainder.intersection(normalized(run).split()) if word in self.missing]
            if other and self.directory.named(run):
                return f"{run} is not among the companies whose documents are here."
        return None

    def _period(self) -> str | None:
        asked = self.asked
        known = frozenset(year for company in asked.companies for year in self.directory.years.get(company, ()))
        if not asked.fiscal_years or not (known or (asked.companies and asked.metrics)):
            return None
        if not known:
            return f"No {self._whose} says of which fiscal year it is."
        ahead = bool(_AHEAD.search(asked.text))
        # Whatever is no figure of a statement may have come about between the year's end and the document.
        first, last = min(known) - YEARS_SUMMARISED, max(known) + (ahead or not asked.statements)
        is_covered = any(first <= year <= last or (ahead and year > last) for year in asked.fiscal_years)
        if is_covered or dated(self.mine, asked):
            return None
        years = ", ".join(map(str, asked.fiscal_years))
        return f"No {self._whose} covers {years}: they are of the fiscal years {_listed(known)}."

    def _name(self) -> str | None:
        """Tell that no part of a name stands anywhere: "Mary Smith" may be printed as "Ms. Smith"."""
        name = next((name for name in self.names.written() if not self._is_mentioned(name)), None)
        return f"No {self._whose} mentions {name}." if name else None

    def _is_mentioned(self, name: str) -> bool:
        parts = [part for part in normalized(name).split() if len(part) >= STANDS_ALONE]
        return any(_stands(part, self.text) for part in (name, *parts))

    def _rows(self) -> str | None:
        """Tell that an industry's metric stands nowhere: not outright, nor all that it is computed from."""
        nowhere = [name for name in self.asked.metrics if name in OF_SOME_INDUSTRIES and not self._is_possible(name)]
        return f"No {self._whose} mentions {' or '.join(nowhere).replace('_', ' ')}." if nowhere else None

    def _is_possible(self, metric: str) -> bool:
        parts = METRICS[metric].components
        return _mentioned(metric, self.text) or (bool(parts) and all(_mentioned(part, self.text) for part in parts))

    def _subject(self) -> str | None:
        """Tell that no page holds enough of what is asked about, and some of it stands nowhere."""
        known = len(self.asked.metrics) + len(self.asked.topics)
        if not self.missing or covered(self._subject_words, known, self.pages) >= LEAST_COVERED:
            return None
        return f"No {self._whose} speaks of {', '.join(self.missing)}."

    def _is_a_word(self, name: str) -> bool:
        """Tell whether a passage writes a single word of the question small: then its capital is the sentence's."""
        return " " not in name and any(
            re.search(rf"\b{re.escape(name.lower())}\b", one.chunk.text) for one in self.found
        )

    def _is_a_part(self, name: str) -> bool:
        """Tell whether a name is of what a company has or sells: a heading, a row, or its theme."""
        called = re.compile(rf"^\W*{re.escape(name)}\W*(?:\d.*)?$", re.MULTILINE)
        lines = (line for one in self.found for line in (*one.chunk.section, one.chunk.text))
        return any(called.search(line) for line in lines) or self._is_a_theme(name)

    def _may_be_whose(self, name: str) -> bool:
        """Tell whether a document that no company could be read from speaks of it: it may be the company's."""
        called = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
        return any(one.filing.company is None and called.search(one.chunk.text) for one in self.found)

    def _is_a_theme(self, name: str) -> bool:
        mentions: Counter[str | None] = Counter()
        for one in self.found:
            mentions[one.filing.company] += len(re.findall(rf"\b{re.escape(name)}\b", one.chunk.text))
        return mentions.total() >= THEME and max(mentions.values()) >= OF_ONE * mentions.total()


def _mentioned(metric: str, text: str) -> bool:
    return any(_stands(word, text) for word in (*METRICS[metric].labels, *METRICS[metric].words))


def _stands(words: str, text: str) -> bool:
    """Tell whether words stand in a text in lower case, whatever is between them; a short one must stand alone."""
    pattern = r"\W+".join(map(re.escape, normalized(words).split()))
    return bool(re.search(rf"(?<!\w){pattern}(?!\w)" if len(words) <= STANDS_ALONE else pattern, text))


def _listed(years: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(years)))
