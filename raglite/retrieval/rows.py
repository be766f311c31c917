"""Whether a page has the rows that a question's metrics are printed in."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from raglite.ingestion.pages.statements import squeezed
from raglite.retrieval.lexical import terms
from raglite.retrieval.question.vocabulary import METRICS

LONGEST_LABEL = 120  # characters
TEXTS = 4096  # whose rows are kept: the texts are the same objects from one question to the next, a page's rows 2 KB
LABELS = 16_384  # whose stems are kept
BEGINS = 0.8  # of a row that only begins with a label: "net sales to customers"
ALIKE = 0.5  # the least share of common words with which a row may be the one that is meant
_ROW = re.compile(rf"^[^\S\n]*([^\W\d_][^\n\d]{{1,{LONGEST_LABEL}}})\d", re.MULTILINE)


@dataclass(frozen=True)
class WantedRows:
    """The rows of one question: per metric its labels as bare letters."""

    labels: tuple[frozenset[str], ...]
    ratios: frozenset[str] = frozenset()

    @classmethod
    def of(cls, metrics: Iterable[str], components: Iterable[str]) -> "WantedRows":
        """Return the rows of these components, and those in which the ratios among `metrics` are printed outright."""
        found = (frozenset(map(squeezed, METRICS[name].labels)) for name in components)
        ratios = (label for name in metrics if METRICS[name].components for label in METRICS[name].labels)
        return cls(tuple(labels for labels in found if labels), frozenset(map(squeezed, ratios)))

    def share(self, text: str) -> float:
        """Return which share of the components has a row in `text`, 0 to 1: all of them where it states the ratio."""
        if not self.labels:
            return 0.0
        rows = labels_of(text)
        if not self.ratios.isdisjoint(rows):
            return 1.0
        return sum(_best(rows, labels) for labels in self.labels) / len(self.labels)


def called(text: str, details: Collection[str]) -> float:
    """Return how near the label of a row of `text` comes to these stems: the share of words they have in common.

    The measure is Dice's (Ecology 26, 1945): 2 * common / (words of the one + words of the other); 0 under ALIKE.
    """
    whole = _lines(text)
    labels = {label for stem in details if stem in whole for label in _printed(text) if stem in label}
    nearest = max((_alike(_stems(label), details) for label in labels), default=0.0)
    return nearest if nearest >= ALIKE else 0.0


def _alike(words: frozenset[str], details: Collection[str]) -> float:
    return 2 * len(words.intersection(details)) / (len(words) + len(details)) if words else 0.0


@lru_cache(TEXTS)
def labels_of(text: str) -> tuple[str, ...]:
    """Return the labels of the lines of `text` that hold a number, as bare letters."""
    return tuple(map(squeezed, _printed(text)))


@lru_cache(TEXTS)
def _printed(text: str) -> tuple[str, ...]:
    return tuple(match[1].lower() for match in _ROW.finditer(text))


@lru_cache(TEXTS)
def _lines(text: str) -> str:
    """Return all labels as one text: most pages have none that a word stands in."""
    return "\n".join(_printed(text))


@lru_cache(LABELS)
def _stems(label: str) -> frozenset[str]:
    return frozenset(terms(label))


def _best(rows: Sequence[str], labels: frozenset[str]) -> float:
    if not labels.isdisjoint(rows):
        return 1.0
    beginnings = tuple(labels)
    return BEGINS if any(row.startswith(beginnings) for row in rows) else 0.0
