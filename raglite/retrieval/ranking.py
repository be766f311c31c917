"""From fused points to the passages to show: one per page, the pages ordered by everything that speaks for them.

The index fuses the legs by reciprocal rank (Cormack, Clarke and Buettcher, SIGIR 2009, k = 60). A page's score is the
sum of its best passage's, its page point's and its heading point's, and what the question says of company, period,
statement, rows and subject only adds to it: nothing is ever filtered out here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from raglite.model import ChunkKind
from raglite.ports import FoundChunk
from raglite.retrieval.legs import RRF_K
from raglite.retrieval.lexical import terms
from raglite.retrieval.periods import dated, period_match
from raglite.retrieval.question.understanding import Understanding
from raglite.retrieval.question.vocabulary import TOPICS
from raglite.retrieval.question.wording import normalized
from raglite.retrieval.rows import WantedRows, called
from raglite.retrieval.weights import WEIGHTS, Weights

_FIRST_PLACE = 1 / (RRF_K + 1)
PAGES_READ = 50  # whose rows are compared, best first: every page's would cost more than the search itself
HEADINGS = 4096  # that are kept as words
_ORDER = {ChunkKind.CHUNK: 0, ChunkKind.PAGE: 1, ChunkKind.HEADING: 2}


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage to show. `score` is the sum of `why`, both in units of one first place of one leg."""

    found: FoundChunk
    why: dict[str, float]

    @property
    def score(self) -> float:
        """What the passage's page is ranked by."""
        return sum(self.why.values())


def rank(found: Iterable[FoundChunk], asked: Understanding, top_k: int, weights: Weights = WEIGHTS) -> list[Ranked]:
    """Return at most `top_k` passages, best first, each of another page, with their pages' scores.

    Ties go by key, version, page: the same question on the same index always gets the same order.
    """
    points, pages = tuple(found), dict[tuple[str, str, int], list[FoundChunk]]()
    for one in points:
        pages.setdefault((one.key, one.version_id, one.chunk.page), []).append(one)
    boosts = _Boosts(
        asked,
        weights,
        WantedRows.of(asked.metrics, asked.components),
        _heading_words(asked),
        _stems(asked),
        dated(points, asked),
    )
    ranked = sorted((Ranked(_shown(page), boosts.of(page)) for page in pages.values()), key=_best_first)
    read = [Ranked(one.found, boosts.read(one.why, pages[_page(one.found)])) for one in ranked[:PAGES_READ]]
    return sorted((*read, *ranked[PAGES_READ:]), key=_best_first)[:top_k]


@dataclass(frozen=True)
class _Boosts:
    """What the question's own words add for a page."""

    asked: Understanding
    weights: Weights
    rows: WantedRows
    headings: tuple[str, ...]
    details: frozenset[str]
    dated: frozenset[str]
    filings: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)

    def of(self, page: Sequence[FoundChunk]) -> dict[str, float]:
        version = page[0].key, page[0].version_id
        if version not in self.filings:
            self.filings[version] = self._filing(page[0])
        signals = {
            "search": _fused(page) / _FIRST_PLACE,
            **self.filings[version],
            "statement": self.weights.statement * self._statement(page),
        }
        return {name: value for name, value in signals.items() if value}

    def _filing(self, one: FoundChunk) -> dict[str, float]:
        """Return the signals that all pages of a filing share."""
        filing, asked, weights = one.filing, self.asked, self.weights
        return {
            "company": weights.company * (filing.company in asked.companies)
            + weights.likely_company * (filing.company in asked.likely_companies),
            "period": weights.period * (1.0 if one.key in self.dated else period_match(filing, asked)),
            "form": weights.form * (base_form(filing.form) in asked.forms),
        }

    def read(self, why: dict[str, float], page: Sequence[FoundChunk]) -> dict[str, float]:
        """Return a page's signals with those among them for which it has to be read."""
        signals = {
            "rows": self.weights.rows * max(map(self.rows.share, _texts(page))),
            "details": self.weights.details * max(called(text, self.details) for text in _texts(page)),
            "topic": self.weights.topic * self._topic(page),
        }
        return why | {name: value for name, value in signals.items() if value}

    def _statement(self, page: Sequence[FoundChunk]) -> float:
        found = any(one.chunk.statement in self.asked.statements for one in page if one.chunk.statement)
        return found * (self.weights.elsewhere if self.asked.elsewhere else 1.0)

    def _topic(self, page: Sequence[FoundChunk]) -> float:
        """Tell whether a heading above or on the page says what the question is about."""
        if not self.headings:
            return 0.0
        parts = {part for one in page for part in (*one.chunk.section, one.chunk.header, _heading(one))}
        above = "\n".join(map(_above, parts))
        return float(any(heading in above for heading in self.headings))


@lru_cache(HEADINGS)
def _above(part: str) -> str:
    return normalized(part)


def base_form(form: str | None) -> str | None:
    """Return a form without the mark of an amendment."""
    return form and form.removesuffix("/A")


def _stems(asked: Understanding) -> frozenset[str]:
    return frozenset(stem for word in asked.details for stem in terms(word))


def _heading_words(asked: Understanding) -> tuple[str, ...]:
    return tuple(normalized(heading) for topic in asked.topics for heading in TOPICS[topic].headings)


def _fused(page: Iterable[FoundChunk]) -> float:
    best: dict[ChunkKind, float] = {}
    for one in page:
        best[one.chunk.kind] = max(best.get(one.chunk.kind, 0.0), one.score)
    return sum(best.values())


def _texts(page: Iterable[FoundChunk]) -> list[str]:
    """Return the page's whole text if it was found, else that of its passages."""
    whole = [one.chunk.text for one in page if one.chunk.kind is ChunkKind.PAGE]
    return whole or [one.chunk.text for one in page]


def _heading(one: FoundChunk) -> str:
    return one.chunk.text if one.chunk.kind is ChunkKind.HEADING else ""


def _page(one: FoundChunk) -> tuple[str, str, int]:
    return one.key, one.version_id, one.chunk.page


def _best_first(one: Ranked) -> tuple[float, str, str, int]:
    return -one.score, *_page(one.found)


def _shown(page: Sequence[FoundChunk]) -> FoundChunk:
    """Return the page's best passage; its page or heading point only where no passage was found."""

    def rank_of(one: FoundChunk) -> tuple[int, float, UUID]:
        return _ORDER[one.chunk.kind], -one.score, one.id

    return min(page, key=rank_of) if len(page) > 1 else page[0]
