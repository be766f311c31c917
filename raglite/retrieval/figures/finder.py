"""From a question, or from company, metric and period in words, to figures with their proof."""

import difflib
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Annotated, Protocol

from pydantic import Field

from raglite.errors import NotFound
from raglite.ingestion.filings import periods
from raglite.model import DocumentVersion, Figure, Frozen, StatedFigure, WhyWithheld, Withheld
from raglite.retrieval.figures import spans
from raglite.retrieval.figures.answering import When, figures
from raglite.retrieval.figures.asked import FigureQuestion, figure_question, requested
from raglite.retrieval.figures.books import Books
from raglite.retrieval.figures.ledger import Ledger
from raglite.retrieval.figures.word_kinds import LEXICON, METRIC
from raglite.retrieval.question import asked_periods
from raglite.retrieval.question.aliases import full_names, short_names, tokens
from raglite.retrieval.question.companies import Directory
from raglite.retrieval.question.understanding import Understanding
from raglite.retrieval.requests import AsOf

LEDGERS = 32  # versions whose figures are kept, each about 2 MB
MOST_NAMED = 12  # companies or metrics in a sentence
_EMPTY = Ledger.of(())

Found = tuple[tuple[Figure, ...], tuple[Withheld, ...]]
Company = Annotated[str, Field(max_length=200, description="The company, as the documents or people write it.")]
MetricText = Annotated[
    str,
    Field(
        max_length=500,
        description="A line of a statement or a ratio, such as 'capital expenditure', 'quick ratio', 'R&D as a % of "
        "revenue', '3 year average of capex', 'revenue growth', 'revenue minus cost of sales'.",
    ),
]
PeriodText = Annotated[
    str,
    Field(
        max_length=200,
        description="FY2022, FY2020 - FY2022, Q2 FY2023, or its last day such as 2023-01-28. Empty: the newest year.",
    ),
]


class FigureRequest(Frozen):
    """What a caller wants a figure of, in words."""

    company: Company
    metric: MetricText
    period: PeriodText = ""
    as_of: AsOf = None


class StatedFigures(Protocol):
    """What is needed of a DocumentStore."""

    def load_figures(self, key: str, version_id: str) -> tuple[StatedFigure, ...]:
        """Return the figures that a version's tables state; NotFound if none were saved."""


class FigureFinder:
    """Finds figures among the document versions it is given; safe to share between threads.

    What a version states never changes, so that it is read once.
    """

    def __init__(self, documents: StatedFigures) -> None:
        self._documents = documents
        self._read = lru_cache(maxsize=LEDGERS)(self._ledger)

    def answer(
        self, query: str, understanding: Understanding, directory: Directory, versions: Iterable[DocumentVersion]
    ) -> Found:
        """Return the figures that a question asks for, or why it gets none; nothing if it asks for no number."""
        companies = understanding.companies or understanding.likely_companies
        bare = directory.without(understanding.text)
        if not understanding.companies:
            bare = _without_misspelt(bare, companies, directory)
        own = [one for one in versions if one.filing.company in companies]
        books = Books(own, self._load, frozenset(understanding.forms))
        ends = understanding.period_ends or spans.ends(bare)
        years = years_ending(books, ends) if ends else asked_periods.years(bare)
        question = figure_question(bare, directory.without(query), years)
        if question is None or not companies:
            return (), ()
        when = When(understanding.fiscal_quarter or spans.quarter(bare), () if years else ends, spans.lengths(bare))
        return _figures(question, when, books)

    def find(self, request: FigureRequest, directory: Directory, versions: Iterable[DocumentVersion]) -> Found:
        """Return the figures that are requested; what is withheld says what to change."""
        known, period = companies_meant(request, directory), request.period
        ends = tuple(periods.dates(period))
        years = () if ends else asked_periods.years(f"{request.metric} {period}")
        if not known:
            return (), (_unknown_company(request, directory),)
        if period.strip() and not (ends or years):
            return (), (_unreadable_period(request),)
        question = requested(f"{request.metric} {period}", "", years, as_percent="%" in request.metric)
        if question is None or question.unclear:
            return (), (_unknown_metric(request),)
        when = When(asked_periods.quarter(period), ends, spans.lengths(period))
        own = [one for one in versions if one.filing.company in known]
        given, withheld = _figures(question, when, Books(own, self._load))
        return given, withheld or (() if given else (_unknown_metric(request),))

    def _load(self, version: DocumentVersion) -> Ledger:
        """Return a version's figures; none for one that was indexed before figures were kept."""
        try:
            return self._read(version.key, version.version_id)
        except NotFound:
            return _EMPTY

    def _ledger(self, key: str, version_id: str) -> Ledger:
        return Ledger.of(self._documents.load_figures(key, version_id))


def companies_meant(request: FigureRequest, directory: Directory) -> tuple[str, ...]:
    """Return the known companies that a request names; none if there are none."""
    asked = request.company
    return (asked,) if asked in directory.companies else directory.named(asked) or directory.nearly_named(asked)


def in_force(found: Found, is_visible: Callable[[str, str], bool]) -> Found:
    """Withhold the figures of versions (key, version id) that are not visible at the answer's commit number.

    The registry's records follow the index a moment later, so that they may name a version that was just replaced.
    """
    given, withheld = found
    kept = tuple(one for one in given if all(is_visible(each.key, each.version_id) for each in one.operands))
    return kept, (*withheld, *(_replaced(one) for one in given if one not in kept))


def years_ending(books: Books, ends: Sequence[date]) -> tuple[int, ...]:
    """Return the fiscal years that end on several days; none for one day, or where one ends no year."""
    found = [books.period_ending(day) for day in ends] if len(ends) > 1 else []
    years = sorted({one.year for one in found if one and not one.quarter})
    return tuple(years) if len(years) == len(ends) else ()


def _replaced(figure: Figure) -> Withheld:
    sentence = f"A document of {figure.company} is just being replaced by a newer version. Ask again in a moment."
    return Withheld(metric=figure.metric, reason=WhyWithheld.NOT_FOUND, sentence=sentence)


def _figures(question: FigureQuestion, when: When, books: Books) -> Found:
    if not books.versions:
        return (), ()
    if not _is_one(books.versions):
        names = sorted({one.filing.company or "" for one in books.versions})
        sentence = f"Several companies are meant: {', '.join(names)}. Ask for one of them by its full name."
        return (), (Withheld(metric="", reason=WhyWithheld.AMBIGUOUS, sentence=sentence),)
    given, withheld = figures(question, books, when)
    is_unheard = not given and not question.is_of_known and all(one.reason is WhyWithheld.NOT_FOUND for one in withheld)
    return ((), ()) if is_unheard else (given, withheld)


def _is_one(versions: Iterable[DocumentVersion]) -> bool:
    """Tell whether all versions are of one company: one that changed its name keeps a way to write it."""
    filings = [version.filing for version in versions]
    spellings = {one.company: _spellings((one.company or "", *one.names)) for one in filings}
    return len(spellings) < 2 or bool(frozenset.intersection(*spellings.values()))  # noqa: PLR2004  two names


def _spellings(names: Iterable[str]) -> frozenset[str]:
    return frozenset(spelling for name in names for spelling in full_names(name) | short_names(name))


def _without_misspelt(text: str, companies: Iterable[str], directory: Directory) -> str:
    """Return a text without the words that come near to a company's name, and the other words of that name."""
    named = {word for spelling in _spellings(companies) for word in spelling.split()}
    spans = [(start, end) for word, start, end in tokens(text) if word in named or directory.nearly_named(word)]
    for start, end in reversed(spans):
        text = text[:start] + text[end:]
    return text


def _unknown_company(request: FigureRequest, directory: Directory) -> Withheld:
    near = difflib.get_close_matches(request.company, directory.companies, MOST_NAMED, cutoff=0.3)
    names = near or directory.companies[:MOST_NAMED]
    told = f"Known are {', '.join(names)}." if names else "No company is indexed yet."
    return _withheld(request, WhyWithheld.NOT_FOUND, f"No company called {request.company!r} is indexed. {told}")


def _unreadable_period(request: FigureRequest) -> Withheld:
    sentence = (
        f"The period {request.period!r} is not understood. Write FY2022, FY2020 - FY2022, Q2 FY2023 or 2023-01-28."
    )
    return _withheld(request, WhyWithheld.AMBIGUOUS, sentence)


def _unknown_metric(request: FigureRequest) -> Withheld:
    words = [word for word, meaning in LEXICON.meanings.items() if meaning.startswith(METRIC)]
    near = difflib.get_close_matches(request.metric.lower(), words, MOST_NAMED, cutoff=0.6)
    told = f"Near to it are: {', '.join(near)}." if near else "Name one line of a statement, or a ratio."
    return _withheld(request, WhyWithheld.NOT_FOUND, f"The metric {request.metric!r} is not understood. {told}")


def _withheld(request: FigureRequest, reason: WhyWithheld, sentence: str) -> Withheld:
    return Withheld(metric=request.metric, reason=reason, sentence=sentence)
