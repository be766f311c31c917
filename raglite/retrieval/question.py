"""What is asked: of which companies and periods, for which metrics. Soft signals: they only ever add to a score."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from raglite.errors import InvalidRequest
from raglite.ingestion import periods
from raglite.model import Statement
from raglite.retrieval import companies as known
from raglite.retrieval.vocabulary import ELSEWHERE, FORM_WORDS, METRICS, STATEMENT_WORDS, Metric

LONGEST_QUERY = 10_000  # characters
LONGEST_RANGE = 10  # years in "FY2015 - FY2017"
_YEAR = r"(?:fy|f|fiscal(?: years?)?)? ?'?(?P<{0}>(?:19|20)\d\d)"
_RANGE = re.compile(
    rf"\b{_YEAR.format('first')} ?(?:-|\u2013|to|through|until) ?{_YEAR.format('last')}\b", re.IGNORECASE
)
_ANY_YEAR = re.compile(rf"(?<![\w,.$]){_YEAR.format('year')}(?![\d%]|[.,]\d)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # half a surrogate pair is no character either
_ASKS = r"what|how|which|who|whom|when|where|why|does|do|did|is|are|was|were|has|have|had|can|in"
_SENTENCE_END = re.compile(rf"(?<=[.?!])\s+(?=[A-Z])|(?<=:)\s+(?=(?:{_ASKS})\b)", re.IGNORECASE)
# Sentences that tell how to answer, not what is asked. Statements they name are read before they are dropped.
_INSTRUCTION = re.compile(
    r"(?:please |and )?(?:answer|give|round|respond|base|provide|assume|use|utilize|calculate|you are"
    r"|here'?s|we need to|if\b.{0,120}\bnot\b)",
    re.IGNORECASE,
)
_LEADING_CLAUSE = re.compile(
    r"(?:when (?:primarily )?referencing|according to|in agreement with|based on|by (?:relying|drawing)|using)\b"
    r"[^,?]{0,160}, ?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Understanding:
    """A question as the ranking sees it.

    `text` is what is asked, without instructions; `lexical` are the words for BM25: the same without companies and
    years, plus the row labels of the metrics. `fiscal_years` are ascending. `statement_weight` is below 1 where the
    question's own words point away from the primary statements.
    """

    text: str
    lexical: str
    companies: tuple[str, ...] = ()
    fiscal_years: tuple[int, ...] = ()
    fiscal_quarter: int | None = None
    period_ends: tuple[date, ...] = ()
    forms: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()
    statement_weight: float = 1.0
    metrics: tuple[str, ...] = ()


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


def understand(query: str, companies: Iterable[str] = ()) -> Understanding:
    """Read a validated query; `companies` are the names that the index knows."""
    named = known.named(query, companies)
    asked = _asked(query)
    metrics = _metrics(asked)
    return Understanding(
        text=asked,
        lexical=_lexical(asked, named, metrics),
        companies=named,
        fiscal_years=_years(query),
        fiscal_quarter=periods.named_quarter(query),
        period_ends=tuple(periods.dates(query)),
        forms=tuple(form for form, words in FORM_WORDS if _has_any(query, words)),
        statements=_statements(query, metrics),
        statement_weight=0.4 if _has_any(query, ELSEWHERE) else 1.0,
        metrics=tuple(metric.words[0] for metric in metrics),
    )


def _asked(query: str) -> str:
    """Drop the sentences and the opening clause that say how to answer; keep everything if nothing else is left."""
    sentences = [sentence for sentence in _SENTENCE_END.split(query) if not _INSTRUCTION.match(sentence)]
    kept = " ".join(_LEADING_CLAUSE.sub("", sentence, count=1) for sentence in sentences)
    return " ".join((kept or query).split())


def _lexical(asked: str, named: Sequence[str], metrics: Sequence[Metric]) -> str:
    """Leave companies and years to the header and the boosts: in BM25 they drown the words that tell pages apart."""
    bare = known.without(_ANY_YEAR.sub(" ", asked), named)
    labels = dict.fromkeys(label for metric in metrics for label in metric.labels)
    return " ".join([*bare.split(), *labels])


def _years(query: str) -> tuple[int, ...]:
    years = {int(match["year"]) for match in _ANY_YEAR.finditer(query)} | set(periods.fiscal_years(query))
    for match in _RANGE.finditer(query):
        first, last = int(match["first"]), int(match["last"])
        if first < last <= first + LONGEST_RANGE:
            years.update(range(first, last + 1))
    return tuple(sorted(years))


def _statements(query: str, metrics: Sequence[Metric]) -> tuple[Statement, ...]:
    """Return the statements the question names, else those its metrics live in."""
    named = tuple(statement for statement, words in STATEMENT_WORDS if _has_any(query, words))
    return named or tuple(dict.fromkeys(statement for metric in metrics for statement in metric.statements))


def _metrics(asked: str) -> tuple[Metric, ...]:
    """Return the metrics the question names, the longest name wherever two overlap."""
    return tuple(dict.fromkeys(_METRIC_OF[match[0].lower()] for match in _METRIC.finditer(asked)))


def _has_any(query: str, words: Iterable[str]) -> bool:
    """Tell whether one of `words` occurs as a whole, singular or plural."""
    lower = query.lower()
    return any(re.search(rf"(?<![\w-]){re.escape(word)}(?:e?s)?(?![\w-])", lower) for word in words)


_METRIC_OF = {word: metric for metric in METRICS for word in metric.words}
_METRIC = re.compile(
    rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in sorted(_METRIC_OF, key=len, reverse=True))})(?!\w)",
    re.IGNORECASE,
)
