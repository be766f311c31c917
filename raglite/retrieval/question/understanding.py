"""What is asked: of which companies and periods, for which metrics. Soft signals: they only ever add to a score."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from raglite.errors import InvalidRequest
from raglite.model import Statement
from raglite.retrieval.question import asked_periods, instructions
from raglite.retrieval.question.companies import EMPTY, Directory
from raglite.retrieval.question.telling import telling
from raglite.retrieval.question.vocabulary import (
    ABBREVIATIONS,
    ELSEWHERE,
    FORM_WORDS,
    METRICS,
    RATIO_SIDES,
    REASONS,
    STATEMENT_WORDS,
    TOPICS,
    Metric,
)
from raglite.retrieval.question.wording import Lexicon, normalized

LONGEST_QUERY = 10_000  # characters
LABELS_SEARCHED = 3  # of a metric, for BM25: the rarer ones only bring common words
LABELS_OF_A_COMPONENT = 2
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # half a surrogate pair is no character either
_AGAINST = re.compile(r"\bto\b|\bover\b|/|\bdivided by\b|\b(?:as )?(?:a )?(?:%|percent(?:age)?|share|fraction) of\b")


@dataclass(frozen=True, slots=True)
class Understanding:
    """A question as the ranking sees it.

    `text` is what is asked, without instructions; `lexical` are the words for BM25: the same without companies and
    years, plus the row labels of the metrics. `likely_companies` are written almost as the index writes them.
    `fiscal_years` are ascending; `assumed_year` is the newest that the index has of the companies, where no period is
    named. `elsewhere`: the question's own words point away from the primary statements. `metrics` and `topics` are ids
    of the vocabulary, in the question's order; `components` the metrics that stand in rows: of a ratio, those it is
    computed from. `remainder` is what of `text` is none of all that; `details` are its telling words that no metric
    takes: a segment, a product, a row that no vocabulary knows.
    """

    text: str
    lexical: str
    companies: tuple[str, ...] = ()
    likely_companies: tuple[str, ...] = ()
    fiscal_years: tuple[int, ...] = ()
    assumed_year: int | None = None
    fiscal_quarter: int | None = None
    period_ends: tuple[date, ...] = ()
    forms: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()
    elsewhere: bool = False
    metrics: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    remainder: str = ""
    details: tuple[str, ...] = ()


def validated(query: str) -> str:
    """Return the query without control characters and outer space, or raise InvalidRequest saying what to change."""
    cleaned = _CONTROL.sub(" ", query).strip()
    if not cleaned:
        raise InvalidRequest("The query is empty. Ask a question in words, such as: What were the net sales in 2022?")
    if len(cleaned) > LONGEST_QUERY:
        raise InvalidRequest(
            f"The query has {len(cleaned):,} characters, {LONGEST_QUERY:,} are allowed. Shorten it to one question."
        )
    return cleaned


@dataclass(frozen=True)
class Words:
    """The lexicons that a question is read with, so that a measurement can take words away."""

    metrics: Lexicon
    topics: Lexicon

    def less(self, words: Iterable[str]) -> "Words":
        """Return the lexicons without these words."""
        gone = frozenset(words)
        return Words(self.metrics.less(gone), self.topics.less(gone))


def understand(query: str, directory: Directory = EMPTY, words: Words | None = None) -> Understanding:
    """Read a validated query; `directory` are the companies that the index knows, `words` the vocabulary (WORDS)."""
    words = words or WORDS
    asked, whole = instructions.asked(query), normalized(query)
    bare = normalized(directory.without(asked))
    metrics = _metrics(bare, words.metrics)
    defined = words.metrics.meanings_in(normalized(instructions.definitions(query)))
    components = _components((*metrics, *defined))
    named = directory.named(query)
    years, ends = asked_periods.years(query), asked_periods.ends(query)
    return Understanding(
        text=asked,
        lexical=_lexical(directory.without(asked), components, ratio=len(components) > len(metrics)),
        companies=named,
        likely_companies=() if named else directory.nearly_named(asked),
        fiscal_years=years,
        assumed_year=None if years or ends else directory.latest_year(named),
        fiscal_quarter=asked_periods.quarter(query),
        period_ends=ends,
        forms=tuple(dict.fromkeys(form for kind in _FORMS.meanings_in(whole) for form in FORM_WORDS[kind][1])),
        statements=_statements(whole, components),
        elsewhere=bool(_ELSEWHERE.meanings_in(bare)),
        metrics=metrics,
        components=components,
        topics=words.topics.meanings_in(bare),
        remainder=_remainder(bare, words),
        details=telling(asked_periods.without_years(words.metrics.without(bare))),
    )


def _metrics(bare: str, lexicon: Lexicon) -> tuple[str, ...]:
    """Return the metrics that are named, and in a ratio also what bare "assets" or "equity" mean there."""
    sides = _SIDES.meanings_in(lexicon.without(bare)) if _AGAINST.search(bare) else ()
    named = lexicon.meanings_in(bare)
    return tuple(dict.fromkeys((*named, *(side for side in sides if named))))


def _components(metrics: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for name in metrics for part in METRICS[name].components or (name,)))


def _statements(whole: str, components: Iterable[str]) -> tuple[Statement, ...]:
    """Return the statements the question names, else those its metrics live in."""
    named = tuple(Statement(name) for name in _STATEMENTS.meanings_in(whole))
    return named or tuple(dict.fromkeys(one for name in components for one in METRICS[name].statements))


def _lexical(asked: str, components: Sequence[str], *, ratio: bool) -> str:
    """Leave companies and years to the header and the boosts: in BM25 they drown the words that tell pages apart."""
    most = LABELS_OF_A_COMPONENT if ratio else LABELS_SEARCHED
    labels = dict.fromkeys(label for name in components for label in METRICS[name].labels[:most])
    bare = asked_periods.without_years(asked)
    spelt_out = [ABBREVIATIONS[word] for word in dict.fromkeys(normalized(bare).split()) if word in ABBREVIATIONS]
    return " ".join([*bare.split(), *spelt_out, *labels])


def _remainder(bare: str, words: Words) -> str:
    for lexicon in (words.metrics, _STATEMENTS, _FORMS, words.topics, _ELSEWHERE):
        bare = lexicon.without(bare)
    left = (word.removesuffix("'s").strip("'") for word in asked_periods.without_years(bare).split())
    return " ".join(word for word in left if word and word not in ABBREVIATIONS)


def _words_of(metric: Metric) -> tuple[str, ...]:
    return (*metric.words, *([metric.id.replace("_", " ")] if "_" in metric.id else []))


def _labels_of(metric: Metric) -> list[str]:
    """Return the labels that are words too: a single word such as "other" or "basic" says too little."""
    return [label for label in metric.labels if " " in label]


WORDS = Words(
    Lexicon.of(
        [(metric.id, _words_of(metric)) for metric in METRICS.values()]
        + [(metric.id, _labels_of(metric)) for metric in METRICS.values()]
    ),
    Lexicon.of((topic.id, topic.words) for topic in TOPICS.values()),
)
_SIDES = Lexicon.of(RATIO_SIDES)
_STATEMENTS = Lexicon.of((statement.value, words) for statement, words in STATEMENT_WORDS)
_FORMS = Lexicon.of((kind, words) for kind, (words, _) in FORM_WORDS.items())
_ELSEWHERE = Lexicon.of([("elsewhere", (*ELSEWHERE, *REASONS))])
